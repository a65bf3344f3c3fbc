use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU64,
};

use vigil_proto::rpc::{BoundedVec, Pid, Protocol, SocketState, Uid};

use super::*;

/// The page after `cursor`, of one socket each: its number is its place, its holder ten more.
fn page(cursor: Option<Cursor>, last: u64) -> Page<SocketRow, 1> {
    let inode = cursor.map_or(1, |cursor| cursor.0.get() + 1);
    let row = SocketRow {
        protocol: Protocol::Tcp,
        local: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)).into(),
        remote: None,
        state: SocketState::Established,
        uid: Uid::new(1).unwrap(),
        inode,
        pid: Some(Pid::new(u32::try_from(inode).unwrap() + 10).unwrap()),
    };
    let next = NonZeroU64::new(inode).filter(|_| inode < last).map(Cursor);
    Page { rows: BoundedVec::new(vec![row]).unwrap(), next }
}

#[test]
fn the_pages_are_read_until_all_are_found_or_there_is_no_more() {
    let found = among(&[3, 1], |cursor| Some(page(cursor, u64::MAX)));
    assert_eq!(found, Some([(1, 11), (3, 13)].into()));

    let none_of_99 = among(&[2, 99], |cursor| Some(page(cursor, 3)));
    assert_eq!(none_of_99, Some([(2, 12)].into()));
}

#[test]
fn what_was_not_read_to_its_end_tells_nothing() {
    assert_eq!(among(&[2, 99], |cursor| Some(page(cursor, u64::MAX))), None);
    let breaks_off = |cursor: Option<Cursor>| cursor.is_none().then(|| page(cursor, 3));
    assert_eq!(among(&[2], breaks_off), None);
}
