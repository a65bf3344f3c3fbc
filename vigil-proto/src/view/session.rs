//! Sessions: the list, and one session as a timeline.

use serde::{Deserialize, Serialize};

use crate::{
    event::{KindName, Outcome, Witness},
    finding::Severity,
    id::{EventId, SessionId},
    report::{FindingRow, SessionRow, Unexplained, UsageFigures},
    text::Masked,
    time::Timestamp,
};

/// Which sessions. Newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct SessionQuery {
    /// In the title, the project, the branch, the id, or (whole words) in what was said and done.
    pub q: Option<String>,
    /// Of this client.
    pub client: Option<String>,
    /// In this working directory.
    pub project: Option<String>,
    /// Whose last model is this one.
    pub model: Option<String>,
    /// With findings only.
    pub findings: Option<bool>,
    /// Deleted by their client only.
    pub deleted: Option<bool>,
    /// Active at or after this time.
    pub from: Option<Timestamp>,
    /// Begun before this time.
    pub to: Option<Timestamp>,
    /// How many to pass over.
    pub offset: Option<u64>,
    /// At most so many; 200 is the most.
    pub limit: Option<u64>,
}

/// `vigil.sessions/1`, a page of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SessionPage {
    /// How many sessions the filter lets through.
    pub total: u64,
    /// How many were passed over.
    pub offset: u64,
    /// Newest first.
    pub sessions: Vec<SessionRow>,
    /// What was found in the content, by session, when there was a `q`: at most one hit each.
    pub finds: Vec<SessionFind>,
    /// True when the content was not searched to its end: only the newest hits were looked at.
    pub partial: bool,
}

/// Where the words of a search stand in a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SessionFind {
    /// The session.
    pub key: SessionId,
    /// The newest event with the words.
    pub seq: i64,
    /// Its text around the words.
    pub snippet: Masked,
}

/// `vigil.session/1`: everything about one session but its texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SessionView {
    /// The row of the list.
    pub session: SessionRow,
    /// What its client says that it cost, beyond the calls on record; none when they explain it,
    /// and where the client tells no total.
    #[serde(default)]
    pub unexplained: Option<Unexplained>,
    /// Its turns in order, those of the main thread; at most 5,000.
    pub turns: Vec<TurnRow>,
    /// Its sub-agents' threads; rows of the outline name them by place.
    pub threads: Vec<ThreadRow>,
    /// Its model calls in order, for the context gauge; at most 5,000, then evenly thinned.
    pub calls: Vec<CallPoint>,
    /// Files its tool calls named, the latest first; at most 500.
    pub files: Vec<FileUse>,
    /// Its findings, worst first; at most 200.
    pub findings: Vec<FindingRow>,
    /// Its events in the order they happened.
    pub outline: Outline,
    /// What one side alone told of, the client or the proxy.
    #[serde(default)]
    pub apart: Apart,
}

/// One turn: a prompt and everything until the next one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TurnRow {
    /// From 1.
    pub number: u64,
    /// The prompt's event.
    pub event: EventId,
    /// The prompt's event number; none when it was pruned.
    pub seq: Option<i64>,
    /// When it began.
    pub at: Timestamp,
    /// When its last event happened.
    pub until: Timestamp,
    /// The beginning of the prompt, at most 160 characters.
    pub prompt: Masked,
    /// Tool calls, those of sub-agents included.
    pub tool_calls: u64,
    /// Tool calls that failed or were denied.
    pub failed: u64,
    /// Findings with a place in it.
    pub findings: u64,
    /// The worst severity of those that are open.
    pub worst: Option<Severity>,
    /// Its usage.
    pub usage: UsageFigures,
}

/// A sub-agent's thread.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ThreadRow {
    /// The client's id of it.
    pub id: Masked,
    /// What kind of agent.
    pub agent_type: Option<Masked>,
    /// The number of the tool call's event that started it.
    pub started_by: Option<i64>,
    /// Events in it.
    pub events: u64,
}

/// How full the context was at one model call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct CallPoint {
    /// The call's event number.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The model.
    pub model: Masked,
    /// The sub-agent's thread as a place in `threads`, from 0; none in the main thread.
    pub thread: Option<u32>,
    /// Tokens in the context: input, cached ones included, and output.
    pub context: u64,
    /// Tokens produced.
    pub output: u64,
    /// Cost in US dollars; none when it is not known.
    pub cost_usd: Option<f64>,
    /// True when the cost was estimated from a price table.
    pub estimated: bool,
    /// From the request's first byte to the answer's last, in milliseconds, where the proxy saw it.
    pub latency_ms: Option<u64>,
    /// The model's context window in tokens, where it is known.
    pub window: Option<u64>,
}

/// A file as a session's tool calls named it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FileUse {
    /// The path as the tool was given it.
    pub path: Masked,
    /// Calls that asked to read it.
    pub reads: u64,
    /// Calls that asked to write it.
    pub writes: u64,
    /// The last such call's event number.
    pub seq: i64,
    /// When that was.
    pub at: Timestamp,
}

/// The skeleton of a timeline: one short row an event, without text.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Outline {
    /// Names of tools, models, records; rows name them by place.
    pub names: Vec<Masked>,
    /// In the order of time. A tool's result is folded into its call's row. At most 50,000.
    pub rows: Vec<OutlineRow>,
    /// Events left out beyond that.
    pub left_out: u64,
    /// Processes of the session. Only those in which something was found have a row.
    pub processes: u64,
}

/// One event of an outline. Written as an array, in the order of these fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct OutlineRow(
    /// Its number.
    pub i64,
    /// When, in milliseconds since the epoch.
    pub i64,
    /// Its kind.
    pub KindName,
    /// The turn's number, 0 when there is none.
    pub u64,
    /// The thread as a place in `threads` plus 1, 0 for the main thread.
    pub u32,
    /// The name as a place in `names` plus 1, 0 when there is none.
    pub u32,
    /// Length of the text in bytes (of a text that is not stored inline; 0 when empty).
    pub u64,
    /// What became of a tool call.
    pub Option<Outcome>,
    /// The number of a tool call's result, 0 when there is none.
    pub i64,
    /// From a tool call to its result, in milliseconds; 0 when not known.
    pub i64,
    /// Bits: 1 it has a finding, 2 its result has one, 4 it contradicts another sighting,
    /// 8 an independent witness saw it; and 16 times how bad the worst open finding of both is:
    /// 1 info, 2 low, 3 medium, 4 high, 5 critical, 0 when none is open.
    pub u8,
    /// Processes that a tool call started.
    pub u32,
);

/// The calls that one side alone told of, in a session of which both the client and the proxy told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Apart {
    /// In the order of time; at most 200.
    pub calls: Vec<AloneCall>,
    /// How many there are in all.
    pub total: u64,
    /// Model calls that the client told of before the first call that the proxy saw.
    pub before: u64,
    /// Model calls that the client told of after the last call that the proxy saw.
    pub after: u64,
}

/// A call that one side alone told of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AloneCall {
    /// The event.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// A model call or a tool call.
    pub kind: KindName,
    /// The model, or the tool.
    pub name: Option<Masked>,
    /// What became of a tool call.
    pub outcome: Option<Outcome>,
    /// Who told of it.
    pub by: Vec<Witness>,
}
