//! The words for connections that are followed over time.

use std::collections::BTreeMap;

use super::Row;

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its ends, state and user.
    pub row: Row,
    /// The same for as long as it lives, and no later one's until the machine starts again.
    pub cookie: u64,
    /// What it has carried, where asked for and known: of TCP, on Linux.
    pub carried: Option<Carried>,
}

/// Bytes of TCP's streams. The end of a stream may count as one more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Sent and acknowledged.
    pub sent: u64,
    /// Received.
    pub received: u64,
}

/// Who among some processes holds which sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Among {
    /// By inode: a process that holds it.
    pub pids: BTreeMap<u64, u32>,
    /// Processes whose open files may not be looked at.
    pub closed: Vec<u32>,
    /// Every open file of all others was looked at that had to be.
    pub complete: bool,
}
