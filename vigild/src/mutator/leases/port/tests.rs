use super::*;

fn listener(local: &str, uid: u32, inode: u64) -> Listener {
    Listener { local: local.parse().unwrap(), uid, inode }
}

fn of_1000(listeners: &[Listener]) -> Option<Listening> {
    listening(Uid::new(1000).unwrap(), listeners)
}

#[test]
fn a_port_is_the_callers_on_either_loopback_address() {
    let (v4, v6) = (listener("127.0.0.1:9443", 1000, 8), listener("[::1]:9443", 1000, 7));

    let on = |listeners: &[Listener]| of_1000(listeners).map(|listening| listening.on);
    assert_eq!(on(&[v4]), Some(Kinds { v4: true, v6: false }));
    assert_eq!(on(&[v6]), Some(Kinds { v4: false, v6: true }));
    assert_eq!(on(&[v4, v6]), Some(Kinds { v4: true, v6: true }));
    assert_eq!(of_1000(&[v4, v6]), of_1000(&[v6, v4]));
}

#[test]
fn it_is_not_when_anybody_else_may_be_reached_there() {
    let own = listener("127.0.0.1:9443", 1000, 8);

    for other in [
        listener("[::1]:9443", 1001, 9),
        listener("127.0.0.1:9443", 0, 9),
        listener("0.0.0.0:9443", 1001, 9),
        listener("[::]:9443", 1000, 9),
        // Closed by its process, and belonging to nobody.
        listener("[::1]:9443", 1000, 0),
    ] {
        assert_eq!(of_1000(&[own, other]), None, "{other:?}");
    }
    assert_eq!(of_1000(&[]), None);
}

#[test]
fn who_listens_elsewhere_does_not_matter() {
    let own = listener("127.0.0.1:9443", 1000, 8);
    let elsewhere = listener("198.51.100.2:9443", 1001, 9);

    assert_eq!(of_1000(&[elsewhere, own]), of_1000(&[own]));
    assert_eq!(of_1000(&[elsewhere]), None);
    assert_eq!(of_1000(&[listener("127.0.0.2:9443", 1000, 8)]), None);
}

#[test]
fn another_socket_is_another_listener() {
    let (one, other) = (listener("127.0.0.1:9443", 1000, 8), listener("127.0.0.1:9443", 1000, 9));

    assert_ne!(of_1000(&[one]), of_1000(&[other]));
    assert_ne!(of_1000(&[one]), of_1000(&[one, other]));
}
