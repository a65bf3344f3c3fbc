//! A request: which session it belongs to, and what in it is new. Pure but for the memory.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;
use vigil_proto::{
    EventId, Kind, NaturalKey, Sensitive, SessionFacts, SessionId, Timestamp,
    event::{Outcome, Prompt, System, ToolResult},
};

use super::{
    memory::{Answer, Memory, Scope},
    text::{flatten, spoken, str_field, text_of, without_cache_marks},
};
use crate::{
    pipeline::Exclusions,
    source::{
        claude_code::{self, COMPACTION, Spoken},
        proxy::{
            head::Fields,
            provider::{Output, Place, within},
        },
    },
};

/// The most characters of an id or a name that a client gives.
const NAME_MAX: usize = 128;
/// How the client's own header in the system prompt begins; it changes from call to call.
const BILLING: &str = "x-anthropic-billing-header";

/// What the answer's reader needs to know of the request.
pub(in crate::source::proxy) struct Asked {
    pub(super) session: SessionId,
    pub(super) turn: Option<EventId>,
    pub(super) scope: Scope,
    pub(super) model: String,
}

/// Why a request gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) enum Skipped {
    /// The user excluded the client or the project.
    Excluded,
    /// The body is not a request of this API.
    Unreadable,
}

/// Reads the request with these header `fields` and `body`, seen at `at`.
pub(in crate::source::proxy) fn read(
    fields: &Fields,
    body: &[u8],
    at: Timestamp,
    place: Place<'_>,
    exclusions: &Exclusions,
    memory: &mut Memory,
    out: &mut Output,
) -> Result<Asked, Skipped> {
    let mut body: Value = serde_json::from_slice(body).map_err(|_| Skipped::Unreadable)?;
    let (client, version) = client(fields);
    if exclusions.client(&client) {
        return Err(Skipped::Excluded);
    }
    let system = system_text(&body);
    let cwd = working_directory(&body, &system);
    if exclusions.any_project() && cwd.as_deref().is_some_and(|cwd| exclusions.project(cwd)) {
        return Err(Skipped::Excluded);
    }
    let tools = body.get_mut("tools").map(Value::take);
    let no_messages = Vec::new();
    let messages = body.get("messages").and_then(Value::as_array).unwrap_or(&no_messages);

    let own_id = native_session(fields, &body);
    let first_prompt =
        messages.iter().filter(|m| is_user(m)).map(said).find(|said| !said.is_empty());
    let scope_hash = scope_hash(own_id.as_deref().unwrap_or(&client), first_prompt.as_deref());
    let native: Arc<str> = match own_id {
        Some(id) => id.into(),
        None => provisional(messages, &scope_hash, memory)
            .unwrap_or_else(|| format!("flow-{:x}-{:x}", place.flow, at.as_micros()).into()),
    };
    let session = SessionId::of(&client, &native);
    let mut facts = SessionFacts::new("", Sensitive::from(&*native), session);
    facts.client = client;
    facts.version = version.map(Sensitive::from);
    facts.cwd = cwd.map(Sensitive::from);
    out.sessions.push(facts);

    let thread = Thread { session, scope: &scope_hash, memory, place };
    let turn = thread.emit_new(messages, at, out);
    once(session, "system_prompt", &system, at, place, memory, out);
    if let Some(mut tools) = tools.filter(|tools| tools.as_array().is_some_and(|t| !t.is_empty())) {
        without_cache_marks(&mut tools);
        once(session, "tool_definitions", &tools.to_string(), at, place, memory, out);
    }
    let model = str_field(&body, "model").chars().take(NAME_MAX).collect();
    Ok(Asked { session, turn, scope: Scope { hash: scope_hash, native }, model })
}

/// A conversation while its request is read.
struct Thread<'a> {
    session: SessionId,
    scope: &'a blake3::Hash,
    memory: &'a Memory,
    place: Place<'a>,
}

