//! Remembers answers, so that the next request's history can be told by their ids. Bounded:
//! the oldest answers are forgotten first, and what follows them is then marked as incomplete.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use vigil_proto::{EventId, batch::NAMELESS};

use crate::source::claude_code;

/// The most entries; an answer takes one, and one for each of its tool calls.
const ANSWERS_MAX: usize = 32 * 1024;
/// The most ids of content that was emitted once.
const EMITTED_MAX: usize = 8 * 1024;

/// The most answers that requests can name.
const LINKS_MAX: usize = 8 * 1024;
/// The most requests without an answer that are remembered.
const UNANSWERED_MAX: usize = 1024;
/// Sessions of which the agent is remembered.
const SESSIONS_MAX: usize = 4096;

/// A conversation, as far as requests show it: its session (or client) and its first prompt.
/// Sub-agents share the session and differ in the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
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

/// Where a conversation stands after an answer that the next request can name.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Its conversation.
    pub(super) scope: Scope,
    /// The id of the last answer that said something: its own, or an earlier one's, or nothing.
    pub(super) after: Arc<str>,
    /// The prompt of the turn that it belongs to.
    pub(super) turn: Option<EventId>,
}

/// A request, by what it says.
pub(super) type Key = [u8; 16];

/// The answers of all conversations.
#[derive(Debug, Default)]
pub(in crate::source::proxy) struct Memory {
    known: HashMap<Key, Known>,
    order: VecDeque<Key>,
    emitted: HashSet<EventId>,
    links: HashMap<Arc<str>, Link>,
    linked: VecDeque<Arc<str>>,
    unanswered: VecDeque<(Key, Arc<str>)>,
    agents: HashMap<Arc<str>, Option<&'static str>>,
    sessions: VecDeque<Arc<str>>,
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
            let mut named = answer.calls.iter().filter(|call| !is_nameless(call));
            named.find_map(|call| self.known.get(&call_key(scope, call)))
        })
    }

    /// Remembers that the tool call `call` of the answer `id` is the item `item`.
    pub(super) fn name_item(&mut self, id: &str, call: &str, item: &str, native: &Arc<str>) {
        let known = Known { message: item.into(), native: Arc::clone(native) };
        self.insert(item_key(id, call), known);
    }

    /// The item that the tool call `call` of the answer `id` is, where items have keys.
    pub(super) fn item(&self, id: &str, call: &str) -> Option<Arc<str>> {
        self.known.get(&item_key(id, call)).map(|known| Arc::clone(&known.message))
    }

    /// Remembers where the conversation stands after the answer `id`.
    pub(super) fn link(&mut self, id: Arc<str>, link: Link) {
        if self.links.insert(Arc::clone(&id), link).is_none() {
            self.linked.push_back(id);
        }
        while self.linked.len() > LINKS_MAX {
            if let Some(oldest) = self.linked.pop_front() {
                self.links.remove(&oldest);
            }
        }
    }

    /// The agent whose session `native` is: what was `told` first, for a session has one client,
    /// and whose process holds a connection cannot always be found.
    pub(super) fn agent(
        &mut self,
        native: &Arc<str>,
        told: Option<&'static str>,
    ) -> Option<&'static str> {
        if let Some(agent) = self.agents.get(native) {
            return *agent;
        }
        self.agents.insert(Arc::clone(native), told);
        self.sessions.push_back(Arc::clone(native));
        while self.sessions.len() > SESSIONS_MAX {
            if let Some(oldest) = self.sessions.pop_front() {
                self.agents.remove(&oldest);
            }
        }
        told
    }

    /// Remembers that the request `key` of the session `native` got no whole answer: its client may
    /// ask again.
    pub(super) fn may_come_again(&mut self, key: Key, native: Arc<str>) {
        self.unanswered.push_back((key, native));
        if self.unanswered.len() > UNANSWERED_MAX {
            self.unanswered.pop_front();
        }
    }

    /// The session of the request `key`, when this is it once more.
    pub(super) fn comes_again(&mut self, key: &Key) -> Option<Arc<str>> {
        let known = self.unanswered.iter().position(|(known, _)| known == key)?;
        self.unanswered.remove(known).map(|(_, native)| native)
    }

    /// Where the conversation stood after the answer `id`.
    pub(super) fn linked(&self, id: &str) -> Option<&Link> {
        self.links.get(id)
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

/// What a call without an id of its provider's is called: its name and its position among the
/// answer's calls. Many answers have such a one.
pub(super) fn nameless(name: &str, position: usize) -> String {
    claude_code::short_id(format!("{NAMELESS}{name}#{position}").into()).into_owned()
}

fn is_nameless(call: &str) -> bool {
    call.starts_with(NAMELESS)
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

/// What a request of `scope` in which this is `said` is known by.
pub(super) fn request_key(
    scope: &blake3::Hash,
    said: impl IntoIterator<Item = impl AsRef<str>>,
) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(scope.as_bytes()).update(b"request");
    for said in said {
        hasher.update(b"\0").update(said.as_ref().as_bytes());
    }
    key(&hasher)
}

fn item_key(id: &str, call: &str) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"item").update(id.as_bytes()).update(b"\0").update(call.as_bytes());
    key(&hasher)
}

fn key(hasher: &blake3::Hasher) -> Key {
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    key
}
