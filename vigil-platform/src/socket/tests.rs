mod flows;
mod table;

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

use super::*;

/// A connection to `listen`, made towards `dial`: (server's end, client's end).
fn connect(listen: IpAddr, dial: IpAddr) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((listen, 0)).unwrap();
    let client = TcpStream::connect((dial, listener.local_addr().unwrap().port())).unwrap();
    (listener.accept().unwrap().0, client)
}

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[test]
fn the_clients_end_of_a_connection_is_ours() {
    let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    let any = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    for (listen, dial) in [(V4, V4), (V6, V6), (V4, mapped), (any, V4), (any, mapped), (any, V6)] {
        let (server, client) = connect(listen, dial);
        let (local, peer) = (server.local_addr().unwrap(), server.peer_addr().unwrap());

        let (uid, pid) = (owner_uid(local, peer).unwrap(), owner_pid(local, peer).unwrap());

        if KNOWS_OWNERS {
            assert_eq!(uid, Some(crate::process::uid()), "{listen} <- {dial}");
            assert_eq!(pid, Some(std::process::id()), "{listen} <- {dial}");
        } else {
            assert_eq!((uid, pid), (None, None));
        }
        drop(client);
    }
}

#[test]
fn a_client_that_is_gone_has_no_owner() {
    for ip in [V4, V6] {
        let (server, client) = connect(ip, ip);
        let (local, peer) = (server.local_addr().unwrap(), server.peer_addr().unwrap());

        drop(client);

        assert_eq!(owner_uid(local, peer).unwrap(), None);
    }
}

#[test]
fn whoever_listens_on_the_clients_port_is_not_the_client() {
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let never_connected = TcpListener::bind((V4, 0)).unwrap();

    let owner =
        owner_uid(listener.local_addr().unwrap(), never_connected.local_addr().unwrap()).unwrap();

    assert_eq!(owner, None);
}

#[test]
fn an_address_that_is_not_loopback_is_not_asked_about() {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 9080));
    let peer = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 50000));

    assert_eq!(owner_uid(local, peer).unwrap(), None);
}

#[test]
fn a_busy_port_names_its_holder() {
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();

    let holder = listener_holder(port);

    if KNOWS_OWNERS {
        let holder = holder.unwrap();
        assert_eq!(holder.pid, Some(std::process::id()));
        assert_eq!(holder.uid, crate::process::uid());
        assert!(holder.name.is_some());
    }
    drop(listener);
    assert_eq!(listener_holder(port), None);
}

#[test]
fn a_holders_name_cannot_steer_the_terminal() {
    let holder = Holder { uid: 1000, pid: Some(7), name: Some("\u{1b}[2Jevil\u{202e}".to_owned()) };

    assert_eq!(holder.to_string(), "`?[2Jevil?` (process 7)");
}

#[test]
fn whoever_listens_on_localhost_is_told_and_nobody_else() {
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let second = TcpListener::bind((V6, port));
    // Everybody may listen there, and is sent nothing that is meant for us.
    let beside = TcpListener::bind((std::net::Ipv4Addr::new(127, 0, 0, 2), port));

    let uids = localhost_uids(port).unwrap();

    let ours = crate::process::uid();
    let expected = vec![ours; 1 + usize::from(second.is_ok())];
    let is_known = imp::sees_everybody();
    assert_eq!(uids, is_known.then_some(expected));
    drop((listener, second));
    assert_eq!(localhost_uids(port).unwrap(), is_known.then(Vec::new));
    drop(beside);
    let everywhere = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = everywhere.local_addr().unwrap().port();
    assert_eq!(localhost_uids(port).unwrap(), is_known.then(|| vec![ours]));
}
