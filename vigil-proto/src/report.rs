//! The JSON documents of the command line and the local API, and the questions that the store
//! answers with them. Field names are a contract: they are only ever added to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    browser::SiteHealth,
    event::{KindName, Outcome},
    finding::{Confidence, Severity, Span, Triage},
    id::{EventId, FindingId, SessionId},
    intel::IntelStatus,
    revocation::Revocation,
    surface::{Surface, Unread},
    text::Masked,
    time::Timestamp,
    usage::Usage,
    view::Lineage,
};

mod authority;
mod daemon;
mod doctor;
mod next;
mod running;
mod sites;
mod usage;
mod verify;
mod witnesses;

pub use self::{
    authority::{AuthorityRemoved, AuthorityStatus, MachineTrust, NextAuthority, Rotation},
    daemon::{Ability, AnchorState, AnchorStatus, DaemonState, DaemonStatus, LeaseStatus},
    doctor::{Check, CheckVerdict, Doctor},
    next::{Next, next},
    running::{ANEW, Gaps, ServiceState, StartedBy, anew, kept, start},
    sites::{BrowserRow, SiteRow, SiteState, sites},
    usage::{
        Unexplained, UsageBy, UsageLine, UsageQuery, UsageReport, UsageSession, is_in_project,
    },
    verify::{
        About, AnchorReport, ChainReport, Deletion, NotedHead, PROBLEMS, Problem, Rewriting, Tally,
        Verified, Wrong,
    },
    witnesses::{SessionWitnesses, ToldBy},
};

/// A document with its schema name, such as `vigil.sessions/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document<T> {
    /// `vigil.NAME/VERSION`.
    pub schema: String,
    /// The document's own fields.
    #[serde(flatten)]
    pub body: T,
}

impl<T> Document<T> {
    /// Version 1 of the document `name`.
    pub fn v1(name: &str, body: T) -> Self {
        Self { schema: format!("vigil.{name}/1"), body }
    }
}

/// Tokens as documents name them: `input` excludes cached, `output` includes reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct UsageFigures {
    /// Model calls.
    pub calls: u64,
    /// Tokens read at full price.
    pub input: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Tokens produced.
    pub output: u64,
    /// Tokens produced as reasoning, part of `output`.
    pub reasoning: u64,
    /// Cost in US dollars.
    pub cost_usd: f64,
    /// True when any part of the cost was estimated from a price table.
    pub estimated: bool,
}

impl UsageFigures {
    /// Figures of `calls` calls with `usage`, costing `nano_usd`.
    pub fn new(calls: u64, usage: Usage, nano_usd: i64, estimated: bool) -> Self {
        Self {
            calls,
            input: usage.input,
            cache_read: usage.cache_read,
            cache_write: usage.cache_write(),
            output: usage.output,
            reasoning: usage.reasoning,
            cost_usd: crate::usage::Money::from_nano_usd(nano_usd).as_usd(),
            estimated,
        }
    }
}

/// `vigil.sessions/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sessions {
    /// Newest first.
    pub sessions: Vec<SessionRow>,
}

/// One session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SessionRow {
    /// The client's own id.
    pub id: Masked,
    /// Vigil's id of it.
    pub key: SessionId,
    /// The client.
    pub client: String,
    /// The client's version.
    pub version: Option<Masked>,
    /// Title, from the data itself.
    pub title: Option<Masked>,
    /// Working directory.
    pub cwd: Option<Masked>,
    /// Git branch.
    pub branch: Option<Masked>,
    /// The model used last.
    pub model: Option<Masked>,
    /// The client's id of the session that it continues.
    pub parent: Option<Masked>,
    /// First event.
    pub started: Option<Timestamp>,
    /// Last event.
    pub last: Option<Timestamp>,
    /// Prompts.
    pub turns: u64,
    /// Model calls.
    pub messages: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Its usage.
    pub usage: UsageFigures,
    /// Findings with a place in it.
    pub findings: u64,
    /// The worst severity of those that are open.
    #[serde(default)]
    pub worst: Option<Severity>,
    /// Its sub-agents.
    pub subagents: Vec<SubagentRow>,
    /// Who told of its calls.
    #[serde(default)]
    pub witnesses: SessionWitnesses,
    /// When it was noticed that its client has deleted all of its files.
    #[serde(default)]
    pub deleted: Option<Timestamp>,
    /// When it was last noticed that its client has written a file of it anew.
    #[serde(default)]
    pub rewritten: Option<Timestamp>,
}

/// One sub-agent of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SubagentRow {
    /// The client's id of its thread.
    pub id: Masked,
    /// What kind of agent.
    pub agent_type: Option<Masked>,
    /// The tool call that started it.
    pub started_by: Option<Masked>,
}

