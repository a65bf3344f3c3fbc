//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

/// Answers remembered that one of their two records told of.
const ANSWERS: usize = 16;

/// Tool calls remembered: a call's result follows it closely, but many can run at once.
const CALLS: usize = 128;

/// Prompt, cached, output, thoughts and total as the client counts them.
pub(super) type Tokens = [u64; 5];

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwd: Option<String>,
    /// The last time that a line gave, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    /// True once the session has its first prompt as title.
    pub(super) titled: bool,
    /// The prompt that began the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<EventId>,
    /// Id of the last answer.
    pub(super) after: String,
    /// The last word for how the client is known to its provider.
    pub(super) auth: String,
    /// Answers of which telemetry told: the provider's id and the tokens.
    told: VecDeque<(String, Tokens)>,
    /// Tokens of answers of which telemetry did not tell before they stood in the conversation.
    untold: VecDeque<Tokens>,
    /// The last tool calls, and the answers that asked for them.
    calls: VecDeque<(String, String)>,
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

    /// Telemetry tells of the answer `id`. False when the conversation told of it already.
    pub(super) fn tell(&mut self, id: &str, tokens: Tokens) -> bool {
        if let Some(at) = self.untold.iter().position(|known| *known == tokens) {
            self.untold.remove(at);
            return false;
        }
        push(&mut self.told, ANSWERS, (id.to_owned(), tokens));
        true
    }

    /// The conversation tells of an answer: the id that telemetry gave to it.
    pub(super) fn answers(&mut self, tokens: Tokens) -> Option<String> {
        let at = self.told.iter().position(|(_, known)| *known == tokens);
        if let Some((id, _)) = at.and_then(|at| self.told.remove(at)) {
            return Some(id);
        }
        push(&mut self.untold, ANSWERS, tokens);
        None
    }

    /// Remembers that the answer `message` asked for `call`.
    pub(super) fn asks(&mut self, call: &str, message: &str) {
        push(&mut self.calls, CALLS, (call.to_owned(), message.to_owned()));
    }

    /// The answer that asked for `call`.
    pub(super) fn asked(&self, call: &str) -> Option<&str> {
        let (_, message) = self.calls.iter().rev().find(|(known, _)| known == call)?;
        Some(message)
    }
}

/// Appends, and forgets the oldest.
fn push<T>(items: &mut VecDeque<T>, most: usize, item: T) {
    if items.len() >= most {
        items.pop_front();
    }
    items.push_back(item);
}
