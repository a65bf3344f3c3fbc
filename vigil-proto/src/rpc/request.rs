//! What may be asked of the daemon: this, and nothing else. No request carries a command, a path,
//! a URL, a host name, an environment or free text.

use serde::{Deserialize, Serialize};

use super::{
    Anchor, BoundedBytes, Cursor, Endpoint, Fingerprint, LeaseId, LeaseSeconds, Max, Port, frame,
    journal::JOURNAL_ROWS,
    row::{PROCESS_ROWS, SOCKET_ROWS},
};

/// The most bytes a certificate may have.
pub const CA_DER_MAX: usize = 4096;

/// A question or an order. The order of the variants is the wire format: new ones go to the end
/// and raise [`frame::MINOR`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The first frame of a connection, and only the first.
    Hello {
        /// Says that this is Vigil's protocol.
        magic: Magic,
        /// The client's [`frame::MINOR`].
        minor: u16,
    },
    /// How the daemon stands towards the caller.
    Status,
    /// Rows of the journal after a number.
    JournalTail {
        /// Whose rows.
        scope: JournalScope,
        /// Rows with a larger number; 0 for the first ones.
        since: u64,
        /// How many at the most.
        max: Max<JOURNAL_ROWS>,
    },
    /// Makes the machine trust the caller's certificate authority.
    CaInstall {
        /// The certificate. The daemon reads it anew and believes none of it.
        der: BoundedBytes<CA_DER_MAX>,
    },
    /// Ends that trust.
    CaRemove {
        /// Of a certificate that the caller installed.
        fingerprint: Fingerprint,
    },
    /// Whether it is trusted.
    CaStatus {
        /// Of any certificate.
        fingerprint: Fingerprint,
    },
    /// Makes the caller's proxy the system's, for as long as the lease lives.
    ProxyEnable {
        /// In which way.
        mode: ProxyMode,
        /// Where the caller listens on loopback.
        port: Port,
        /// How long without a renewal.
        lease_s: LeaseSeconds,
    },
    /// Redirects the caller's own connections to its proxy, for as long as the lease lives.
    CaptureEnable {
        /// Where the caller listens on loopback.
        port: Port,
        /// How long without a renewal.
        lease_s: LeaseSeconds,
    },
    /// The heartbeat of a lease, of either kind.
    LeaseRenew {
        /// The caller's.
        lease: LeaseId,
    },
    /// Gives a lease back, of either kind: what was before comes back.
    LeaseEnd {
        /// The caller's.
        lease: LeaseId,
    },
    /// A page of the process table.
    ProcessPage {
        /// Whose rows.
        scope: Scope,
        /// Where to begin; nothing for the first page.
        cursor: Option<Cursor>,
        /// How many at the most.
        max: Max<PROCESS_ROWS>,
    },
    /// A page of the socket table.
    SocketPage {
        /// Whose rows.
        scope: Scope,
        /// Where to begin; nothing for the first page.
        cursor: Option<Cursor>,
        /// How many at the most.
        max: Max<SOCKET_ROWS>,
    },
    /// Who holds the other end of a connection on this machine.
    SocketOwner {
        /// The asker's end.
        local: Endpoint,
        /// The end whose holder is asked for.
        peer: Endpoint,
    },
    /// Turns the connection into a stream of processes that begin and end.
    Watch {
        /// Whose processes.
        scope: Scope,
    },
    /// Notes the head of the caller's audit chain where the caller cannot change it.
    Anchor(Anchor),
}

/// Eight bytes that no other protocol begins with. Others do not decode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[u8; 8]", into = "[u8; 8]")]
pub struct Magic;

/// What the magic is on the wire.
const MAGIC: [u8; 8] = *b"vigil\0d\n";

/// The first frame speaks another protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not Vigil's protocol")]
pub struct NotVigil;

impl TryFrom<[u8; 8]> for Magic {
    type Error = NotVigil;

    fn try_from(bytes: [u8; 8]) -> Result<Self, NotVigil> {
        if bytes == MAGIC { Ok(Self) } else { Err(NotVigil) }
    }
}

impl From<Magic> for [u8; 8] {
    fn from(_: Magic) -> Self {
        MAGIC
    }
}

/// Whose processes and sockets are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// The caller's, in full.
    Own,
    /// The caller's in full; of others without details.
    Everyone,
    /// Everybody's in full: administrators alone.
    EveryoneInFull,
}

/// Whose rows of the journal are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JournalScope {
    /// The caller's.
    Own,
    /// Everybody's: administrators alone.
    Everyone,
}

/// How the system is told of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProxyMode {
    /// By the daemon's fixed configuration script: listed hosts by the proxy, or directly when it
    /// does not answer; all else directly.
    Pac,
    /// By address, for everything.
    Manual,
}

impl Request {
    /// The greeting of this build.
    pub const fn hello() -> Self {
        Self::Hello { magic: Magic, minor: frame::MINOR }
    }
}
