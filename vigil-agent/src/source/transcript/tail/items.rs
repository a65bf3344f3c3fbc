//! What is in a file, one piece after the other.

use std::{fs::File, io};

use super::super::{
    database::Records,
    lines::{Item, Lines},
};

/// Lines of a file or records of a database.
#[derive(Debug)]
pub(super) enum Items<'a> {
    Lines(Lines<&'a File>),
    Records(Records<'a>),
}

impl Items<'_> {
    /// The place after the last item.
    pub(super) fn offset(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.offset(),
            Self::Records(records) => records.offset(),
        }
    }

    /// The place up to which there is no further item's end.
    pub(super) fn searched(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.searched(),
            Self::Records(records) => records.offset(),
        }
    }

    /// The next complete item and the place after it.
    pub(super) fn next(&mut self) -> io::Result<Option<(Item<'_>, u64)>> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Records(records) => records.next(),
        }
    }
}
