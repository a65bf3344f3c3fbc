//! macOS: not built yet. The tables are behind libproc; docs/MACOS.md lists this.

use std::{io, net::SocketAddr, ops::ControlFlow};

use super::{Holders, Listener, Owner, Protocol, Row, both_loopback};

pub(super) const KNOWS_OWNERS: bool = false;

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    let _ = both_loopback(local.ip(), peer.ip());
    Ok(None)
}

pub(super) fn table(
    _protocol: Protocol,
    _visit: impl FnMut(&Row) -> ControlFlow<()>,
) -> io::Result<()> {
    Err(not_built())
}

pub(super) fn listeners(_port: u16) -> io::Result<Vec<Listener>> {
    Err(not_built())
}

pub(super) fn pids_of(_inodes: &[u64], _of: Option<u32>) -> io::Result<Holders> {
    Err(not_built())
}

pub(super) fn pid_of(_owner: &Owner) -> Option<u32> {
    None
}

fn not_built() -> io::Error {
    let words = "this build cannot read sockets on this platform yet (docs/MACOS.md)";
    io::Error::new(io::ErrorKind::Unsupported, words)
}
