//! The machine: connections, files, processes; and what a stretch of time amounts to.

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::{id::SessionId, report::UsageFigures, text::Masked, time::Timestamp};

/// `vigil.system/1`. Each part says whether a source for it exists at all: what nobody looks at
/// is not empty but unknown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Machine {
    /// What was added up begins here.
    pub since: Timestamp,
    /// Agent processes.
    pub processes: Recorded<()>,
    /// Connections by host, port and way, the latest first; at most 200.
    pub connections: Recorded<FlowRow>,
    /// Files, the latest first; at most 200.
    pub files: Recorded<FileRow>,
}

/// Rows of a source, or why there are none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Recorded<T> {
    /// False when no source records this yet.
    pub recorded: bool,
    /// Who says so: `proxy`, `tool calls`; or why nothing is recorded.
    pub by: String,
    /// What it says.
    pub rows: Vec<T>,
    /// Rows beyond those.
    pub more: u64,
}

/// Connections to one host, one way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FlowRow {
    /// Host as the client named it.
    pub host: Masked,
    /// Port.
    pub port: u64,
    /// `decrypted` or `tunnelled`.
    pub way: String,
    /// Connections.
    pub n: u64,
    /// Bytes from the clients.
    pub sent: u64,
    /// Bytes to the clients.
    pub received: u64,
    /// When the last one ended.
    pub last: Timestamp,
    /// Words about the last one: why it was not decrypted, what went wrong.
    pub detail: Option<Masked>,
}

/// A file that tool calls named.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FileRow {
    /// The path as the tool was given it.
    pub path: Masked,
    /// Calls that asked to read it.
    pub reads: u64,
    /// Calls that asked to write it.
    pub writes: u64,
    /// Sessions whose calls named it.
    pub sessions: u64,
    /// The session of the last call.
    pub session_key: Option<SessionId>,
    /// That session's client.
    pub client: Option<String>,
    /// The last call's event number.
    pub seq: i64,
    /// When that was.
    pub last: Timestamp,
}

/// `vigil.digest/1`: what happened in a stretch of time, for whoever comes back to the desk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Digest {
    /// Begins here.
    pub from: Timestamp,
    /// Ends before this.
    pub to: Timestamp,
    /// Sessions active in it.
    pub sessions: u64,
    /// Prompts.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub failed: u64,
    /// Tool calls that were refused.
    pub denied: u64,
    /// Usage and cost.
    pub usage: UsageFigures,
    /// Findings first seen in it that are open, by severity.
    pub findings: Counts,
    /// Gaps.
    pub gaps: u64,
    /// Files whose last writing call was in it.
    pub files_written: u64,
}