/// One row of usage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct UsageRow {
    /// The session, day, model or client.
    pub key: Masked,
    /// Its figures.
    #[serde(flatten)]
    pub figures: UsageFigures,
}

/// One event, a line of `vigil events --jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// Its number in the order of commits; grows, never reused.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// When Vigil saw it.
    pub seen_at: Timestamp,
    /// Its kind.
    pub kind: KindName,
    /// The client.
    pub client: Option<String>,
    /// The client's session id.
    pub session: Option<Masked>,
    /// The sub-agent's thread.
    pub thread: Option<Masked>,
    /// The turn's number within its session, from 1.
    pub turn: Option<u64>,
    /// The tool call's id.
    pub tool_call: Option<Masked>,
    /// A name: of the tool, the model, the record.
    pub name: Option<Masked>,
    /// What became of a tool call.
    pub outcome: Option<Outcome>,
    /// Who saw it.
    pub witnesses: Vec<String>,
    /// The process, as `{pid, started}`.
    pub process: Option<crate::event::ProcessRef>,
    /// The event that this sighting contradicts.
    pub conflicts_with: Option<EventId>,
    /// The text, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Masked>,
    /// What else the kind has (usage, host, reason, ...).
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub detail: BTreeMap<String, serde_json::Value>,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// By the client's session id, or a beginning of it.
    pub session: Option<String>,
    /// By Vigil's id of the session.
    pub key: Option<SessionId>,
    /// By kind.
    pub kind: Option<KindName>,
    /// At or after this time.
    pub since: Option<Timestamp>,
    /// After this number.
    pub after_seq: Option<i64>,
    /// At most so many, the earliest first.
    pub limit: Option<u64>,
    /// With their texts.
    pub with_text: bool,
}

/// `vigil.findings/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Findings {
    /// Worst first, then newest.
    pub findings: Vec<FindingRow>,
    /// How many are left out because they are suppressed.
    #[serde(default)]
    pub suppressed: u64,
}

/// One finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FindingRow {
    /// Its id.
    pub id: FindingId,
    /// The rule.
    pub rule: String,
    /// The rule's group.
    pub group: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// When the first event happened.
    pub at: Timestamp,
    /// The client of the first event.
    pub client: Option<String>,
    /// The session of the first event.
    pub session: Option<Masked>,
    /// The turn's number within the session.
    pub turn: Option<u64>,
    /// The first event.
    pub event: EventId,
    /// Where in the event.
    pub span: Option<Span>,
    /// The masked evidence.
    pub masked: Masked,
    /// The value's fingerprint, as it stands in its mask; none of what is no value.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Why it is a finding.
    pub why: Masked,
    /// What a person said of it.
    pub state: Triage,
    /// Places it was seen in.
    pub sightings: u64,
    /// Vigil's id of the session.
    #[serde(default)]
    pub session_key: Option<SessionId>,
    /// The session's title.
    #[serde(default)]
    pub title: Option<Masked>,
    /// The session's working directory.
    #[serde(default)]
    pub project: Option<Masked>,
    /// What was said with the state.
    #[serde(default)]
    pub note: Option<Masked>,
    /// When a person last said something of it, or when it was seen again after it was resolved.
    #[serde(default)]
    pub triaged_at: Option<Timestamp>,
    /// When the latest event that it was seen in happened.
    #[serde(default)]
    pub last: Option<Timestamp>,
}

/// `vigil.search/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SearchResults {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// What the index leaves out, in words.
    pub note: String,
    /// True when there were more hits than asked for.
    pub more: bool,
}

/// One hit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SearchHit {
    /// The event.
    pub event: EventId,
    /// Its kind.
    pub kind: KindName,
    /// When.
    pub at: Timestamp,
    /// The client's session id.
    pub session: Option<Masked>,
    /// The turn's number within the session.
    pub turn: Option<u64>,
    /// Masked text around the hit.
    pub snippet: Masked,
}

/// `vigil.why/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Why {
    /// The finding.
    pub finding: FindingRow,
    /// The events it was seen in, first to last, at most 50.
    pub chain: Vec<EventRow>,
    /// The command that suppresses it.
    pub suppress: String,
    /// The way of the value.
    #[serde(default)]
    pub lineage: Option<Lineage>,
    /// How to take the value back.
    #[serde(default)]
    pub revocation: Option<Revocation>,
}

