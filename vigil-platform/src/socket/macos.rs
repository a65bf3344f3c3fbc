//! macOS: a walk over the descriptors of every process that may be looked at, by libproc. Without
//! root those are our own; and a connection that no process holds any more is not found. Read from
//! headers; never run on a Mac (docs/MACOS.md).

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    io,
    net::SocketAddr,
    ops::ControlFlow,
    sync::LazyLock,
};

use rustix::io::Errno;

use super::{
    Among, Flow, HOLDERS, Holders, Listener, Owner, Protocol, Row, State, both_loopback,
    layout::{self, Found, SOCKET_BYTES},
};
use crate::process::{self, imp::libproc};

pub(super) const KNOWS_OWNERS: bool = true;

/// `sys/proc_info.h`.
const PROX_FDTYPE_SOCKET: u32 = 2;
const PROC_PIDFDSOCKETINFO: i32 = 3;
const _: () = assert!(size_of::<libc::proc_fdinfo>() == 8);
const _: () = assert!(std::mem::offset_of!(libc::proc_fdinfo, proc_fdtype) == 4);

/// Looks at no more descriptors than this of one process (`kern.maxfilesperproc` is less), and in
/// one walk.
const DESCRIPTORS: usize = 262_144;
const IN_ALL: usize = 1_000_000;
/// More listeners on one port than anybody has. Beyond it is not known who they are.
const LISTENERS: usize = 1024;

/// Others' descriptors are told to root alone.
pub(super) fn sees_everybody() -> bool {
    process::uid() == 0
}

pub(super) fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    if !both_loopback(local.ip(), peer.ip()) {
        return Ok(None);
    }
    // The client's socket: its own end is our peer.
    owner_of(peer, local)
}

pub(super) fn owner_of(own: SocketAddr, far: SocketAddr) -> io::Result<Option<Owner>> {
    let mut owner = None;
    walk(|_, row| {
        let is_it = row.protocol == Protocol::Tcp
            && (row.local, row.remote) == (own, Some(far))
            && row.state != State::Listen;
        if !is_it {
            return ControlFlow::Continue(());
        }
        owner = Some(Owner { uid: row.uid, inode: row.inode });
        ControlFlow::Break(())
    })?;
    Ok(owner)
}

/// To know it takes a walk over everybody's open files, as to find the holders does.
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(super) fn gone(_connections: &[u64]) -> io::Result<BTreeSet<u64>> {
    Ok(BTreeSet::new())
}

