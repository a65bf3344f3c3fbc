//! A pair of connected sockets between two of our own processes, over which a descriptor may travel
//! beside the bytes. Descriptors are taken here and nowhere else: what a stranger sends along on any
//! other socket is closed by the kernel, because nobody asks for it.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

/// Both ends. Neither is inherited by programs that are started later.
///
/// # Errors
/// There are no descriptors left.
pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
    UnixStream::pair()
}

/// Sends all of `bytes`, and `descriptor` with the first of them.
///
/// # Errors
/// The other side is gone or does not take it in the socket's time.
pub fn send_with(to: &UnixStream, bytes: &[u8], descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor];
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let sent = rustix::io::retry_on_intr(|| {
        rustix::net::sendmsg(to, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::empty())
    })?;
    io::Write::write_all(&mut &*to, bytes.get(sent..).unwrap_or_default())
}

/// Bytes that have come, at most as many as fit, and the descriptor that came with them. More than
/// one descriptor is more than [`send_with`] sends: the rest is closed.
///
/// # Errors
/// The socket failed. No bytes are no error: the other side is gone.
pub fn receive_with(from: &UnixStream, into: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::io::retry_on_intr(|| {
        rustix::net::recvmsg(from, &mut [IoSliceMut::new(into)], &mut ancillary, flags())
    })?;
    let mut descriptor = None;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            descriptor = descriptors.last();
        }
    }
    Ok((received.bytes, descriptor))
}

/// Not inherited by a program that is started; macOS has no such flag, and starts none.
#[cfg(target_os = "linux")]
const fn flags() -> RecvFlags {
    RecvFlags::CMSG_CLOEXEC
}

#[cfg(not(target_os = "linux"))]
const fn flags() -> RecvFlags {
    RecvFlags::empty()
}

#[cfg(test)]
mod tests;
