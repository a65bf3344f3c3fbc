//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

use super::usage::Tokens;

/// Tool calls remembered: a call's result follows it closely, but many can run at once.
const CALLS: usize = 128;

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The root thread, whose id is the session's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// The file's own thread, when that is a sub-agent's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
    /// Whose lines are being read, while those are copies from the file of another thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copied: Option<Owner>,
    /// The last working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwd: Option<String>,
    /// The provider of the model, by the user's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    /// The last time that a line gave, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    /// True once the session has its first prompt as title.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) titled: bool,
    /// The client's own id of the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) turn_id: Option<String>,
    /// The prompt that began the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<EventId>,
    /// Id of the last answer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) after: String,
    /// True when answers are told one by one, with their ids and tokens.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) recorded: bool,
    /// All tokens of the thread so far, where only those are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<Tokens>,
    /// The last tool calls, newest at the end.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    calls: VecDeque<Asked>,
}

/// A thread, and the session that it is of.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    #[serde(rename = "s")]
    pub(super) session: String,
    /// None when it is the session's main one.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
}

/// A tool call whose result may come.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(rename = "c")]
    pub(super) call: String,
    /// The item that it is; empty when items have no ids.
    #[serde(rename = "i", skip_serializing_if = "String::is_empty")]
    pub(super) item: String,
    /// True for the call that starts a sub-agent.
    #[serde(rename = "s", skip_serializing_if = "is_false")]
    pub(super) starts: bool,
    /// What the client told its own screen of its end.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Ended>,
}

/// How a tool's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ended {
    /// It failed.
    #[serde(rename = "f")]
    Failed,
    /// It was not begun.
    #[serde(rename = "d")]
    Declined,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
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

    /// The file's own thread.
    pub(super) fn own(&self) -> Option<&str> {
        self.thread.as_deref().or(self.session.as_deref())
    }

    /// The turn `id` begins. With the first that is younger than the file's thread, what was
    /// copied ends: both ids begin with their time.
    pub(super) fn begins(&mut self, id: Option<String>) {
        let is_own = match (&id, self.own()) {
            (Some(id), Some(own)) => id.as_str() > own,
            _ => true,
        };
        if is_own && self.copied.take().is_some() {
            self.turn = None;
        }
        self.turn_id = id.or_else(|| self.turn_id.take());
    }

    /// Remembers a call.
    pub(super) fn asks(&mut self, asked: Asked) {
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(asked);
    }

    /// The last call with this id.
    pub(super) fn asked(&mut self, call: &str) -> Option<&mut Asked> {
        self.calls.iter_mut().rev().find(|asked| asked.call == call)
    }
}
