//! Linux: `sock_diag` over netlink for the table and for one exact connection (10 to 30
//! microseconds, no rights needed), /proc for who holds a socket.

use std::{collections::BTreeSet, io, net::SocketAddr, ops::ControlFlow};

use rustix::io::Errno;

use super::{Flow, Listener, Owner, Protocol, Row, State, both_loopback};
use crate::process;

#[path = "linux/diag.rs"]
mod diag;
#[path = "linux/endings.rs"]
mod endings;
#[path = "linux/holders.rs"]
mod holders;

pub(super) use endings::Endings;
pub(super) use holders::{among, pids_of};

pub(super) const KNOWS_OWNERS: bool = true;

/// Anybody may read the table of everybody's sockets.
pub(super) const fn sees_everybody() -> bool {
    true
}

/// More listeners on one port than anybody has. Beyond it is not known who they are.
const LISTENERS: usize = 1024;

pub(super) fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    if !both_loopback(local.ip(), peer.ip()) {
        return Ok(None);
    }
    // The client's socket: its own end is our peer.
    owner_of(peer, local)
}

pub(super) fn owner_of(own: SocketAddr, far: SocketAddr) -> io::Result<Option<Owner>> {
    let found = match diag::exact(own, far) {
        Ok(found) => found,
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(is_owned(&found, own, far).then_some(Owner { uid: found.uid, inode: found.inode }))
}

/// When the connection is gone the kernel offers whoever listens on the client's port, and a socket
/// that its process has closed is reported with inode 0 and uid 0: neither is an owner.
fn is_owned(found: &Row, source: SocketAddr, destination: SocketAddr) -> bool {
    let ports = found.remote.map(|remote| (found.local.port(), remote.port()));
    found.state != State::Listen
        && ports == Some((source.port(), destination.port()))
        && found.inode != 0
}

pub(super) fn table(
    protocol: Protocol,
    mut visit: impl FnMut(&Row) -> ControlFlow<()>,
) -> io::Result<()> {
    for family in [diag::Family::V4, diag::Family::V6] {
        if diag::dump(protocol, family, diag::EVERY_STATE, 0, &mut visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Who waits for nothing but time is no connection here: there may be many thousands.
pub(super) fn gone(connections: &[u64]) -> io::Result<BTreeSet<u64>> {
    let mut gone: BTreeSet<u64> = connections.iter().copied().collect();
    let mut visit = |row: &Row| {
        gone.remove(&row.inode);
        if gone.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    for family in [diag::Family::V4, diag::Family::V6] {
        if diag::dump(Protocol::Tcp, family, diag::CONNECTED, 0, &mut visit)?.is_break() {
            break;
        }
    }
    Ok(gone)
}

pub(super) fn flows(
    protocol: Protocol,
    carried: bool,
    mut visit: impl FnMut(&Flow) -> ControlFlow<()>,
) -> io::Result<()> {
    let extra = diag::Extra { carried: carried && protocol == Protocol::Tcp, past_loopback: true };
    let states = match protocol {
        Protocol::Tcp => diag::CONNECTED,
        Protocol::Udp => diag::ESTABLISHED,
    };
    for family in [diag::Family::V4, diag::Family::V6] {
        let mut visit = |body: &[u8]| {
            let flow = diag::flow_in(body, protocol)?;
            Ok(if flow.row.remote.is_some() { visit(&flow) } else { ControlFlow::Continue(()) })
        };
        if diag::dump_with((protocol, family), states, 0, extra, &mut visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

pub(super) fn listeners(port: u16) -> io::Result<Vec<Listener>> {
    let mut found = Vec::new();
    // To the kernel port 0 is any port; nobody listens there.
    if port == 0 {
        return Ok(found);
    }
    let mut visit = |row: &Row| {
        if row.state == State::Listen && row.local.port() == port {
            found.push(Listener { local: row.local, uid: row.uid, inode: row.inode });
        }
        if found.len() > LISTENERS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    for family in [diag::Family::V4, diag::Family::V6] {
        if diag::dump(Protocol::Tcp, family, diag::LISTENING, port, &mut visit)?.is_break() {
            return Err(io::Error::other("more sockets listen on one port than can be told"));
        }
    }
    Ok(found)
}

pub(super) fn pid_of(owner: &Owner) -> Option<u32> {
    let ours = process::uid();
    // Root may look at everybody; anyone else only wastes time on others' processes.
    let of = (ours != 0).then_some(ours);
    pids_of(&[owner.inode], of).ok()?.pids.remove(&owner.inode)?.first().copied()
}

#[cfg(test)]
#[path = "linux/tests.rs"]
mod tests;
