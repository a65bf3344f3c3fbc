use std::net::Ipv4Addr;

use super::*;

#[test]
fn only_the_very_connection_with_a_living_owner_counts() {
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (source, destination) = (at(50_000), at(9_080));
    let found = Row {
        protocol: Protocol::Tcp,
        local: source,
        remote: Some(destination),
        state: State::Established,
        uid: 1000,
        inode: 7,
    };
    let is_owned = |row: Row| is_owned(&row, source, destination);

    assert!(is_owned(found));
    assert!(!is_owned(Row { uid: 0, inode: 0, ..found }), "closed by its process");
    assert!(!is_owned(Row { state: State::Listen, ..found }), "somebody who listens there");
    assert!(!is_owned(Row { remote: None, ..found }), "not connected");
    assert!(!is_owned(Row { remote: Some(at(1)), ..found }), "another connection");
    assert!(!is_owned(Row { local: at(1), ..found }), "another connection");
}

#[test]
fn what_a_process_has_closed_is_gone_and_what_is_connected_is_not() {
    use std::{net::TcpListener, os::fd::AsFd as _};

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = || std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let number = |socket: &std::net::TcpStream| rustix::fs::fstat(socket.as_fd()).unwrap().st_ino;
    let (held, closed) = (client(), client());
    let numbers = [number(&held), number(&closed)];
    assert!(gone(&numbers).unwrap().is_empty());

    drop(closed);

    assert_eq!(gone(&numbers).unwrap(), [numbers[1]].into());
    assert!(gone(&[]).unwrap().is_empty());
}
