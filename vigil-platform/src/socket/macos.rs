//! macOS: not built yet. The tables are behind libproc and sysctl; docs/MACOS.md lists this.

use std::{io, net::SocketAddr};

use super::{Holder, Owner, both_loopback};

pub(super) const KNOWS_OWNERS: bool = false;

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    let _ = both_loopback(local.ip(), peer.ip());
    Ok(None)
}

pub(super) fn pid_of(owner: &Owner) -> Option<u32> {
    let _ = (owner.uid, owner.inode);
    None
}

pub(super) fn listener(_port: u16) -> Option<Holder> {
    None
}

pub(super) fn listener_uids(_port: u16) -> Option<Vec<u32>> {
    None
}
