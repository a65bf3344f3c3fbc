//! macOS has no such thing.

use std::{io, os::fd::BorrowedFd};

#[derive(Debug)]
pub(super) enum Pipe {}

impl Pipe {
    pub(super) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn fill(&self, _: BorrowedFd<'_>) -> io::Result<usize> {
        match *self {}
    }

    pub(super) fn drain(&self, _: BorrowedFd<'_>, _: usize) -> io::Result<usize> {
        match *self {}
    }
}
