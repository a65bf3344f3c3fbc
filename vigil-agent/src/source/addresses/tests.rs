use std::net::Ipv4Addr;

use super::*;

fn ip(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

#[test]
fn an_address_is_named_after_the_host_that_was_resolved_to_it() {
    let addresses = Addresses::default();
    addresses.learn(Some("api.example.com"), [ip(1), ip(2)]);

    assert_eq!(addresses.host(ip(2)).as_deref(), Some("api.example.com"));
    assert_eq!(addresses.host(ip(3)), None);
    let mapped = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into();
    assert_eq!(addresses.host(mapped).as_deref(), Some("api.example.com"));
}

#[test]
fn an_address_that_others_share_has_no_name() {
    let addresses = Addresses::default();
    addresses.learn(Some("api.example.com"), [ip(1), ip(2)]);
    addresses.learn(None, [ip(1), ip(3)]);
    addresses.learn(Some("api.example.com"), [ip(3)]);

    assert_eq!(addresses.host(ip(1)), None);
    assert!(addresses.host(ip(2)).is_some());
    assert_eq!(addresses.host(ip(3)), None, "whoever came first");
}

#[test]
fn a_name_is_believed_for_hours_and_no_longer() {
    let (addresses, start) = (Addresses::default(), Instant::now());
    addresses.learn_at(start, Some("api.example.com"), [ip(1)]);

    assert!(addresses.host_at(start + BELIEVED, ip(1)).is_some());
    let late = start + BELIEVED + Duration::from_secs(1);
    assert_eq!(addresses.host_at(late, ip(1)), None);

    addresses.learn_at(start, None, [ip(2)]);
    addresses.learn_at(late, Some("api.example.com"), [ip(2)]);
    assert!(addresses.host_at(late, ip(2)).is_some(), "who shared it long ago is forgotten");
}

#[test]
fn the_oldest_make_room() {
    let (addresses, start) = (Addresses::default(), Instant::now());
    for number in 0..20_000_u32 {
        let at = start + Duration::from_millis(number.into());
        addresses.learn_at(at, Some("api.example.com"), [Ipv4Addr::from(number).into()]);
    }

    assert!(addresses.lock().known.len() <= MOST);
    assert_eq!(addresses.host(Ipv4Addr::from(0).into()), None);
    assert!(addresses.host(Ipv4Addr::from(19_999).into()).is_some());
}

#[test]
fn our_own_connections_are_known_by_their_near_end() {
    let addresses = Addresses::default();
    let end = |port| SocketAddr::new(ip(1), port);
    for port in 1..=5000 {
        addresses.made(end(port));
    }

    assert!(addresses.is_own(end(5000)));
    assert!(!addresses.is_own(end(1)), "the oldest are forgotten");
    assert!(!addresses.is_own(end(5001)));
}
