//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use serde::{Deserialize, Serialize};
use vigil_proto::{ContentHash, EventId};

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The chat that is read, by the client's time and its folder.
    pub(super) session: Option<String>,
    /// When it was started, in microseconds.
    pub(super) at: i64,
    /// Events of it so far.
    pub(super) events: u64,
    /// Answers of it that are over.
    pub(super) answers: u64,
    /// True once it has its first prompt as title.
    pub(super) titled: bool,
    /// The prompt that began the turn.
    pub(super) turn: Option<EventId>,
    /// What the user gave to a command of the client's, and how many events there were after it.
    pub(super) asked: Option<(u64, ContentHash)>,
    /// What is being said.
    pub(super) open: Option<Open>,
    /// Where the last line ended.
    pub(super) end: u64,
}

/// Who is speaking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Said {
    /// The user.
    #[default]
    Prompt,
    /// The model.
    Answer,
    /// The model, to itself.
    Thinking,
    /// The client, in several lines.
    Notice,
}

/// What is being said.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Open {
    pub(super) said: Said,
    pub(super) text: String,
    /// Pieces of it that were told already.
    pub(super) piece: u32,
}

impl State {
    /// From a checkpoint; a fresh one when it cannot be read.
    pub(super) fn load(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// For a checkpoint.
    pub(super) fn save(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
