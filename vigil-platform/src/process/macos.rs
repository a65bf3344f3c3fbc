//! macOS: the hardened runtime of a signed program keeps other processes out; there is nothing to
//! ask for at run time.

use std::{io, ops::ControlFlow};

use super::{Cost, Details, ProcessError, Row};

pub(super) const KNOWS_ENDED: bool = false;

/// Not told apart here: a signal that arrives counts as running.
pub(super) fn has_ended(_pid: u32) -> bool {
    false
}

/// Not built yet.
pub(super) fn cost(_pid: u32) -> Option<Cost> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn forbid_inspection() -> io::Result<()> {
    Ok(())
}

pub(super) fn table(_after: u32, _visit: impl FnMut(&Row) -> ControlFlow<()>) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, ProcessError::NotBuilt))
}

pub(super) fn row(_pid: u32) -> Result<Row, ProcessError> {
    Err(ProcessError::NotBuilt)
}

pub(super) fn details(_pid: u32, _started: i64) -> Result<Details, ProcessError> {
    Err(ProcessError::NotBuilt)
}
