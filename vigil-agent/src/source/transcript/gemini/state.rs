//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

/// Records remembered: one is written again soon after, or never.
const MESSAGES: usize = 32;

/// Tool calls remembered of a record.
const CALLS: usize = 64;

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The id in the file's header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwd: Option<String>,
    /// The last time that a line gave, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    /// The latest time of a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<i64>,
    /// True once the session has its first prompt as title.
    pub(super) titled: bool,
    /// The prompt that began the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<EventId>,
    /// Id of the last answer's record.
    pub(super) after: String,
    messages: VecDeque<Message>,
}

/// A record, as far as it was told.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    #[serde(rename = "i")]
    id: String,
    /// Hash of its text.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<u64>,
    /// Thoughts told.
    #[serde(rename = "t")]
    pub(super) thoughts: usize,
    /// Tokens told.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    pub(super) tokens: Option<[u64; 5]>,
    /// Its tool calls, each with whether its result was told.
    #[serde(rename = "c", skip_serializing_if = "VecDeque::is_empty")]
    calls: VecDeque<(String, bool)>,
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

    /// The record `id`, made when it is new; the oldest is forgotten.
    pub(super) fn message(&mut self, id: &str) -> &mut Message {
        let known = self.messages.iter().position(|message| message.id == id);
        let known = known.and_then(|at| self.messages.remove(at));
        if known.is_none() && self.messages.len() >= MESSAGES {
            self.messages.pop_front();
        }
        let new = || Message { id: id.to_owned(), ..Message::default() };
        self.messages.push_back(known.unwrap_or_else(new));
        let last = self.messages.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was pushed just above")]
        &mut self.messages[last]
    }

    /// The record that asked for `call`.
    pub(super) fn asked(&self, call: &str) -> Option<&str> {
        let asks = |message: &&Message| message.calls.iter().any(|(known, _)| known == call);
        self.messages.iter().rev().find(asks).map(|message| message.id.as_str())
    }
}

impl Message {
    /// True the first time that `call` is asked about.
    pub(super) fn asks(&mut self, call: &str) -> bool {
        if self.calls.iter().any(|(known, _)| known == call) {
            return false;
        }
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back((call.to_owned(), false));
        true
    }

    /// True the first time that the result of `call` is asked about.
    pub(super) fn returns(&mut self, call: &str) -> bool {
        match self.calls.iter_mut().find(|(known, _)| known == call) {
            Some((_, returned)) => !std::mem::replace(returned, true),
            None => true,
        }
    }
}
