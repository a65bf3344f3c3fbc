//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

/// Tool calls remembered: a call's result follows it closely, but many can run at once.
const CALLS: usize = 128;

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The session, once the file has said it.
    pub(super) session: Option<String>,
    /// The working directory.
    pub(super) cwd: Option<String>,
    /// The last time that a line gave, in microseconds.
    pub(super) at: Option<i64>,
    /// True once the session has its first prompt as title.
    pub(super) titled: bool,
    /// The prompt that began the turn.
    pub(super) turn: Option<EventId>,
    /// The last answer.
    pub(super) after: String,
    calls: VecDeque<Asked>,
}

/// A tool call whose result has not come yet.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) call: String,
    /// The answer that asked for it.
    pub(super) message: String,
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

    /// Remembers a call.
    pub(super) fn asks(&mut self, asked: Asked) {
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(asked);
    }

    /// Forgets the last call of this name.
    pub(super) fn settles(&mut self, call: &str) -> Option<Asked> {
        let at = self.calls.iter().rposition(|asked| asked.call == call)?;
        self.calls.remove(at)
    }
}
