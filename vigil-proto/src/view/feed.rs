//! The feed of everything: the timeline, and what the live stream sends.

use serde::{Deserialize, Serialize};

use crate::{
    event::KindName, finding::Severity, id::SessionId, report::EventRow, text::Masked,
    time::Timestamp,
};

/// Which events. Newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct FeedQuery {
    /// Of these kinds, separated by commas. When absent all but `system`; of processes then only
    /// those that no tool call started, and of those that started under one agent in one minute the
    /// last.
    pub kinds: Option<String>,
    /// Seen by this witness.
    pub witness: Option<String>,
    /// Of these outcomes, separated by commas: tool calls and results alone have one.
    pub outcomes: Option<String>,
    /// Of this client.
    pub client: Option<String>,
    /// Of sessions in this working directory.
    pub project: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Only what comes after this place: a page's `next`, as it was given.
    pub before: Option<String>,
    /// At most so many; 200 is the most.
    pub limit: Option<u64>,
}

/// A place in the feed, written `MICROSECONDS.SEQ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedCursor {
    /// When the last row happened, in microseconds since the epoch.
    pub at: i64,
    /// Its number.
    pub seq: i64,
}

impl std::fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.seq)
    }
}

impl std::str::FromStr for FeedCursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, seq) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { at: at.parse()?, seq: seq.parse()? })
    }
}

/// `vigil.timeline/1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Feed {
    /// Newest first.
    pub events: Vec<FeedRow>,
    /// Where the next page begins; none at the end. A page may hold fewer rows than asked for,
    /// even none, and still have a next one: only so many events are looked at for one answer.
    pub next: Option<String>,
}

/// One event of the feed. Its `text` is the beginning, at most 240 characters; that of a longer
/// tool call is its input with the telling arguments first and long strings cut.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FeedRow {
    /// The event.
    #[serde(flatten)]
    pub event: EventRow,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// The session's title.
    pub title: Option<Masked>,
    /// The session's working directory.
    pub project: Option<Masked>,
    /// Further processes that the row stands for: of a tool call those that it started, of a process
    /// those that started under its agent in the same minute without a tool call.
    pub processes: u64,
    /// Findings in it.
    pub findings: u64,
    /// The worst severity of those that are open.
    pub worst: Option<Severity>,
}

/// `vigil.density/1`: how many events happened when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Density {
    /// Beginning of the first bucket, seconds since the epoch.
    pub start: i64,
    /// Length of a bucket in seconds.
    pub step: i64,
    /// By kind; all have as many buckets.
    pub rows: Vec<DensityRow>,
}

/// The events of one kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct DensityRow {
    /// The kind.
    pub kind: KindName,
    /// Events in each bucket.
    pub n: Vec<u64>,
}
