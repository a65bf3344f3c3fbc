//! What a request adds to its conversation. A request repeats the whole of it, or names the
//! answer that it follows; what is new is what comes after the last answer. The [`Memory`] of
//! answers tells which one that was, because histories do not name it. Pure but for the memory.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;
use vigil_proto::{
    EventId, Kind, NaturalKey, Sensitive, SessionFacts, SessionId, Timestamp,
    batch::{ASIDE, PROVISIONAL},
    event::{Outcome, Prompt, System, ToolResult},
};

use super::{
    Output, Place,
    client::Client,
    memory::{self, Answer, Memory, Scope},
    within,
};
use crate::source::claude_code::{self, COMPACTION, Spoken};

/// How an API writes the messages of a conversation.
pub(super) trait Grammar {
    /// True when the model did not say `message`.
    fn is_user(message: &Value) -> bool;

    /// What `message` says, results of tools left out.
    fn spoken(message: &Value) -> Spoken;

    /// The results of tools in `message`, which stands after `history`.
    fn returned(history: &[Value], message: &Value) -> Vec<Returned>;

    /// The answer with which `history` ends: its texts as [`Answer`] wants them, and the ids of
    /// its tool calls.
    fn answer(history: &[Value]) -> (String, Vec<String>);

    /// What became of a tool call whose result says `text`, and who denied it; `failed` when the
    /// API has a mark for that.
    fn fate(text: &str, failed: bool) -> (Outcome, Option<&'static str>) {
        match (failed, claude_code::denied_by(text)) {
            _ if claude_code::is_interrupted(text, failed) => (Outcome::Interrupted, None),
            (false, _) => (Outcome::Executed, None),
            (true, Some(by)) => (Outcome::Denied, Some(by)),
            (true, None) => (Outcome::Failed, None),
        }
    }
}

/// The result of a tool, as a request tells it.
pub(super) struct Returned {
    pub(super) call: String,
    pub(super) output: claude_code::Output,
    pub(super) failed: bool,
}

/// What a request says.
#[derive(Debug, Default)]
pub(super) struct Asking {
    pub(super) model: String,
    /// The client's own id of the session, where the body has it.
    pub(super) session: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) system: String,
    /// The tools' definitions, as text.
    pub(super) tools: Option<String>,
    pub(super) messages: Vec<Value>,
    /// The id of the answer that it says to follow.
    pub(super) previous: Option<String>,
    /// True when it only makes the provider ready.
    pub(super) warms_up: bool,
}

/// Where a conversation stands once a request is read.
pub(super) struct Told {
    /// The client's word, or its agent's where only the program tells.
    pub(super) client: Cow<'static, str>,
    pub(super) session: SessionId,
    pub(super) thread: Option<Arc<str>>,
    pub(super) turn: Option<EventId>,
    pub(super) scope: Scope,
    pub(super) after: Option<Arc<str>>,
    /// What the request is known by, should it come again, where nothing names its session.
    pub(super) again: Option<memory::Key>,
}

