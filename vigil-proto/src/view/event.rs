//! One event in full, and the beginnings of many.

use serde::{Deserialize, Serialize};

use crate::{
    event::Field,
    finding::{Severity, Triage},
    id::{EventId, FindingId, SessionId},
    report::EventRow,
    text::Masked,
    time::Timestamp,
};

/// `vigil.event/1`. The event's `text` is the piece that begins at `from`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct EventView {
    /// The event, with a piece of its text of at most 64 KiB.
    pub event: EventRow,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// Length of the whole text in bytes.
    pub bytes: u64,
    /// Byte at which the piece begins.
    pub from: u64,
    /// Byte at which the next piece begins; none at the end.
    pub next: Option<u64>,
    /// Findings in the piece.
    pub spans: Vec<SpanRow>,
    /// Where each witness saw it, the first one first.
    pub sightings: Vec<SightingRow>,
    /// Of a tool call the result's number, of a result the call's.
    pub pair: Option<i64>,
    /// The event that tells the same with other content, when there is one.
    pub contradicted_by: Option<EventId>,
}

/// A finding's place in a piece of text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SpanRow {
    /// The finding.
    pub finding: FindingId,
    /// Its rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What a person said of it.
    pub state: Triage,
    /// Which text of the event.
    pub field: Field,
    /// First UTF-16 unit, counted from the beginning of the piece.
    pub start: u64,
    /// One past the last unit.
    pub end: u64,
}

/// Where a witness saw an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SightingRow {
    /// The witness.
    pub witness: String,
    /// True when the monitored client has no say in it.
    pub independent: bool,
    /// The file, the listener.
    pub place: Masked,
    /// Byte in the file, number of the flow.
    pub position: u64,
    /// When Vigil saw it there.
    pub seen_at: Timestamp,
}

/// `vigil.excerpts/1`: the beginnings of texts, for rows as they scroll into view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Excerpts {
    /// One for each number asked for that still exists; at most 200 can be asked for.
    pub excerpts: Vec<Excerpt>,
}

/// The beginning of one event's text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Excerpt {
    /// The event.
    pub seq: i64,
    /// At most 400 characters, cut between characters and never within a mask. Of a longer tool
    /// call its input with the telling arguments first and long strings cut.
    pub text: Masked,
    /// Of a tool call: the beginning of its result, at most 200 characters.
    pub result: Option<Masked>,
}
