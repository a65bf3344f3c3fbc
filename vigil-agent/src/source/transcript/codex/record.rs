//! A line of a rollout. What it holds is read when its type says that it is wanted.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The frame of a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Line {
    pub(super) timestamp: Option<String>,
    /// Its number in the thread; old versions give none.
    pub(super) ordinal: Option<u64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    record_type: Option<String>,
    id: Option<String>,
    pub(super) payload: Option<Box<RawValue>>,
}

impl Line {
    /// What the line is. The first versions wrote items and the session's description without a
    /// frame.
    pub(super) fn kind(&self) -> Option<&str> {
        match (&self.kind, &self.payload) {
            (Some(kind), Some(_)) => Some(kind),
            (Some(_), None) => Some("response_item"),
            (None, None) if self.record_type.is_some() => Some("state"),
            (None, None) if self.id.is_some() && self.timestamp.is_some() => Some("session_meta"),
            (None, _) => None,
        }
    }
}

/// The type of what a line holds, without the rest of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) item: Option<Item>,
}

/// The completed item that an event tells of, as far as nothing else says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) exit_code: Option<i64>,
}
