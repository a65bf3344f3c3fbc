//! Linux: `splice(2)` through a pipe.

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
};

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// What a pipe may hold. A pipe has a place for each piece of a packet, so that it is full with less.
const SIZE: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Pipe {
    from: OwnedFd,
    into: OwnedFd,
}

impl Pipe {
    pub(super) fn new() -> io::Result<Self> {
        let (from, into) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // Where a user may not have so much it stays as it was made.
        let _ = fcntl_setpipe_size(&into, SIZE);
        Ok(Self { from, into })
    }

    pub(super) fn fill(&self, from: BorrowedFd<'_>) -> io::Result<usize> {
        Ok(splice(from, None, &self.into, None, SIZE, flags())?)
    }

    pub(super) fn drain(&self, to: BorrowedFd<'_>, held: usize) -> io::Result<usize> {
        Ok(splice(&self.from, None, to, None, held, flags())?)
    }
}

fn flags() -> SpliceFlags {
    SpliceFlags::MOVE | SpliceFlags::NONBLOCK
}
