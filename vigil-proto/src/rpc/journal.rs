//! The daemon's journal as its callers may read it, and the anchors in it. The daemon keeps its own
//! file in the same words.

use serde::{Deserialize, Serialize};

use super::{BoundedVec, ChainHead, Fingerprint, Micros, Port, ProxyMode, Refusal, Uid};

/// The most rows of one answer.
pub const JOURNAL_ROWS: usize = 64;

/// The head of a uid's audit chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// Its number among this uid's anchors: 1, then one more each time.
    pub seq: u64,
    /// The head of the anchor before; all zero for the first.
    pub prev: ChainHead,
    /// How many links the chain has. Never fewer than before.
    pub count: u64,
    /// The last of them.
    pub head: ChainHead,
}

/// Rows of the journal, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// The rows.
    pub rows: BoundedVec<JournalRow, JOURNAL_ROWS>,
    /// There are more after the last of these.
    pub more: bool,
}

/// One row. A deed has a row for each phase it has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRow {
    /// Its number, from 1. Rows of others leave gaps.
    pub seq: u64,
    /// The number of the deed's first row: its own, for an intent.
    pub first: u64,
    /// When it was written.
    pub at: Micros,
    /// For whom.
    pub uid: Uid,
    /// What is done.
    pub deed: Deed,
    /// How far it is.
    pub phase: Phase,
}

/// What the daemon does for a caller, or notes of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Makes the machine trust a certificate.
    CaInstall(Fingerprint),
    /// Ends that trust.
    CaRemove(Fingerprint),
    /// Points the system's proxy setting at a caller.
    Proxy {
        /// In which way.
        mode: ProxyMode,
        /// At which port.
        port: Port,
    },
    /// Redirects a caller's connections.
    Capture {
        /// To which port.
        port: Port,
    },
    /// Notes the head of a chain.
    Anchor(Anchor),
    /// The uid's agent was not there.
    Absence {
        /// When it was last there.
        since: Micros,
        /// When it came back.
        until: Micros,
    },
}

/// How far a deed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// About to be done; written before anything is touched.
    Intent,
    /// Done, and read back.
    Done,
    /// Undone: what was before is back, and read back.
    Undone(Cause),
    /// Was to be undone, but somebody else had changed it meanwhile: left as they want it.
    LeftAlone(Cause),
    /// Not done; nothing has changed.
    Failed(Refusal),
}

/// Why something was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// The caller gave it back.
    Asked,
    /// It was not renewed in time.
    Expired,
    /// The caller's connection closed, or its process ended.
    CallerGone,
    /// Another socket than the caller's listens on the port, or none.
    PortLost,
    /// The daemon starts and finds it unfinished, or left by the run before.
    Start,
    /// The daemon stops.
    Stop,
    /// A later step of the same deed failed.
    StepFailed,
}
