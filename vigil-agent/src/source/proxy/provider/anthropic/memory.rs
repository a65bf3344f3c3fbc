//! Remembers answers, so that the next request's history can be told by their ids. Bounded:
//! the oldest answers are forgotten first, and what follows them is then marked as incomplete.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use vigil_proto::EventId;

/// The most entries; an answer takes one, and one for each of its tool calls.
const ANSWERS_MAX: usize = 32 * 1024;
/// The most ids of content that was emitted once.
const EMITTED_MAX: usize = 8 * 1024;

/// A conversation, as far as requests show it: its session (or client) and its first prompt.
/// Sub-agents share the session and differ in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) struct Scope {
    pub(super) hash: blake3::Hash,
    /// The client's session id, or the provisional one.
    pub(super) native: Arc<str>,
}

/// What identifies an answer in a history that does not name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    /// Its text blocks, trimmed, empty ones left out, joined.
    pub(super) text: &'a str,
    /// The ids of its tool calls.
    pub(super) calls: &'a [String],
}

/// A remembered answer.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The provider's id of it.
    pub(super) message: Arc<str>,
    /// Its conversation's session.
    pub(super) native: Arc<str>,
}

type Key = [u8; 16];

/// The answers of all conversations.
#[derive(Debug, Default)]
pub(in crate::source::proxy) struct Memory {
    known: HashMap<Key, Known>,
    order: VecDeque<Key>,
    emitted: HashSet<EventId>,
}

impl Memory {
    /// Remembers that `answer` in `scope` has the id `message`.
    pub(super) fn remember(&mut self, scope: &Scope, answer: &Answer<'_>, message: Arc<str>) {
        let known = Known { message, native: Arc::clone(&scope.native) };
        for call in answer.calls {
            self.insert(call_key(&scope.hash, call), known.clone());
        }
        self.insert(answer_key(&scope.hash, answer), known);
    }

    /// The answer that the history of a conversation (the hash of its scope) shows as `answer`.
    pub(super) fn recall(&self, scope: &blake3::Hash, answer: &Answer<'_>) -> Option<&Known> {
        self.known.get(&answer_key(scope, answer)).or_else(|| {
            // A client may have rewritten the text; a call's id it keeps.
            answer.calls.iter().find_map(|call| self.known.get(&call_key(scope, call)))
        })
    }

    /// True the first time that `id` is asked about, as far as it is remembered.
    pub(super) fn is_first(&mut self, id: EventId) -> bool {
        if self.emitted.len() >= EMITTED_MAX {
            self.emitted.clear();
        }
        self.emitted.insert(id)
    }

    fn insert(&mut self, key: Key, known: Known) {
        if self.known.insert(key, known).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > ANSWERS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

fn answer_key(scope: &blake3::Hash, answer: &Answer<'_>) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(scope.as_bytes()).update(b"answer").update(answer.text.as_bytes());
    for call in answer.calls {
        hasher.update(b"\0").update(call.as_bytes());
    }
    key(&hasher)
}

fn call_key(scope: &blake3::Hash, call: &str) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(scope.as_bytes()).update(b"call").update(call.as_bytes());
    key(&hasher)
}

fn key(hasher: &blake3::Hasher) -> Key {
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    key
}
