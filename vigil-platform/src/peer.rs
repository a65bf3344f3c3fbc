//! Who is at the other end of a Unix socket: asked once, when the connection is accepted, by
//! options of a fixed type. Authority is the user alone; the process is for the log and for
//! noticing its end. What the kernel does not say is an error, never a default.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
};

#[cfg_attr(target_os = "linux", path = "peer/linux.rs")]
#[cfg_attr(target_os = "macos", path = "peer/macos.rs")]
mod imp;

/// Why a peer is not known.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The kernel refused an option, as it does for what is no Unix socket.
    #[error("cannot ask who is at the other end of a connection ({asked})")]
    Ask {
        /// The option.
        asked: &'static str,
        /// The kernel's word.
        #[source]
        source: io::Error,
    },
    /// The socket is not connected, or its peer is outside of what this process may know.
    #[error("the kernel does not say who is at the other end of a connection")]
    Missing,
    /// Two answers about the same peer name different users.
    #[error("the kernel names two users for one connection")]
    Ambiguous,
}

/// The process that connected (or, for a client, that listens), as it was at that moment.
#[derive(Debug)]
pub struct Peer {
    /// Its effective user, when it connected.
    pub uid: u32,
    /// Its effective group, when it connected.
    pub gid: u32,
    /// Its number. It may have ended since, and the number be another's: see [`Peer::has_ended`].
    pub pid: u32,
    /// Becomes readable at its end.
    end: Option<OwnedFd>,
}

impl Peer {
    /// Who is at the other end of `socket`, a connected Unix stream socket.
    ///
    /// # Errors
    /// The kernel does not say. The connection is then not served.
    pub fn of(socket: impl AsFd) -> Result<Self, PeerError> {
        imp::of(socket.as_fd())
    }

    /// Whether the very process that connected has ended. `None` when the kernel has no handle for
    /// it (Linux before 6.5): then only the connection's end tells.
    pub fn has_ended(&self) -> Option<bool> {
        let end = self.end()?;
        loop {
            let mut asked = [PollFd::from_borrowed_fd(end, PollFlags::IN)];
            match rustix::event::poll(&mut asked, Some(&Timespec::default())) {
                Ok(ready) => return Some(ready > 0),
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }

    /// A descriptor to poll for reading, which is ready once the process has ended.
    pub fn end(&self) -> Option<BorrowedFd<'_>> {
        self.end.as_ref().map(AsFd::as_fd)
    }
}

fn ask(asked: &'static str) -> impl Fn(io::Error) -> PeerError {
    move |source| PeerError::Ask { asked, source }
}

#[cfg(test)]
mod tests;