/// `vigil.status/1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Status {
    /// Version of Vigil.
    pub version: String,
    /// The agent.
    pub agent: AgentStatus,
    /// The proxy.
    pub proxy: ProxyStatus,
    /// The root daemon.
    pub daemon: DaemonStatus,
    /// The capture matrix.
    pub surfaces: Vec<Surface>,
    /// Clients that are there and whose conversations are not read yet.
    #[serde(default)]
    pub unread: Vec<Unread>,
    /// How well the browser extension reads each site that was open since the start.
    #[serde(default)]
    pub browser: Vec<SiteHealth>,
    /// What was lost or not read, by name.
    pub drops: BTreeMap<String, u64>,
    /// The store.
    pub store: StoreStatus,
    /// Lists of what is malicious.
    #[serde(default)]
    pub intel: IntelStatus,
    /// Sentences that a person must see (test upstreams, damage, a full disk), worst first.
    pub warnings: Vec<String>,
    /// Gaps of the last day.
    #[serde(default)]
    pub gaps: Gaps,
    /// How well each web site is read, in words.
    #[serde(default)]
    pub sites: Vec<SiteRow>,
    /// The browsers that are there.
    #[serde(default)]
    pub browsers: Vec<BrowserRow>,
    /// How it stands with the service.
    #[serde(default)]
    pub service: ServiceState,
    /// What would make the record more complete, the most urgent first.
    #[serde(default)]
    pub next: Vec<Next>,
}

/// The agent's part of the status.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AgentStatus {
    /// True when it answered.
    pub running: bool,
    /// Its process.
    pub pid: Option<u32>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// Its dashboard.
    pub dashboard: Option<String>,
    /// Where clients tell their telemetry; none when they cannot.
    #[serde(default)]
    pub telemetry: Option<String>,
    /// When recording was paused, if it is.
    pub paused_since: Option<Timestamp>,
    /// Who started it.
    #[serde(default)]
    pub started_by: StartedBy,
    /// Whether it starts again by itself, in words; none where that is not known.
    #[serde(default)]
    pub kept: Option<String>,
}

/// The proxy's part of the status.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ProxyStatus {
    /// True when it listens.
    pub running: bool,
    /// Its address.
    pub url: Option<String>,
    /// The CA certificate's file.
    pub ca: Option<String>,
    /// True while upstreams are redirected for tests.
    pub test_upstreams: bool,
    /// Connections open now.
    pub open: u64,
    /// Hosts that are decrypted.
    pub hosts: Vec<String>,
    /// How it stands with connections that the kernel leads to it, in words; none when that is not
    /// wanted.
    pub redirect: Option<String>,
    /// The certificate authority; none without a proxy.
    #[serde(default)]
    pub authority: Option<AuthorityStatus>,
    /// How it stands with the system's proxy settings, in words; none when nothing is wanted of them.
    #[serde(default)]
    pub system: Option<String>,
    /// `host:port` of the proxy behind it; none when connections go directly.
    #[serde(default)]
    pub upstream: Option<String>,
}

/// The store's part of the status.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct StoreStatus {
    /// Events kept.
    pub events: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Its folder.
    pub path: String,
    /// Open findings by severity.
    pub findings: BTreeMap<String, u64>,
    /// How far what is stored was masked again since rules changed; none before the first time.
    #[serde(default)]
    pub masking: Option<MaskingStatus>,
}

/// Where masking again stands: all that is stored is looked through when rules have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct MaskingStatus {
    /// When it began.
    pub began: Timestamp,
    /// When it was done; none while it goes on.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// Events looked through.
    pub done: u64,
    /// Events there are to look through.
    pub total: u64,
    /// Rows of which a text was masked again.
    pub changed: u64,
    /// Places of secrets that were found.
    pub found: u64,
}

/// `vigil.ingest/1`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct IngestReport {
    /// Files looked at.
    pub files: u64,
    /// Complete lines read.
    pub lines: u64,
    /// Events that were new.
    pub events: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Where the time went.
    pub phases: IngestPhases,
}

/// Where the time of an ingest went, in seconds. The first three are CPU time of the thread that
/// does it; the others are parts of the third.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct IngestPhases {
    /// Finding, reading and parsing files.
    pub parse: f64,
    /// Finding and masking secrets, and what is of note.
    pub detect: f64,
    /// Everything the store does.
    pub store: f64,
    /// Packing texts.
    pub texts: f64,
    /// The words of the search index.
    pub index: f64,
    /// The audit chain.
    pub chain: f64,
    /// Ending transactions.
    pub commit: f64,
}

/// The agent's run file `run/agent.json` (mode 0600): where its API is and what opens it.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunFile {
    /// The agent's process.
    pub pid: u32,
    /// Its API, such as `http://127.0.0.1:9081`.
    pub api: String,
    /// The bearer token.
    pub token: String,
}

impl RunFile {
    /// Its name within the run folder.
    pub const NAME: &str = "agent.json";
}

impl std::fmt::Debug for RunFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunFile {{ pid: {}, api: {:?}, token: hidden }}", self.pid, self.api)
    }
}
