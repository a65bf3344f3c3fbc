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
