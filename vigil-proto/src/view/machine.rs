//! The machine: connections, files, processes; and what a stretch of time amounts to.

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::{
    event::{Exit, ProcessRef, Way},
    id::SessionId,
    report::UsageFigures,
    text::Masked,
    time::Timestamp,
};

/// `vigil.system/1`. Each part says whether a source for it exists at all: what nobody looks at
/// is not empty but unknown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Machine {
    /// What was added up begins here.
    pub since: Timestamp,
    /// Agents with the processes under them, one row a tree, the latest first; at most 200.
    pub processes: Recorded<TreeRow>,
    /// Connections by host, port, way and owner, the latest first; at most 200.
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
    /// Who says so: `proxy`, `kernel`, `proxy and kernel`, `tool calls`; or why nothing is recorded.
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
    /// The way they went.
    pub way: Way,
    /// The client whose processes made them, where known.
    pub client: Option<String>,
    /// The session that made them, where known.
    pub session_key: Option<SessionId>,
    /// Connections.
    pub n: u64,
    /// Those that were open when they were last seen.
    pub open: u64,
    /// Bytes from the clients.
    pub sent: u64,
    /// Bytes to the clients.
    pub received: u64,
    /// When the last one began.
    pub last: Timestamp,
    /// Words about the last one: why it was not decrypted, what went wrong.
    pub detail: Option<Masked>,
}

/// An agent, and how many processes are under it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TreeRow {
    /// The agent's own process.
    #[serde(flatten)]
    pub process: ProcessRow,
    /// Processes under it that have not ended as far as is known.
    pub running: u64,
    /// When the latest of the tree started or ended.
    pub last: Timestamp,
}

/// A process of an agent's tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ProcessRow {
    /// Its event's number; none for an agent of whose own process nothing is kept.
    pub seq: Option<i64>,
    /// Which process.
    pub process: ProcessRef,
    /// When it began, as it was told. The start that `process` has is made of the boot's time in
    /// whole seconds, and so off by up to one.
    pub at: Timestamp,
    /// The agent's own process.
    pub root: ProcessRef,
    /// The agent's client.
    pub client: String,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// The number of the tool call's event that started it.
    pub tool_call: Option<i64>,
    /// That tool's name.
    pub tool: Option<Masked>,
    /// The beginning of its command line, at most 400 characters.
    pub argv: Masked,
    /// The file that it runs.
    pub exe: Option<Masked>,
    /// Its working directory.
    pub cwd: Option<Masked>,
    /// When it ended; none while it runs, or when nobody saw it end.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub exit: Option<Exit>,
    /// Processor time in microseconds, as last seen.
    pub cpu_us: Option<u64>,
    /// The most memory it held at once in bytes, as last seen.
    pub peak_rss: Option<u64>,
    /// Processes that it started itself.
    pub children: u64,
    /// Processes under it, of every depth.
    pub descendants: u64,
}

/// Which processes: the children of one, or those of a tool call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct ProcessQuery {
    /// Of the agent with this process, written `PID.MICROSECONDS`.
    pub root: Option<String>,
    /// Started by this process, written so too; by the agent itself when absent.
    pub parent: Option<String>,
    /// Started by the tool call with this event number, instead of both.
    pub call: Option<i64>,
    /// Only those whose command line holds this, in any case, at any depth of the tree.
    pub q: Option<String>,
    /// Only those that run.
    pub running: Option<bool>,
    /// How many to pass over.
    pub offset: Option<u64>,
    /// At most so many; 200 is the most.
    pub limit: Option<u64>,
}

/// `vigil.processes/1`, a page of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ProcessPage {
    /// How many there are.
    pub total: u64,
    /// How many were passed over.
    pub offset: u64,
    /// The latest first; those of a tool call in the order they started.
    pub processes: Vec<ProcessRow>,
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