impl Thread<'_> {
    /// Emits what follows the last answer, and gives the turn's prompt where it can be named.
    fn emit_new(&self, messages: &[Value], at: Timestamp, out: &mut Output) -> Option<EventId> {
        // A last message of the assistant is one that the model shall continue.
        let end = messages.iter().rposition(is_user).map_or(0, |last| last + 1);
        let messages = messages.get(..end).unwrap_or_default();
        let new = messages.iter().rposition(|m| !is_user(m)).map_or(0, |last| last + 1);
        let (history, new) = messages.split_at_checked(new).unwrap_or_default();
        let mut after = self.last_answer(history);
        let mut turn = self.turn_of(history);
        for message in new {
            if let Some(blocks) = content(message).as_array() {
                for block in blocks.iter().filter(|b| str_field(b, "type") == "tool_result") {
                    self.tool_result(block, after.as_deref(), turn, at, out);
                }
            }
            let Spoken { said, shown, own } = spoken(content(message));
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
        turn
    }

    /// The id of the last answer in `history`: empty when there is none, `None` when it is not
    /// remembered.
    fn last_answer(&self, history: &[Value]) -> Option<Arc<str>> {
        match history.iter().rfind(|m| !is_user(m)) {
            None => Some(Arc::from("")),
            Some(message) => {
                let (text, calls) = fingerprint(content(message));
                let answer = Answer { text: &text, calls: &calls };
                self.memory.recall(self.scope, &answer).map(|known| Arc::clone(&known.message))
            }
        }
    }

    /// The last prompt in `history`, as the turn that goes on.
    fn turn_of(&self, history: &[Value]) -> Option<EventId> {
        let (last, spoken) = history.iter().enumerate().rev().find_map(|(index, message)| {
            let spoken = is_user(message).then(|| spoken(content(message)))?;
            (!spoken.shown.is_empty()).then_some((index, spoken))
        })?;
        if spoken.own.iter().any(|(name, _)| *name == COMPACTION) {
            return None;
        }
        let after = self.last_answer(history.get(..last)?)?;
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

    fn tool_result(
        &self,
        block: &Value,
        answer: Option<&str>,
        turn: Option<EventId>,
        at: Timestamp,
        out: &mut Output,
    ) {
        let call = &*claude_code::short_id(str_field(block, "tool_use_id").into());
        let output = flatten(block.get("content").unwrap_or(&Value::Null));
        let failed = block.get("is_error").and_then(Value::as_bool).unwrap_or(false);
        let message = answer.unwrap_or_default();
        let session = self.session;
        let asked = answer.map(|_| NaturalKey::ToolCall { session, message, call }.id());
        let denied_by = claude_code::denied_by(&output.shown).filter(|_| failed);
        let outcome = match (failed, denied_by) {
            (false, _) => Outcome::Executed,
            (true, Some(_)) => Outcome::Denied,
            (true, None) => Outcome::Failed,
        };
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

fn said(message: &Value) -> String {
    spoken(content(message)).said
}

fn is_user(message: &Value) -> bool {
    str_field(message, "role") != "assistant"
}

fn content(message: &Value) -> &Value {
    message.get("content").unwrap_or(&Value::Null)
}

/// An assistant message of a history, as [`Answer`] wants it.
fn fingerprint(content: &Value) -> (String, Vec<String>) {
    match content {
        Value::String(text) => (text.trim().to_owned(), Vec::new()),
        Value::Array(blocks) => {
            let texts: Vec<_> = blocks
                .iter()
                .filter_map(text_of)
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .collect();
            let calls = blocks
                .iter()
                .filter(|block| str_field(block, "type") == "tool_use")
                .map(|block| claude_code::short_id(str_field(block, "id").into()).into_owned())
                .collect();
            (texts.join("\n"), calls)
        }
        _ => (String::new(), Vec::new()),
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
fn provisional(messages: &[Value], scope: &blake3::Hash, memory: &Memory) -> Option<Arc<str>> {
    let last = messages.iter().rfind(|m| !is_user(m))?;
    let (text, calls) = fingerprint(content(last));
    let known = memory.recall(scope, &Answer { text: &text, calls: &calls })?;
    Some(Arc::clone(&known.native))
}

/// The client's name and version, from what it says of itself.
fn client(fields: &Fields) -> (Cow<'static, str>, Option<String>) {
    let agent = fields.first("user-agent").unwrap_or_default();
    let product = agent.split([' ', '(']).next().unwrap_or_default();
    let (name, version) = product.split_once('/').map_or((product, None), |(n, v)| (n, Some(v)));
    let is_number = |version: &&str| version.starts_with(|c: char| c.is_ascii_digit());
    let version = version.filter(is_number).map(|v| v.chars().take(NAME_MAX).collect());
    if name == "claude-cli" || fields.first("x-claude-code-session-id").is_some() {
        let version = version.filter(|_| name == "claude-cli");
        return (Cow::Borrowed(claude_code::CLIENT), version);
    }
    let name: String = name
        .chars()
        .take(64)
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if name.is_empty() { (Cow::Borrowed("unknown"), None) } else { (Cow::Owned(name), version) }
}

/// The client's own session id: its header, else what it put into the request's metadata.
fn native_session(fields: &Fields, body: &Value) -> Option<String> {
    let metadata = || {
        let user = body.get("metadata")?.get("user_id")?.as_str()?;
        match serde_json::from_str::<Value>(user) {
            Ok(user) => user.get("session_id")?.as_str().map(str::to_owned),
            // Older versions: `user_HASH_account_UUID_session_UUID`.
            Err(_) => user.rsplit_once("_session_").map(|(_, id)| id.to_owned()),
        }
    };
    fields
        .first("x-claude-code-session-id")
        .map(str::to_owned)
        .or_else(metadata)
        .filter(|id| !id.is_empty() && id.len() <= NAME_MAX && !id.contains(char::is_control))
}

/// The system prompt without the client's billing header.
fn system_text(body: &Value) -> String {
    match body.get("system") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let texts: Vec<_> =
                blocks.iter().filter_map(text_of).filter(|t| !t.starts_with(BILLING)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// The working directory that Claude Code tells the model.
fn working_directory(body: &Value, system: &str) -> Option<String> {
    let named = |text: &str| {
        text.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            let path = line
                .strip_prefix("Primary working directory: ")
                .or_else(|| line.strip_prefix("Working directory: "))?;
            path.starts_with('/').then(|| path.to_owned())
        })
    };
    named(system).or_else(|| {
        let first = body.get("messages")?.as_array()?.first()?;
        content(first).as_array()?.iter().filter_map(text_of).find_map(named)
    })
}
