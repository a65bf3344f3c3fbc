//! The machine's TCP and UDP sockets, and who holds them. It asks the kernel's tables; it never
//! opens, changes or closes anybody's connection.

use std::{
    collections::BTreeSet,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::ControlFlow,
};

use crate::process;

mod flow;
#[cfg_attr(target_os = "linux", path = "socket/linux.rs")]
#[cfg_attr(target_os = "macos", path = "socket/macos.rs")]
mod imp;
#[cfg(any(target_os = "macos", test))]
mod layout;
pub(crate) mod option;
mod row;

pub use flow::{Among, Carried, Flow};
pub use row::{HOLDERS, Holders, Listener, Owner, Protocol, Row, State};

/// Who listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its user.
    pub uid: u32,
    /// Its process, when it may be known (another user's may not).
    pub pid: Option<u32>,
    /// The process's name for itself: untrusted text.
    pub name: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, &self.name) {
            (Some(pid), Some(name)) => {
                // A process names itself: nothing that a terminal would act on goes through.
                let is_odd = |c: char| c.is_control() || !c.is_ascii();
                write!(f, "`{}` (process {pid})", name.replace(is_odd, "?"))
            }
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => write!(f, "a process of uid {}", self.uid),
        }
    }
}

/// Calls `visit` with every socket of `protocol`, IPv4 and IPv6, until it breaks. Needs no rights
/// on Linux, where it costs about a microsecond for each socket.
///
/// # Errors
/// The kernel's table could not be asked, or its answer was cut short (some sockets may have been
/// visited by then).
pub fn table(protocol: Protocol, visit: impl FnMut(&Row) -> ControlFlow<()>) -> io::Result<()> {
    imp::table(protocol, visit)
}

/// Those of these TCP connections that are over: hardly any process still holds one. Where the kernel does not tell that
/// for less than it takes to look for holders, none.
///
/// # Errors
/// The kernel's table could not be asked.
pub fn gone(connections: &[u64]) -> io::Result<BTreeSet<u64>> {
    imp::gone(connections)
}

/// The owner of the client's end of a loopback TCP connection: see [`owner_uid`].
///
/// # Errors
/// The kernel's table could not be asked.
pub fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    imp::owner(to_plain(local), to_plain(peer))
}

/// The owner of the end `own` of this machine's TCP connection to `far`, which need not be loopback:
/// a redirected client's connection is in the kernel's table as the client made it.
///
/// # Errors
/// The kernel's table could not be asked.
pub fn owner_of(own: SocketAddr, far: SocketAddr) -> io::Result<Option<Owner>> {
    imp::owner_of(to_plain(own), to_plain(far))
}

/// Everybody who listens on TCP `port`, on any address; nobody when it is empty. On macOS without
/// root only our own processes are seen.
///
/// # Errors
/// The kernel's table could not be asked, or holds more listeners than anybody needs. It is not
/// known then who listens.
pub fn listeners(port: u16) -> io::Result<Vec<Listener>> {
    imp::listeners(port)
}

/// The processes that hold the sockets of these `inodes`, among those of the user `of`, or among
/// all that may be looked at. Others' processes need `CAP_SYS_PTRACE` and `CAP_DAC_READ_SEARCH`.
///
/// Linux: a walk over every open file of those processes (about 2 microseconds for each), which
/// ends early once every socket has [`HOLDERS`] of them, and after a million files.
///
/// # Errors
/// The table of processes cannot be read at all.
pub fn pids_of(inodes: &[u64], of: Option<u32>) -> io::Result<Holders> {
    imp::pids_of(inodes, of)
}

/// Calls `visit` with every connection of `protocol` that leaves this machine or comes to it, IPv4
/// and IPv6, until it breaks: of TCP those that are asked for, open or ending, of UDP the sockets
/// that have one other end. What stays on this machine (loopback) is left out.
///
/// Linux: no rights needed; about a microsecond of CPU for each connection, and another one when
/// `carried` is asked for. What is left out costs a tenth of that. macOS: a walk over all open files
/// of our own processes.
///
/// # Errors
/// The kernel's table could not be asked, or its answer was cut short (some may have been visited
/// by then).
pub fn flows(
    protocol: Protocol,
    carried: bool,
    visit: impl FnMut(&Flow) -> ControlFlow<()>,
) -> io::Result<()> {
    imp::flows(protocol, carried, visit)
}

