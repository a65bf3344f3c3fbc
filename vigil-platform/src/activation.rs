//! The socket that the service manager opened before it started us and holds while we do not run.

use std::{
    io,
    os::{fd::AsFd, unix::net::UnixListener},
};

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

/// A descriptor that came from the service manager, once it was seen to be a listening Unix stream
/// socket.
fn listener(socket: std::os::fd::OwnedFd) -> io::Result<UnixListener> {
    use rustix::net::{AddressFamily, SocketType, sockopt};
    let family = rustix::net::getsockname(&socket)?.address_family();
    let listens = option::words(socket.as_fd(), libc::SOL_SOCKET, libc::SO_ACCEPTCONN)?;
    if family != AddressFamily::UNIX
        || sockopt::socket_type(&socket)? != SocketType::STREAM
        || listens == [0]
    {
        return Err(wrong());
    }
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    Ok(UnixListener::from(socket))
}

fn wrong() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the service manager gave no single listening Unix stream socket",
    )
}