/// Emits what `asking` adds.
pub(super) fn tell<G: Grammar>(
    client: Client,
    asking: &Asking,
    at: Timestamp,
    place: Place<'_>,
    memory: &mut Memory,
    out: &mut Output,
) -> Told {
    let (messages, previous) = (asking.messages.as_slice(), asking.previous.as_deref());
    let first_prompt = messages
        .iter()
        .filter(|message| G::is_user(message))
        .map(|message| G::spoken(message).said)
        .find(|said| !said.is_empty());
    let link = previous.and_then(|id| memory.linked(id));
    // What no answer came before has no first prompt yet.
    let goes_on = link.filter(|link| !link.after.is_empty() || first_prompt.is_none());
    let scope_hash = goes_on.map_or_else(
        || scope_hash(client.session.as_deref().unwrap_or(&client.word), first_prompt.as_deref()),
        |link| link.scope.hash,
    );
    // A conversation without an answer yet is known by all that it says.
    let is_first = !messages.iter().any(|message| !G::is_user(message));
    let again = (client.session.is_none() && link.is_none() && is_first)
        .then(|| memory::request_key(&scope_hash, messages.iter().map(|it| G::spoken(it).said)));
    let link = link.cloned();
    let native: Arc<str> = match &client.session {
        Some(id) => id.as_str().into(),
        None => link
            .as_ref()
            .map(|link| Arc::clone(&link.scope.native))
            .or_else(|| memory.comes_again(again.as_ref()?))
            .or_else(|| provisional::<G>(messages, &scope_hash, memory))
            .unwrap_or_else(|| {
                format!("{PROVISIONAL}{:x}-{:x}", place.flow, at.as_micros()).into()
            }),
    };
    let begins = match (previous, &link) {
        (_, Some(link)) => (Some(Arc::clone(&link.after)), link.turn),
        (Some(id), None) => (Some(Arc::from(id)), None),
        (None, None) => (Some(Arc::from("")), None),
    };
    let word = memory.agent(&native, client.agent).map_or(client.word.clone(), Cow::Borrowed);
    let session = SessionId::of(&word, &native);
    let mut facts = SessionFacts::new("", Sensitive::from(&*native), session);
    facts.version = client.version.filter(|_| word == client.word).map(Sensitive::from);
    facts.client.clone_from(&word);
    facts.cwd = asking.cwd.as_deref().map(Sensitive::from);
    out.sessions.push(facts);

    let aside = || is_aside::<G>(&word, asking).then_some(ASIDE);
    let named = client.session.is_some();
    let thread =
        client.thread.as_deref().or_else(|| aside().filter(|_| named)).map(Arc::<str>::from);
    let first = out.events.len();
    let conversation = Thread { session, scope: &scope_hash, begins, memory, place };
    let (turn, after) = conversation.emit_new::<G>(messages, at, out);
    once(session, "system_prompt", &asking.system, at, place, memory, out);
    if let Some(tools) = &asking.tools {
        once(session, "tool_definitions", tools, at, place, memory, out);
    }
    for event in out.events.iter_mut().skip(first) {
        event.thread = thread.as_deref().map(Sensitive::from);
    }
    let scope = Scope { hash: scope_hash, native };
    Told { client: word, session, thread, turn, scope, after, again }
}

/// True for what a client asks a model without anybody having said so: these clients offer tools
/// wherever a person or a sub-agent is answered. Only what begins a conversation is one: its second
/// request shows that somebody goes on with it.
fn is_aside<G: Grammar>(client: &str, asking: &Asking) -> bool {
    let is_known = client == claude_code::CLIENT || client == "opencode";
    // A last message of the model is one that it shall continue.
    let last = asking.messages.len().saturating_sub(1);
    let mut before = asking.messages.iter().take(last);
    // What the client says by itself asks for a summary of the conversation, which is part of it.
    let asks = || asking.messages.iter().any(|message| !G::spoken(message).shown.is_empty());
    is_known && asking.tools.is_none() && before.all(G::is_user) && asks()
}

/// A conversation while its request is read.
struct Thread<'a> {
    session: SessionId,
    scope: &'a blake3::Hash,
    /// The answer and the turn that the messages follow.
    begins: (Option<Arc<str>>, Option<EventId>),
    memory: &'a Memory,
    place: Place<'a>,
}

