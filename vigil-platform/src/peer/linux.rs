//! Linux: `SO_PEERCRED`, and a descriptor of the process by `SO_PEERPIDFD` (6.5).

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::Errno;

use super::{Peer, PeerError, ask};
use crate::socket::option;

/// `asm-generic/socket.h`; the C library's bindings do not have it.
const SO_PEERPIDFD: i32 = 77;

pub(super) fn of(socket: BorrowedFd<'_>) -> Result<Peer, PeerError> {
    // `struct ucred`: pid, uid, gid. Not through rustix: its type for a pid has no room for the 0
    // that the kernel gives for a peer of another process namespace.
    let [pid, uid, gid] =
        option::words(socket, libc::SOL_SOCKET, libc::SO_PEERCRED).map_err(ask("SO_PEERCRED"))?;
    if pid == 0 || uid == u32::MAX || gid == u32::MAX {
        return Err(PeerError::Missing);
    }
    Ok(Peer { uid, gid, pid, end: pidfd(socket)? })
}

#[expect(unsafe_code, reason = "the kernel hands a descriptor over as a number")]
fn pidfd(socket: BorrowedFd<'_>) -> Result<Option<OwnedFd>, PeerError> {
    match option::words(socket, libc::SOL_SOCKET, SO_PEERPIDFD) {
        Ok([number]) => {
            // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
            Ok(Some(unsafe { OwnedFd::from_raw_fd(number.cast_signed()) }))
        }
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOPROTOOPT) => Ok(None),
        Err(error) => Err(ask("SO_PEERPIDFD")(error)),
    }
}
