//! The items of the conversation: what is said to the model, what it answers, and what tools
//! gave back.

use std::borrow::Cow;

use serde_json::Value;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Outcome, Sensitive, SessionId, Subagent,
    batch::TitleRank,
    event::{Prompt, Response, Thinking, ToolCall, ToolResult},
};

use super::{
    Parser,
    meta::id,
    skip,
    state::{Asked, Ended},
};
use crate::source::{
    claude_code::{self, canonical_input, short_id},
    json::{items, str_field, text_of},
    openai::{self, Call, codex},
    transcript::{seat::Seat, text},
};

/// What an item is called in keys: its own id, or its place in the file, which the other witness
/// cannot know.
struct Name<'a> {
    text: Cow<'a, str>,
    is_own: bool,
}

impl<'a> Name<'a> {
    fn of(item: &'a Value, seat: &'a Seat) -> Self {
        match str_field(item, "id") {
            "" => Self { text: seat.record.as_deref().unwrap_or_default().into(), is_own: false },
            id => Self { text: short_id(id.into()), is_own: true },
        }
    }
}

impl Parser<'_> {
    /// An item as it went to the model or came from it; `raw` is all of it.
    pub(super) fn item(
        &mut self,
        item: &Value,
        raw: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let kind = str_field(item, "type");
        if let Some(counter) = skip::item(kind) {
            batch.count(counter, 1);
            return;
        }
        let Some(session) = seat.session else {
            batch.count("read.no-session", 1);
            self.context.system("unknown:no-session", raw, seat, batch);
            return;
        };
        match kind {
            "message" if str_field(item, "role") == "assistant" => {
                let text = openai::said(item);
                let content = self.context.hash(text.as_bytes());
                let kind = Kind::Response(Response { text: text.into() });
                self.block(item, content, kind, seat, session, batch);
            }
            "message" => self.spoken(item, seat, session, batch),
            "reasoning" => self.reasoning(item, seat, session, batch),
            "agent_message" => {
                let said = items(item, "content").iter().filter_map(text_of);
                let said = said.collect::<Vec<_>>().join("\n");
                let from = [str_field(item, "author"), " to ", str_field(item, "recipient")];
                let text = format!("{}: {said}", from.concat());
                self.context.system("agent-message", &text, seat, batch);
            }
            _ if kind.ends_with("_output") => self.result(item, seat, session, batch),
            _ => match openai::call(item) {
                Some(call) => self.call(item, &call, seat, session, batch),
                None => self.context.unknown(kind, raw, seat, batch),
            },
        }
    }

    fn block(
        &self,
        item: &Value,
        content: ContentHash,
        kind: Kind<Sensitive>,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let name = Name::of(item, seat);
        let key = NaturalKey::Block { session, message: &name.text, index: 0 };
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { incomplete_key: !name.is_own, ..event });
    }

    /// Thinking, as far as it is shown. What is sealed is not kept.
    fn reasoning(
        &self,
        item: &Value,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let summary = openai::summary(item);
        let text = if summary.is_empty() {
            // Models that seal nothing say it all.
            let whole = items(item, "content").iter().filter_map(text_of);
            whole.collect::<Vec<_>>().join("\n")
        } else {
            summary
        };
        let withheld = text.is_empty();
        let content = if withheld { ContentHash(0) } else { self.context.hash(text.as_bytes()) };
        let kind = Kind::Thinking(Thinking { text: text.into() });
        self.block(item, content, kind, seat, session, batch);
    }

    /// A message to the model: the user's, a parent agent's, or the client's own.
    fn spoken(
        &mut self,
        item: &Value,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let spoken = openai::item_spoken(item);
        for (name, text) in &spoken.own {
            self.context.once(name, text, seat, batch);
        }
        if spoken.shown.is_empty() {
            return;
        }
        let is_own = self.state.copied.is_none();
        if is_own && seat.thread.is_none() && !self.state.titled && !spoken.shown.starts_with('<') {
            self.state.titled = true;
            if let Some(title) = text::title_of(&spoken.shown)
                && let Some(facts) = self.facts(batch)
            {
                Self::title(facts, TitleRank::FirstPrompt, title);
            }
        }
        let content = self.context.hash(spoken.said.as_bytes());
        let key = NaturalKey::Prompt { session, after: &self.state.after, text: content };
        let id = key.id();
        let kind = Kind::Prompt(Prompt { text: spoken.shown.into() });
        let event = self.context.event(seat, &key, content, kind);
        self.state.turn = Some(id);
        batch.events.push(Event { turn: Some(id), ..event });
    }

    fn call(
        &mut self,
        item: &Value,
        call: &Call<'_>,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let item_name = Name::of(item, seat);
        let id = short_id(if call.id.is_empty() { &item_name.text } else { call.id }.into());
        // Without an id of the item's, the result must find the call by what both have.
        let message = if item_name.is_own { &*item_name.text } else { "" };
        // What the provider runs itself has no result of its own.
        let outcome = match (call.by_client, str_field(item, "status")) {
            (false, "completed") => Outcome::Executed,
            (false, "failed") => Outcome::Failed,
            _ => Outcome::Requested,
        };
        if call.by_client {
            self.state.asks(Asked {
                call: id.clone().into_owned(),
                item: message.to_owned(),
                starts: call.name.ends_with("spawn_agent"),
                ended: None,
            });
        }
        let input = canonical_input(&call.input).filter(|_| call.by_client);
        let input = input.unwrap_or_else(|| call.input.clone().into_owned());
        let content = claude_code::hash_call(self.context.rules.hasher, &call.name, &input);
        let kind = Kind::ToolCall(ToolCall {
            name: call.name.as_ref().into(),
            input: input.into(),
            outcome,
        });
        let key = NaturalKey::ToolCall { session, message, call: &id };
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(id.as_ref().into());
        batch.events.push(Event { incomplete_key: !item_name.is_own, tool_call, ..event });
    }

    fn result(
        &mut self,
        item: &Value,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(call) = id(item, "call_id") else {
            batch.count("read.result-without-call", 1);
            self.context.system("unknown:result-without-call", &item.to_string(), seat, batch);
            return;
        };
        let said = item.get("output").unwrap_or(&Value::Null);
        let output = openai::output(said);
        let mark_failed = said.get("success").and_then(Value::as_bool) == Some(false)
            || str_field(item, "status") == "failed";
        let asked = self.state.asked(&call);
        let ended = asked.as_ref().and_then(|asked| asked.ended);
        let starts = asked.as_ref().is_some_and(|asked| asked.starts);
        let known = asked.is_some();
        let message = asked.map(|asked| asked.item.clone()).unwrap_or_default();
        let (outcome, denied_by) = match (codex::fate(&output.shown), ended) {
            (told @ (Outcome::Denied | Outcome::Interrupted, _), _) => told,
            (_, Some(Ended::Declined)) => (Outcome::Denied, Some("user")),
            ((Outcome::Failed, _), _) | (_, Some(Ended::Failed)) => (Outcome::Failed, None),
            _ if mark_failed => (Outcome::Failed, None),
            (told, _) => told,
        };
        if starts && let Some(thread) = started(&output.shown) {
            batch.subagents.push(Subagent {
                session,
                thread: thread.as_str().into(),
                started_by: Some(call.as_str().into()),
                agent_type: None,
            });
        }
        let message = message.as_str();
        let asked = NaturalKey::ToolCall { session, message, call: &call }.id();
        let key = NaturalKey::ToolResult { session, message, call: &call };
        let content = output.hash(self.context.rules.hasher);
        let kind = Kind::ToolResult(ToolResult {
            call: known.then_some(asked),
            text: output.shown.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(call.as_str().into());
        batch.events.push(Event { incomplete_key: message.is_empty(), tool_call, ..event });
    }
}

/// The sub-agent's thread that the result of the call tells which started it.
fn started(output: &str) -> Option<String> {
    let told: Value = serde_json::from_str(output).ok().filter(Value::is_object)?;
    id(&told, "agent_id").or_else(|| id(&told, "thread_id"))
}
