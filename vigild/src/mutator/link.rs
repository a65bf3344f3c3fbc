//! The way to the helper: one order, one answer.

use std::{io, os::unix::net::UnixStream, time::Duration};

use crate::helper::order::{self, Order, Reply};

/// Longer than two programs may take, and shorter than the reader waits for us.
const PATIENCE: Duration = Duration::from_secs(55);

/// The helper answered another question than was asked.
#[derive(Debug, thiserror::Error)]
#[error("the helper's answer does not fit the order")]
pub(super) struct Unfitting;

#[derive(Debug)]
pub(super) struct Link(UnixStream);

impl Link {
    pub(super) fn new(helper: UnixStream) -> io::Result<Self> {
        helper.set_read_timeout(Some(PATIENCE))?;
        helper.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(helper))
    }

    /// Has `order` carried out.
    ///
    /// # Errors
    /// The helper is gone, takes too long, or does not answer in our words. Whether it did what it
    /// should is not known: the process ends, and the next start looks.
    pub(super) fn ask(&mut self, order: &Order) -> io::Result<Reply> {
        order::send(&self.0, order)?;
        order::receive(&self.0)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
