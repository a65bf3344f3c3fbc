//! Moving bytes from one socket to another without looking at them: the kernel passes pages on, and
//! no byte comes into this process (Linux).

use std::{
    io,
    os::fd::AsFd,
    sync::atomic::{AtomicUsize, Ordering},
};

#[cfg_attr(target_os = "linux", path = "splice/linux.rs")]
#[cfg_attr(target_os = "macos", path = "splice/macos.rs")]
mod imp;

/// The most pipes of this process at a time: each has two open files, and what it may hold counts
/// against what the kernel gives one user.
const MOST: usize = 64;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A pipe between two sockets.
#[derive(Debug)]
pub struct Pipe {
    imp: imp::Pipe,
    /// Bytes in it.
    held: usize,
    _place: Place,
}

/// One of the pipes that there may be.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let more = |open| (open < MOST).then_some(open + 1);
        OPEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok().then_some(Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pipe {
    /// A pipe. None when there are enough, when the system gives none, or has no such thing: then
    /// bytes are copied as ever.
    pub fn new() -> Option<Self> {
        let place = Place::take()?;
        Some(Self { imp: imp::Pipe::new().ok()?, held: 0, _place: place })
    }

    /// Takes what `from`, a socket that does not block, has: 0 at its end. To be called when the
    /// pipe is empty.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when it has nothing now; otherwise the connection broke.
    pub fn fill(&mut self, from: impl AsFd) -> io::Result<usize> {
        let len = self.imp.fill(from.as_fd())?;
        self.held += len;
        Ok(len)
    }

    /// Gives `to`, a socket that does not block, as much as it takes, and says how much that was.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when it takes nothing now; otherwise the connection broke.
    pub fn drain(&mut self, to: impl AsFd) -> io::Result<usize> {
        let len = self.imp.drain(to.as_fd(), self.held)?;
        self.held -= len;
        Ok(len)
    }

    /// True when nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.held == 0
    }
}

#[cfg(test)]
mod tests;
