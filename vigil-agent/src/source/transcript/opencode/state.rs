//! What the parser remembers between records. It is kept in the checkpoint, so that reading on
//! after a restart gives the same events as reading in one go.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use vigil_proto::EventId;

/// Sessions remembered: those that were written last.
const SESSIONS: usize = 32;

/// Messages remembered of a session.
const MESSAGES: usize = 8;

/// Tool calls remembered of a message.
const CALLS: usize = 64;

/// The memory of one database.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The session of the last record about one.
    pub(super) session: String,
    sessions: VecDeque<Session>,
}

/// A session, as far as its records have been read.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    id: String,
    /// True once its folder was named.
    pub(super) known: bool,
    /// True when the user wants it left out.
    pub(super) excluded: bool,
    /// True when it has its first prompt as title.
    pub(super) titled: bool,
    /// The last time that a record gave, in milliseconds.
    pub(super) at: Option<i64>,
    /// The last answer.
    pub(super) after: String,
    /// The prompt that began the turn.
    pub(super) turn: Option<EventId>,
    messages: VecDeque<Message>,
}

/// A message.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    id: String,
    /// True for the user's.
    pub(super) user: bool,
    pub(super) provider: String,
    pub(super) model: String,
    /// Its calls of the model.
    steps: Vec<String>,
    /// Tool calls that were told already.
    calls: VecDeque<String>,
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

    /// The session `id`, created when it is new.
    pub(super) fn enter(&mut self, id: &str) -> &mut Session {
        let new = || Session { id: id.to_owned(), ..Session::default() };
        newest(&mut self.sessions, SESSIONS, |session| session.id == id, new)
    }
}

impl Session {
    /// The message `id`, created when it is new.
    pub(super) fn message(&mut self, id: &str) -> &mut Message {
        let new = || Message { id: id.to_owned(), ..Message::default() };
        newest(&mut self.messages, MESSAGES, |message| message.id == id, new)
    }
}

impl Message {
    /// Which of the message's calls of the model `step` is, from 0.
    pub(super) fn step(&mut self, step: &str) -> usize {
        self.steps.iter().position(|known| known == step).unwrap_or_else(|| {
            if self.steps.len() >= CALLS {
                self.steps.remove(1);
            }
            self.steps.push(step.to_owned());
            self.steps.len() - 1
        })
    }

    /// True the first time that `call` is asked about.
    pub(super) fn is_new(&mut self, call: &str) -> bool {
        if self.calls.iter().any(|known| known == call) {
            return false;
        }
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call.to_owned());
        true
    }
}

/// The item that `is_it` knows, made when there is none; moved to the end, before which the
/// oldest is forgotten.
fn newest<T>(
    items: &mut VecDeque<T>,
    most: usize,
    is_it: impl Fn(&T) -> bool,
    new: impl Fn() -> T,
) -> &mut T {
    let known = items.iter().position(is_it).and_then(|at| items.remove(at));
    if known.is_none() && items.len() >= most {
        items.pop_front();
    }
    items.push_back(known.unwrap_or_else(new));
    let last = items.len() - 1;
    &mut items[last]
}
