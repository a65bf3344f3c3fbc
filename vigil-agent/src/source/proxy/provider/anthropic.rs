//! Anthropic's Messages API (`POST /v1/messages`), streaming and not.
//!
//! A request repeats the whole conversation. What is new in it is what follows the last answer;
//! the [`Memory`] of answers tells which one that was, because requests do not name it.

#[cfg(feature = "fuzzing")]
pub(in crate::source::proxy) mod fuzzing;
mod memory;
mod request;
mod stream;
mod text;

use std::sync::Arc;

use serde_json::Value;
use vigil_proto::{
    ContentHash, EventId, Kind, NaturalKey, Sensitive, SessionId, Timestamp,
    event::{CallRank, ModelCall, Outcome, Response, System, Thinking, ToolCall, ToolResult},
};

pub(in crate::source::proxy) use self::memory::Memory;
pub(in crate::source::proxy) use self::request::{Asked, Skipped, read as read_request};
use self::{
    memory::{Answer, Scope},
    stream::{Block, BlockKind, Message, Step, Stream},
};
use super::{Output, Place, within};
use crate::source::{claude_code, proxy::head::Fields};

/// The path of the API; queries may follow.
pub(in crate::source::proxy) const PATH: &str = "/v1/messages";
/// The most bytes of an answer that does not stream.
const JSON_MAX: usize = 32 * 1024 * 1024;

/// One request and what is known of its answer so far.
pub(in crate::source::proxy) struct Call {
    session: SessionId,
    turn: Option<EventId>,
    scope: Scope,
    model: String,
    began: Timestamp,
    request_end: Timestamp,
    request: Option<String>,
    status: u16,
    first_byte: Option<Timestamp>,
    form: Form,
    message: Message,
}

enum Form {
    Unknown,
    Stream(Stream),
    Json(Vec<u8>),
}

/// When things of a call happened and what its number is.
#[derive(Clone, Copy, Debug)]
pub(in crate::source::proxy) struct End {
    pub(in crate::source::proxy) at: Timestamp,
    /// Unique in the source.
    pub(in crate::source::proxy) number: u64,
}

impl Call {
    /// The answer to what was `asked` between `began` and `request_end`.
    pub(in crate::source::proxy) fn new(
        asked: Asked,
        began: Timestamp,
        request_end: Timestamp,
    ) -> Self {
        Self {
            session: asked.session,
            turn: asked.turn,
            scope: asked.scope,
            model: asked.model,
            began,
            request_end,
            request: None,
            status: 0,
            first_byte: None,
            form: Form::Unknown,
            message: Message::default(),
        }
    }