pub(super) fn table(
    protocol: Protocol,
    mut visit: impl FnMut(&Row) -> ControlFlow<()>,
) -> io::Result<()> {
    // Several processes may hold one.
    let mut seen = BTreeSet::new();
    walk(|_, row| {
        if row.protocol == protocol && seen.insert(row.inode) {
            visit(row)
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(())
}

/// The system tells no table's reader what a connection has carried.
pub(super) fn flows(
    protocol: Protocol,
    _carried: bool,
    mut visit: impl FnMut(&Flow) -> ControlFlow<()>,
) -> io::Result<()> {
    table(protocol, |row| {
        let is_one = row.remote.is_some_and(|remote| !remote.ip().is_loopback())
            && !matches!(row.state, State::Listen | State::TimeWait);
        if is_one && (protocol == Protocol::Udp || row.state != State::Closed) {
            visit(&Flow { row: *row, cookie: row.inode, carried: None })
        } else {
            ControlFlow::Continue(())
        }
    })
}

pub(super) fn among(inodes: &[u64], pids: &[u32]) -> Among {
    let mut among = Among { complete: true, ..Among::default() };
    for pid in pids {
        let mut left = IN_ALL;
        let visited = walk_one(*pid, &mut left, &mut |pid, row| {
            if inodes.contains(&row.inode) {
                among.pids.entry(row.inode).or_insert(pid);
            }
            ControlFlow::Continue(())
        });
        match visited {
            Ok(Some(_)) => {}
            Ok(None) => among.complete = false,
            Err(error) if Errno::from_io_error(&error) == Some(Errno::SRCH) => {}
            Err(_) => among.closed.push(*pid),
        }
    }
    among
}

/// Nobody tells.
#[derive(Debug)]
pub(super) enum Endings {}

impl Endings {
    pub(super) fn listen() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn take(&self, _visit: impl FnMut(&Flow)) -> io::Result<bool> {
        match *self {}
    }
}

pub(super) fn listeners(port: u16) -> io::Result<Vec<Listener>> {
    let mut found = Vec::new();
    table(Protocol::Tcp, |row| {
        if row.state == State::Listen && row.local.port() == port && port != 0 {
            found.push(Listener { local: row.local, uid: row.uid, inode: row.inode });
        }
        if found.len() > LISTENERS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if found.len() > LISTENERS {
        return Err(io::Error::other("more sockets listen on one port than can be told"));
    }
    Ok(found)
}

pub(super) fn pids_of(inodes: &[u64], of: Option<u32>) -> io::Result<Holders> {
    let mut wanted: BTreeSet<u64> = inodes.iter().copied().filter(|inode| *inode != 0).collect();
    let mut holders = Holders { complete: true, ..Holders::default() };
    if wanted.is_empty() {
        return Ok(holders);
    }
    holders.complete = walk(|pid, row| {
        let is_theirs =
            of.is_none_or(|of| process::row(pid).is_ok_and(|process| process.uid == of));
        if wanted.contains(&row.inode) && is_theirs {
            let pids = holders.pids.entry(row.inode).or_default();
            if pids.last() != Some(&pid) {
                pids.push(pid);
            }
            if pids.len() >= HOLDERS {
                wanted.remove(&row.inode);
            }
        }
        if wanted.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(holders)
}

pub(super) fn pid_of(owner: &Owner) -> Option<u32> {
    pids_of(&[owner.inode], None).ok()?.pids.remove(&owner.inode)?.first().copied()
}

/// Calls `visit` with every process and socket of its, the processes in rising order. False when
/// some process could not be looked at, or there were too many descriptors.
fn walk(mut visit: impl FnMut(u32, &Row) -> ControlFlow<()>) -> io::Result<bool> {
    let (mut is_complete, mut left) = (true, IN_ALL);
    for pid in libproc::pids()? {
        match walk_one(pid, &mut left, &mut visit) {
            Ok(Some(ControlFlow::Continue(()))) => {}
            Ok(Some(ControlFlow::Break(()))) => return Ok(is_complete),
            Ok(None) => return Ok(false),
            Err(error) => is_complete &= Errno::from_io_error(&error) == Some(Errno::SRCH),
        }
    }
    Ok(is_complete)
}

/// The sockets of one process; nothing when `left` descriptors were too few.
fn walk_one(
    pid: u32,
    left: &mut usize,
    visit: &mut dyn FnMut(u32, &Row) -> ControlFlow<()>,
) -> io::Result<Option<ControlFlow<()>>> {
    let uid = libproc::bsd(pid)?.effective_uid;
    for [a, b, c, d, kind @ ..] in libproc::descriptors(pid, DESCRIPTORS)? {
        let Some(fewer) = left.checked_sub(1) else {
            return Ok(None);
        };
        *left = fewer;
        if u32::from_ne_bytes(kind) != PROX_FDTYPE_SOCKET {
            continue;
        }
        let mut info = [0; SOCKET_BYTES];
        let descriptor = i32::from_ne_bytes([a, b, c, d]);
        // It was closed since it was listed.
        if libproc::descriptor(pid, descriptor, PROC_PIDFDSOCKETINFO, &mut info).is_err() {
            continue;
        }
        if let Some(found) = layout::socket(&info)
            && visit(pid, &row(found, uid)).is_break()
        {
            return Ok(Some(ControlFlow::Break(())));
        }
    }
    Ok(Some(ControlFlow::Continue(())))
}

fn row(found: Found, uid: u32) -> Row {
    // Addresses of the kernel's are for nobody's eyes.
    static HASH: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let Found { protocol, local, remote, state, address } = found;
    Row { protocol, local, remote, state, uid, inode: HASH.hash_one(address).max(1) }
}