impl Thread<'_> {
    /// Emits what follows the last answer. Gives the turn's prompt where it can be named, and
    /// that answer's id.
    fn emit_new<G: Grammar>(
        &self,
        messages: &[Value],
        at: Timestamp,
        out: &mut Output,
    ) -> (Option<EventId>, Option<Arc<str>>) {
        // A last message of the model is one that it shall continue.
        let end = messages.iter().rposition(G::is_user).map_or(0, |last| last + 1);
        let messages = messages.get(..end).unwrap_or_default();
        let new = messages.iter().rposition(|m| !G::is_user(m)).map_or(0, |last| last + 1);
        let history = messages.get(..new).unwrap_or_default();
        let last = self.last_answer::<G>(history);
        let mut after = last.clone();
        let mut turn = self.turn_of::<G>(history);
        for (position, message) in messages.iter().enumerate().skip(new) {
            let before = messages.get(..position).unwrap_or_default();
            for returned in G::returned(before, message) {
                self.tool_result::<G>(returned, after.as_deref(), turn, at, out);
            }
            let Spoken { said, shown, own } = G::spoken(message);
            for (name, text) in own {
                // What a compaction left out of the conversation is not known to follow.
                after = after.filter(|_| name != COMPACTION);
                let content = self.place.hasher.hash(text.as_bytes());
                let key = NaturalKey::Content { session: self.session, what: name, content };
                let kind = Kind::System(System { name: name.into(), text: text.into() });
                let event = self.place.event(&key, at, content, kind);
                out.events.push(within(event, self.session, turn));
            }
            if !shown.is_empty() {
                turn = self.prompt(&said, shown, after.as_deref(), at, out);
            }
        }
        (turn, last)
    }

    /// The id of the last answer in `history`: empty when there is none, `None` when it is not
    /// remembered.
    fn last_answer<G: Grammar>(&self, history: &[Value]) -> Option<Arc<str>> {
        let Some(last) = history.iter().rposition(|m| !G::is_user(m)) else {
            return self.begins.0.clone();
        };
        let (text, calls) = G::answer(history.get(..=last)?);
        let answer = Answer { text: &text, calls: &calls };
        self.memory.recall(self.scope, &answer).map(|known| Arc::clone(&known.message))
    }

    /// The last prompt in `history`, as the turn that goes on.
    fn turn_of<G: Grammar>(&self, history: &[Value]) -> Option<EventId> {
        let last = history.iter().enumerate().rev().find_map(|(index, message)| {
            let spoken = G::is_user(message).then(|| G::spoken(message))?;
            (!spoken.shown.is_empty()).then_some((index, spoken))
        });
        let Some((last, spoken)) = last else { return self.begins.1 };
        if spoken.own.iter().any(|(name, _)| *name == COMPACTION) {
            return None;
        }
        let after = self.last_answer::<G>(history.get(..last)?)?;
        Some(self.prompt_key(&spoken.said, &after).id())
    }

    fn prompt_key<'k>(&self, text: &str, after: &'k str) -> NaturalKey<'k> {
        let text = self.place.hasher.hash(text.as_bytes());
        NaturalKey::Prompt { session: self.session, after, text }
    }

    /// Emits a prompt; gives its id when that is the whole one.
    fn prompt(
        &self,
        said: &str,
        shown: String,
        after: Option<&str>,
        at: Timestamp,
        out: &mut Output,
    ) -> Option<EventId> {
        let content = self.place.hasher.hash(said.as_bytes());
        let key = self.prompt_key(said, after.unwrap_or_default());
        let kind = Kind::Prompt(Prompt { text: shown.into() });
        let mut event = self.place.event(&key, at, content, kind);
        event.incomplete_key = after.is_none();
        let turn = after.map(|_| event.id);
        out.events.push(within(event, self.session, turn));
        turn
    }

    fn tool_result<G: Grammar>(
        &self,
        returned: Returned,
        answer: Option<&str>,
        turn: Option<EventId>,
        at: Timestamp,
        out: &mut Output,
    ) {
        let Returned { call, output, failed } = returned;
        let call = call.as_str();
        let item = answer.and_then(|answer| self.memory.item(answer, call));
        let message = item.as_deref().or(answer).unwrap_or_default();
        let session = self.session;
        let asked = answer.map(|_| NaturalKey::ToolCall { session, message, call }.id());
        let (outcome, denied_by) = G::fate(&output.shown, failed);
        let content = output.hash(self.place.hasher);
        let kind = Kind::ToolResult(ToolResult {
            call: asked,
            text: output.shown.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let key = NaturalKey::ToolResult { session, message, call };
        let mut event = self.place.event(&key, at, content, kind);
        event.incomplete_key = answer.is_none();
        event.tool_call = Some(call.into());
        out.events.push(within(event, session, turn));
    }
}

/// Emits content that belongs to a session once.
fn once(
    session: SessionId,
    what: &'static str,
    text: &str,
    at: Timestamp,
    place: Place<'_>,
    memory: &mut Memory,
    out: &mut Output,
) {
    if text.is_empty() {
        return;
    }
    let content = place.hasher.hash(text.as_bytes());
    let key = NaturalKey::Content { session, what, content };
    if memory.is_first(key.id()) {
        let kind = Kind::System(System { name: what.into(), text: text.into() });
        out.events.push(within(place.event(&key, at, content, kind), session, None));
    }
}

fn scope_hash(owner: &str, first_prompt: Option<&str>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(owner.as_bytes())
        .update(b"\0")
        .update(first_prompt.unwrap_or_default().as_bytes());
    hasher.finalize()
}

/// The provisional session that an earlier answer of this conversation was given.
fn provisional<G: Grammar>(
    messages: &[Value],
    scope: &blake3::Hash,
    memory: &Memory,
) -> Option<Arc<str>> {
    let last = messages.iter().rposition(|m| !G::is_user(m))?;
    let (text, calls) = G::answer(messages.get(..=last)?);
    let known = memory.recall(scope, &Answer { text: &text, calls: &calls })?;
    Some(Arc::clone(&known.native))
}
