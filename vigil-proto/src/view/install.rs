//! Installs: which agent installed what, when, and what is thought of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::{
    event::{KindName, Outcome},
    finding::Severity,
    id::{EventId, FindingId, SessionId},
    package::{InstallWay, Package, Reason},
    text::Masked,
    time::Timestamp,
};

/// Which installs. Newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct InstallQuery {
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Of this client.
    pub client: Option<String>,
    /// Of this package, by its whole name.
    pub package: Option<String>,
    /// Of these ecosystems, separated by commas.
    pub ecosystem: Option<String>,
    /// In this session, by Vigil's id.
    pub session: Option<SessionId>,
    /// Of this tool call or process alone.
    pub event: Option<EventId>,
    /// Of these severities, separated by commas; `none` is what nothing speaks against.
    pub severity: Option<String>,
    /// With these outcomes, separated by commas.
    pub outcome: Option<String>,
    /// Shown in these ways, separated by commas.
    pub way: Option<String>,
    /// In the name or the address of the package, the command, or a reason.
    pub q: Option<String>,
    /// How many to pass over.
    pub offset: Option<u64>,
    /// At most so many; 200 is the most.
    pub limit: Option<u64>,
}

/// `vigil.installs/1`, a page of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct InstallPage {
    /// How many the filter lets through.
    pub total: u64,
    /// How many were passed over.
    pub offset: u64,
    /// Newest first; of one command in its order.
    pub installs: Vec<InstallRow>,
    /// How many there are of each, whatever the filter says: `severity` (with `none`),
    /// `ecosystem`, `client`, `outcome`, `way`.
    pub facets: BTreeMap<String, Counts>,
}

/// One package of one command, file or process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct InstallRow {
    /// When it was asked for.
    pub at: Timestamp,
    /// The tool call or the process that installs it.
    pub event: EventId,
    /// The event's number.
    pub seq: i64,
    /// The event's kind: `tool_call` or `process`.
    pub kind: KindName,
    /// Its place among the packages of the event.
    pub place: u32,
    /// What shows it.
    pub way: InstallWay,
    /// The package.
    pub package: Package<Masked>,
    /// What became of the tool call; none of a process.
    pub outcome: Option<Outcome>,
    /// Who saw it.
    pub witnesses: Vec<String>,
    /// How bad; none where nothing speaks against it.
    pub severity: Option<Severity>,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
    /// How new what it was judged by is.
    pub judged_by: Timestamp,
    /// What was found, the worst first.
    pub findings: Vec<FindingId>,
    /// The client.
    pub client: Option<String>,
    /// The client's own id of the session.
    pub session: Option<Masked>,
    /// Vigil's id of it.
    pub session_key: Option<SessionId>,
    /// The session's title.
    pub title: Option<Masked>,
    /// The session's working directory.
    pub project: Option<Masked>,
    /// The turn's number within the session.
    pub turn: Option<u64>,
    /// Name of the tool.
    pub tool: Option<Masked>,
    /// The command, the file or the command line, at most 400 characters.
    pub command: Masked,
}
