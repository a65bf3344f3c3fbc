//! What the parser remembers between lines. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

/// Threads remembered: the main one and those of sub-agents, by their last lines.
const THREADS: usize = 64;

/// Tool calls remembered: a call's result follows it closely, but many can run at once.
const CALLS: usize = 128;

/// The memory of one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The session, once the file has said it.
    pub(super) session: Option<String>,
    /// The last working directory.
    pub(super) cwd: Option<String>,
    /// The last time that a line gave, in microseconds.
    pub(super) at: Option<i64>,
    /// True once the session has its first prompt as title.
    pub(super) titled: bool,
    /// Who answered last.
    pub(super) server: Server,
    threads: VecDeque<Thread>,
    calls: VecDeque<Asked>,
}

/// Who answers, as the client puts it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    /// One of the user's own choice.
    pub(super) is_byok: bool,
    pub(super) model_provider: Option<String>,
    pub(super) provider_type: Option<String>,
}

/// The main thread, or a sub-agent's.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    /// Empty for the main one.
    id: String,
    /// The prompt that began the turn.
    pub(super) turn: Option<EventId>,
    /// The last answer.
    pub(super) after: String,
    /// How many of its blocks were told.
    pub(super) blocks: u32,
    /// True when the model is asked by Anthropic's API, whose blocks stand in their own order.
    pub(super) messages: bool,
}

/// A tool call whose result has not come yet.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) thread: String,
    pub(super) call: String,
    /// The answer that asked for it; empty when the user did.
    pub(super) message: String,
    /// Who refused it.
    pub(super) denied_by: Option<String>,
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

    /// The thread of this name, made when it is new; the one that was longest silent is forgotten
    /// for it.
    pub(super) fn thread(&mut self, name: Option<&str>) -> &mut Thread {
        let id = name.unwrap_or_default();
        let known = self.threads.iter().position(|thread| thread.id == id);
        let thread = known.and_then(|at| self.threads.remove(at));
        if thread.is_none() && self.threads.len() >= THREADS {
            self.threads.pop_front();
        }
        let new = || Thread { id: id.to_owned(), ..Thread::default() };
        self.threads.push_back(thread.unwrap_or_else(new));
        let last = self.threads.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was pushed just above")]
        &mut self.threads[last]
    }

    /// Remembers a call.
    pub(super) fn asks(&mut self, asked: Asked) {
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(asked);
    }

    /// The last call of this name in the thread.
    pub(super) fn asked(&mut self, thread: &str, call: &str) -> Option<&mut Asked> {
        self.calls.iter_mut().rev().find(|asked| asked.thread == thread && asked.call == call)
    }

    /// Forgets the last call of this name in the thread.
    pub(super) fn settles(&mut self, thread: &str, call: &str) -> Option<Asked> {
        let is_it = |asked: &Asked| asked.thread == thread && asked.call == call;
        let at = self.calls.iter().rposition(is_it)?;
        self.calls.remove(at)
    }
}
