//! What the daemon answers.

use serde::{Deserialize, Serialize};

use super::{
    Anchor, BootId, BoundedVec, Fingerprint, JournalPage, LeaseId, LeaseSeconds, Micros, Page,
    Port, ProcessRow, ProxyMode, Refusal, SocketOwner, SocketRow, Unsupported, WatchEvents,
    row::{PROCESS_ROWS, SOCKET_ROWS},
};

/// The most leases a uid holds: one of each kind.
pub const LEASES: usize = 2;

/// An answer. The order of the variants is the wire format: new ones go to the end and raise
/// [`frame::MINOR`](super::frame::MINOR).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// To any request: no.
    Refused(Refusal),
    /// To `Hello`.
    Welcome(Welcome),
    /// To `Status`.
    Status(Status),
    /// To `JournalTail`.
    Journal(JournalPage),
    /// To `CaInstall`: it is trusted, and the daemon has looked. Also when it was before.
    CaInstalled {
        /// What to call it by.
        fingerprint: Fingerprint,
    },
    /// To `CaRemove`: what the daemon placed is gone, and the daemon has looked. If somebody else
    /// placed the same, it is trusted still: `CaStatus` tells.
    CaRemoved,
    /// To `CaStatus`.
    CaStatus(CaStatus),
    /// To `ProxyEnable`, `CaptureEnable` and `LeaseRenew`.
    Leased(Lease),
    /// To `LeaseEnd`.
    LeaseEnded(Restored),
    /// To `ProcessPage`.
    Processes(Page<ProcessRow, PROCESS_ROWS>),
    /// To `SocketPage`.
    Sockets(Page<SocketRow, SOCKET_ROWS>),
    /// To `SocketOwner`: nothing when there is no such connection, or when its owner is another
    /// user and the caller no administrator.
    SocketOwner(Option<SocketOwner>),
    /// To `Watch`, as often as there is something, with the same request number each time. The
    /// first one comes at once and is empty: from then on nothing is missed unsaid.
    Watch(WatchEvents),
    /// To `Anchor`: it is on the disk.
    Anchored,
}

/// The daemon's half of the greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The smaller of both sides' minor versions: what both may use on this connection.
    pub minor: u16,
    /// Which boot this is.
    pub boot: BootId,
}

/// How the daemon stands towards the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When the daemon started.
    pub started: Micros,
    /// The caller may use the verbs that change something.
    pub enrolled: bool,
    /// The caller is an administrator.
    pub administrator: bool,
    /// What can be had here.
    pub can: Abilities,
    /// The caller's leases.
    pub leases: BoundedVec<Lease, LEASES>,
    /// The number of the journal's last row; 0 when it is empty.
    pub journal: u64,
    /// The caller's last anchor.
    pub anchor: Option<Anchor>,
}

/// What the daemon can do on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// `CaInstall`, `CaRemove`.
    pub ca: Support,
    /// `ProxyEnable`.
    pub proxy: Support,
    /// `CaptureEnable`.
    pub capture: Support,
    /// `SocketPage`, `SocketOwner`.
    pub sockets: Support,
    /// `Watch`, and by what.
    pub watch: Engine,
}

/// Whether something can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Support {
    /// Yes.
    Yes,
    /// No, and why.
    No(Unsupported),
}

/// How the beginning and the end of processes are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Engine {
    /// Not at all, and why.
    Off(Unsupported),
    /// Linux: the process connector. Processes of a few hundred microseconds may be gone before
    /// their arguments are read.
    Connector,
    /// Linux: programs in the kernel, which read the arguments themselves.
    Bpf,
    /// macOS: the end is told by the kernel, the beginning found in the table.
    Kqueue,
}

/// Whether a certificate is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaStatus {
    /// The caller installed it by this daemon and has not removed it.
    pub installed: bool,
    /// The machine trusts it.
    pub trust: Trust,
}

/// Whether the machine trusts a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// Yes.
    Trusted,
    /// No.
    NotTrusted,
    /// It is known, but each user decides (macOS).
    UsersOwn,
    /// It could not be found out.
    Unknown,
}

/// A lease: what a caller set, for as long as it says that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What to call it by.
    pub lease: LeaseId,
    /// What it holds.
    pub of: Leased,
    /// Where the caller listens.
    pub port: Port,
    /// How long it lives without a renewal, counted from each one.
    pub lease_s: LeaseSeconds,
}

/// What a lease holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Leased {
    /// The system's proxy setting.
    Proxy(ProxyMode),
    /// The redirection of the caller's own connections, of both kinds of address.
    Capture,
    /// Redirection of the probe alone. At the next renewal, what the probe has proven is redirected.
    /// From minor version 1, as those below.
    CaptureProbe,
    /// Redirection of IPv4 alone; of IPv6 the probe proves nothing yet.
    CaptureV4,
    /// Redirection of IPv6 alone; of IPv4 the probe proves nothing yet.
    CaptureV6,
}

/// What became of a setting at the end of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Restored {
    /// What was before is back.
    Original,
    /// Somebody else had changed it meanwhile: left as they want it.
    LeftAlone,
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