    /// The answer's head came.
    pub(in crate::source::proxy) fn head(&mut self, status: u16, fields: &Fields, at: Timestamp) {
        self.status = status;
        self.first_byte = Some(at);
        self.request =
            fields.first("request-id").map(|id| claude_code::short_id(id.into()).into_owned());
        let streams = fields
            .first("content-type")
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("text/event-stream"));
        self.form = if streams { Form::Stream(Stream::default()) } else { Form::Json(Vec::new()) };
    }

    /// Decoded bytes of the answer came. An error ends the reading of this answer.
    pub(in crate::source::proxy) fn data(
        &mut self,
        bytes: &[u8],
        at: Timestamp,
        place: Place<'_>,
        out: &mut Output,
    ) -> Result<(), &'static str> {
        match &mut self.form {
            Form::Unknown => Ok(()),
            Form::Json(body) => {
                if body.len() + bytes.len() > JSON_MAX {
                    return Err("body-too-large");
                }
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Stream(stream) => {
                let mut stream = std::mem::take(stream);
                let pushed = stream.push(bytes, &mut |event| match self.message.apply(event) {
                    Step::Nothing => {}
                    Step::Block(block) => self.block(&block, at, place, out),
                    Step::Unknown => out.count("skip.anthropic-event", 1),
                });
                self.form = Form::Stream(stream);
                pushed
            }
        }
    }

    /// The answer ended; `complete` when its framing says so.
    pub(in crate::source::proxy) fn end(
        mut self,
        complete: bool,
        end: End,
        place: Place<'_>,
        memory: &mut Memory,
        out: &mut Output,
    ) {
        if let Form::Json(body) = std::mem::replace(&mut self.form, Form::Unknown) {
            let read = serde_json::from_slice::<Value>(&body);
            if let Ok(value) = read {
                for block in self.message.whole(value) {
                    self.block(&block, end.at, place, out);
                }
            } else if complete && self.status < 400 {
                out.events.push(self.within(place.gap(
                    end.number,
                    end.at,
                    "unreadable-answer",
                    "the answer is not JSON",
                    Some(body.len() as u64),
                )));
            }
        }
        if self.status >= 400 || self.message.error.is_some() {
            let error = self.error(end, place);
            out.events.push(error);
        }
        if self.message.id.is_empty() {
            return;
        }
        let finished = self.message.stopped;
        if finished {
            memory.remember(
                &self.scope,
                &Answer { text: &self.message.text, calls: &self.message.calls },
                Arc::from(self.message.id.as_str()),
            );
        } else {
            let gap = place.gap(
                end.number,
                end.at,
                "answer-cut",
                "the answer ended before it was complete",
                None,
            );
            out.events.push(self.within(gap));
        }
        let call = self.model_call(finished, end.at, place);
        out.events.push(call);
    }

    fn within(&self, event: vigil_proto::Event<Sensitive>) -> vigil_proto::Event<Sensitive> {
        within(event, self.session, self.turn)
    }

    fn block(&self, block: &Block, at: Timestamp, place: Place<'_>, out: &mut Output) {
        let message = self.message.id.as_str();
        if message.is_empty() {
            return;
        }
        let key = NaturalKey::Block { session: self.session, message, index: block.index };
        let hash = |text: &str| place.hasher.hash(text.as_bytes());
        let event = match &block.kind {
            BlockKind::Text(text) => {
                let kind = Kind::Response(Response { text: text.as_str().into() });
                place.event(&key, at, hash(text), kind)
            }
            BlockKind::Thinking(text) => {
                let kind = Kind::Thinking(Thinking { text: text.as_str().into() });
                // What is withheld contradicts nothing.
                let content = if text.is_empty() { ContentHash(0) } else { hash(text) };
                place.event(&key, at, content, kind)
            }
            BlockKind::ToolResult { call, output, failed } => {
                let asked = NaturalKey::ToolCall { session: self.session, message, call };
                let key = NaturalKey::ToolResult { session: self.session, message, call };
                let kind = Kind::ToolResult(ToolResult {
                    call: Some(asked.id()),
                    text: output.shown.as_str().into(),
                    outcome: if *failed { Outcome::Failed } else { Outcome::Executed },
                    denied_by: None,
                });
                let mut event = place.event(&key, at, output.hash(place.hasher), kind);
                event.tool_call = Some(call.as_str().into());
                event
            }
            BlockKind::ToolUse { id, name, input } => {
                let key = NaturalKey::ToolCall { session: self.session, message, call: id };
                let kind = Kind::ToolCall(ToolCall {
                    name: name.as_str().into(),
                    input: input.as_str().into(),
                    outcome: Outcome::Requested,
                });
                let content = claude_code::hash_call(place.hasher, name, input);
                let mut event = place.event(&key, at, content, kind);
                event.tool_call = Some(id.as_str().into());
                event
            }
            BlockKind::Other { name, text } => {
                let kind = Kind::System(System {
                    name: format!("block:{name}").into(),
                    text: text.as_str().into(),
                });
                place.event(&key, at, hash(text), kind)
            }
        };
        out.events.push(self.within(event));
    }

    fn model_call(
        &self,
        finished: bool,
        at: Timestamp,
        place: Place<'_>,
    ) -> vigil_proto::Event<Sensitive> {
        let request = self.request.as_deref().unwrap_or_default();
        let message = self.message.id.as_str();
        let key = NaturalKey::ModelCall { provider: "anthropic", message, request };
        let model = if self.message.model.is_empty() { &self.model } else { &self.message.model };
        let first_byte = self.first_byte.unwrap_or(at);
        let kind = Kind::ModelCall(ModelCall {
            provider: "anthropic",
            model: model.as_str().into(),
            message: message.into(),
            request: self.request.as_deref().map(Sensitive::from),
            stop_reason: self.message.stop_reason.as_deref().map(Sensitive::from),
            usage: self.message.usage(),
            cost: None,
            rank: if finished { CallRank::Wire } else { CallRank::Partial },
            latency_us: Some(micros_between(self.began, at)),
            first_byte_us: Some(micros_between(self.request_end, first_byte)),
            status: Some(self.status),
        });
        let mut event = place.event(&key, first_byte, ContentHash(0), kind);
        event.seen_at = at;
        self.within(event)
    }

    fn error(&self, end: End, place: Place<'_>) -> vigil_proto::Event<Sensitive> {
        let what = "api_error";
        let key = NaturalKey::Occurrence { source: place.source, number: end.number, what };
        let said = self.message.error.as_deref().unwrap_or("the answer names no reason");
        let text = format!("HTTP {}: {said}", self.status);
        let content = place.hasher.hash(text.as_bytes());
        let kind = Kind::System(System { name: what.into(), text: text.into() });
        self.within(place.event(&key, end.at, content, kind))
    }
}

fn micros_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