/// Who among the processes `pids` holds the sockets of these `inodes`: a walk over the open files
/// of these processes alone.
pub fn holders_among(inodes: &[u64], pids: &[u32]) -> Among {
    imp::among(inodes, pids)
}

/// TCP connections as they end, of every user, with what they carried in all. They are kept by the
/// kernel until they are taken; what it could not keep is told.
#[derive(Debug)]
pub struct Endings(imp::Endings);

impl Endings {
    /// Begins to listen. Needs no rights on Linux.
    ///
    /// # Errors
    /// The kernel does not tell: always so on macOS.
    pub fn listen() -> io::Result<Self> {
        imp::Endings::listen().map(Self)
    }

    /// Calls `visit` with every connection that has ended since the last time. Of its row only the
    /// ends are known. True when none was lost. Never waits.
    ///
    /// # Errors
    /// The kernel's answer could not be read.
    pub fn take(&self, visit: impl FnMut(&Flow)) -> io::Result<bool> {
        self.0.take(visit)
    }
}

/// The uid that owns the client's end of a loopback TCP connection, as seen by the server:
/// `local` is the accepted socket's own address, `peer` the client's.
///
/// `None` when the kernel knows no such connection any more, when its socket was already given up
/// by its process, when an address is not a loopback one, or when this platform cannot tell (see
/// docs/MACOS.md). A caller that must not serve strangers refuses on `None`.
///
/// # Errors
/// The kernel's table could not be asked.
pub fn owner_uid(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<u32>> {
    Ok(imp::owner(to_plain(local), to_plain(peer))?.map(|owner| owner.uid))
}

/// The process that holds the client's end of a loopback TCP connection, if it is one of ours.
/// Costs a walk over our own processes' open files (milliseconds), so not for every connection
/// on a busy path.
///
/// # Errors
/// The kernel's table could not be asked.
pub fn owner_pid(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<u32>> {
    let owner = imp::owner(to_plain(local), to_plain(peer))?;
    Ok(owner.and_then(|owner| imp::pid_of(&owner)))
}

/// Who listens on TCP `port`, on any address. `None` when nobody does or it cannot be known.
pub fn listener_holder(port: u16) -> Option<Holder> {
    let listener = listeners(port).ok()?.into_iter().next()?;
    let pid = imp::pid_of(&Owner { uid: listener.uid, inode: listener.inode });
    let name = pid.and_then(|pid| process::row(pid).ok()).map(|row| row.name);
    let name = name.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
    Some(Holder { uid: listener.uid, pid, name })
}

/// The users whose processes may be sent what is sent to `localhost` on TCP `port`; nobody listens
/// there when it is empty. Whoever listens on another address of this machine alone does not count.
/// `None` when we cannot tell, as on macOS without root (see docs/MACOS.md).
///
/// # Errors
/// The kernel's table could not be asked, or holds more listeners than anybody needs.
pub fn localhost_uids(port: u16) -> io::Result<Option<Vec<u32>>> {
    if !imp::sees_everybody() {
        return Ok(None);
    }
    let uids = listeners(port)?
        .into_iter()
        .filter(|listener| is_localhost(listener.local.ip()))
        .map(|listener| listener.uid);
    Ok(Some(uids.collect()))
}

/// The addresses that `localhost` may mean, and those that take connections to all.
fn is_localhost(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST
}

/// Whether [`owner_uid`] can answer on this platform.
pub const KNOWS_OWNERS: bool = imp::KNOWS_OWNERS;

/// `::ffff:127.0.0.1` is 127.0.0.1.
fn to_plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn both_loopback(a: IpAddr, b: IpAddr) -> bool {
    a.is_loopback() && b.is_loopback() && a.is_ipv4() == b.is_ipv4()
}

#[cfg(test)]
mod tests;
