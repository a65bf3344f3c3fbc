//! The sockets that the service manager opened before it started us and holds while we do not run.

use std::{
    io,
    net::TcpListener,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixListener,
    },
};

use rustix::net::{AddressFamily, SocketType, sockopt};

use crate::socket::option;

#[cfg_attr(target_os = "linux", path = "activation/linux.rs")]
#[cfg_attr(target_os = "macos", path = "activation/macos.rs")]
mod imp;

/// The listening Unix stream socket, or nothing when no service manager gave one. Call it once, at
/// the beginning of the program.
///
/// # Errors
/// It gave something else, or more than one socket.
pub fn socket() -> io::Result<Option<UnixListener>> {
    imp::socket()
}

/// The listening TCP sockets of these names, each with its name, which may have several; none when no
/// service manager gave one. Call it once, at the beginning of the program, and not with [`socket`].
///
/// # Errors
/// It gave something else, one that is not on loopback, or one of another name.
pub fn tcp(names: &[&'static str]) -> io::Result<Vec<(&'static str, TcpListener)>> {
    let given = imp::named(names)?.into_iter();
    given.map(|(name, socket)| Ok((name, tcp_listener(socket)?))).collect()
}

/// A descriptor that came from the service manager, once it was seen to be a listening Unix stream
/// socket.
fn listener(socket: OwnedFd) -> io::Result<UnixListener> {
    if !listens(&socket, &[AddressFamily::UNIX])? {
        return Err(wrong());
    }
    Ok(UnixListener::from(socket))
}

/// The same for one of TCP, which must be on loopback: what listens there answers this machine alone.
fn tcp_listener(socket: OwnedFd) -> io::Result<TcpListener> {
    if !listens(&socket, &[AddressFamily::INET, AddressFamily::INET6])? {
        return Err(not_loopback());
    }
    let listener = TcpListener::from(socket);
    if listener.local_addr()?.ip().is_loopback() { Ok(listener) } else { Err(not_loopback()) }
}

/// Whether it is a stream socket of one of these families that listens. It is closed when another
/// program is started.
fn listens(socket: &OwnedFd, families: &[AddressFamily]) -> io::Result<bool> {
    rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC)?;
    let family = rustix::net::getsockname(socket)?.address_family();
    let listens = option::words(socket.as_fd(), libc::SOL_SOCKET, libc::SO_ACCEPTCONN)?;
    Ok(families.contains(&family)
        && sockopt::socket_type(socket)? == SocketType::STREAM
        && listens != [0])
}

fn wrong() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the service manager gave no single listening Unix stream socket",
    )
}

fn not_loopback() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the service manager gave something else than listening sockets on loopback; install the service again",
    )
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
