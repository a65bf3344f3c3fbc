//! One call of a model: what was asked, and its answer as it comes, turned into events.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;
use vigil_proto::{
    ContentHash, Event, EventId, Kind, NaturalKey, Sensitive, SessionId, Timestamp,
    event::{CallRank, ModelCall, Outcome, Response, System, Thinking, ToolCall, ToolResult},
};

use super::{
    Output, Place,
    bedrock::Frames,
    memory::{self, Answer, Link, Memory, Scope},
    ndjson::Lines,
    reply::{Block, BlockKind, Reader, Reply, Step},
    sse::Stream,
    within,
};
use crate::source::{claude_code, gemini, openai::codex, proxy::head::Fields};

/// The most bytes of an answer that comes in one piece.
const WHOLE_MAX: usize = 32 * 1024 * 1024;
/// The most bytes of an answer that comes in events: what is open of it is kept in memory.
const STREAM_MAX: usize = 64 * 1024 * 1024;

/// What the answer's reader needs to know of the request.
pub(in crate::source::proxy) struct Asked {
    pub(super) provider: &'static str,
    /// The client's word.
    pub(super) client: Cow<'static, str>,
    pub(super) session: SessionId,
    /// The sub-agent's thread, when it is not the session's main one.
    pub(super) thread: Option<Arc<str>>,
    pub(super) turn: Option<EventId>,
    pub(super) scope: Scope,
    /// The id of the answer that the request follows, where known.
    pub(super) after: Option<Arc<str>>,
    /// What the request is known by, should it come again.
    pub(super) again: Option<memory::Key>,
    pub(super) model: String,
    pub(super) reader: Box<dyn Reader>,
    /// False when it only makes the provider ready.
    pub(super) generates: bool,
}

/// One request and what is known of its answer so far.
pub(in crate::source::proxy) struct Call {
    asked: Asked,
    began: Timestamp,
    request_end: Timestamp,
    request: Option<String>,
    status: Option<u16>,
    /// What the provider says of its limits, when it refused for their sake.
    limits: Vec<String>,
    first_byte: Option<Timestamp>,
    form: Form,
    given: usize,
    reply: Reply,
}

/// A call that has begun.
#[derive(Clone, Copy, Debug)]
pub(in crate::source::proxy) struct Started<'a> {
    pub(in crate::source::proxy) began: Timestamp,
    /// Its client, that one's own id of the session, and ours; none until the request is read.
    pub(in crate::source::proxy) session: Option<(&'a str, &'a str, SessionId)>,
}

enum Form {
    Unknown,
    Sse(Stream),
    Lines(Lines),
    Frames(Frames),
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
        place: Place<'_>,
    ) -> Self {
        let nameless = format!("flow-{:x}-{:x}", place.flow, began.as_micros());
        Self {
            asked,
            began,
            request_end,
            request: None,
            status: None,
            limits: Vec::new(),
            first_byte: None,
            form: Form::Unknown,
            given: 0,
            reply: Reply { nameless, ..Reply::default() },
        }
    }

    /// What is to be known of it should nobody see its end.
    pub(in crate::source::proxy) fn started(&self) -> Started<'_> {
        let Asked { client, session, scope, .. } = &self.asked;
        Started { began: self.began, session: Some((client, &scope.native, *session)) }
    }

    /// The answer's head came.
    pub(in crate::source::proxy) fn head(&mut self, status: u16, fields: &Fields, at: Timestamp) {
        self.status = Some(status);
        self.first_byte = Some(at);
        let request = REQUEST_IDS.iter().find_map(|name| fields.first(name));
        self.request = request.map(|id| claude_code::short_id(id.into()).into_owned());
        if status == TOO_MANY {
            self.limits = limits(fields);
        }
        let kind = fields.first("content-type").unwrap_or_default().to_ascii_lowercase();
        let is = |name: &str| kind.split(';').next().is_some_and(|kind| kind.trim() == name);
        self.form = if is("text/event-stream") {
            Form::Sse(Stream::default())
        } else if is("application/x-ndjson") || is("application/jsonl") {
            Form::Lines(Lines::default())
        } else if is("application/vnd.amazon.eventstream") {
            Form::Frames(Frames::default())
        } else {
            Form::Json(Vec::new())
        };
    }

    /// Decoded bytes of the answer came. An error ends the reading of this answer.
    pub(in crate::source::proxy) fn data(
        &mut self,
        bytes: &[u8],
        at: Timestamp,
        place: Place<'_>,
        out: &mut Output,
    ) -> Result<(), &'static str> {
        let mut form = std::mem::replace(&mut self.form, Form::Unknown);
        let read = match &mut form {
            Form::Unknown => Ok(()),
            Form::Json(body) if body.len() + bytes.len() > WHOLE_MAX => Err("body-too-large"),
            Form::Json(body) => {
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Sse(stream) => stream.push(bytes, &mut |event| self.event(event, at, place, out)),
            Form::Lines(lines) => lines.push(bytes, &mut |event| self.event(event, at, place, out)),
            Form::Frames(frames) => {
                frames.push(bytes, &mut |event| self.event(event, at, place, out))
            }
        };
        self.form = form;
        read.and(self.grows(bytes.len()))
    }

    /// A message of a WebSocket came: an event of the answer, of `size` bytes.
    pub(super) fn message(
        &mut self,
        event: Value,
        size: usize,
        at: Timestamp,
        place: Place<'_>,
        out: &mut Output,
    ) -> Result<(), &'static str> {
        self.first_byte.get_or_insert(at);
        self.event(event, at, place, out);
        self.grows(size)
    }

    /// True once the answer was said to be complete, or to have failed.
    pub(super) fn is_over(&self) -> bool {
        self.reply.stopped || self.reply.error.is_some()
    }

    /// True once something of the answer came.
    pub(super) const fn has_begun(&self) -> bool {
        self.first_byte.is_some()
    }

    fn grows(&mut self, size: usize) -> Result<(), &'static str> {
        self.given = self.given.saturating_add(size);
        if self.given > STREAM_MAX { Err("body-too-large") } else { Ok(()) }
    }

    fn event(&mut self, event: Value, at: Timestamp, place: Place<'_>, out: &mut Output) {
        let step = self.asked.reader.event(event, &mut self.reply);
        self.step(step, "skip.provider-event", at, place, out);
    }

    fn step(
        &mut self,
        step: Step,
        unknown: &'static str,
        at: Timestamp,
        place: Place<'_>,
        out: &mut Output,
    ) {
        let parts = std::mem::take(&mut self.reply.unknown);
        if parts > 0 {
            out.count("skip.provider-event", parts);
        }
        match step {
            Step::Nothing => {}
            Step::Unknown => out.count(unknown, 1),
            Step::Blocks(blocks) => {
                for block in blocks {
                    self.block(&block, at, place, out);
                }
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
        match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Json(body) => self.whole(&body, complete, end, place, out),
            Form::Lines(mut lines) => {
                lines.end(&mut |event| self.event(event, end.at, place, out));
            }
            _ => {}
        }
        if complete && !self.reply.id.is_empty() {
            let blocks = self.asked.reader.end(&mut self.reply);
            self.step(Step::Blocks(blocks), "", end.at, place, out);
        }
        if self.status.is_some_and(|status| status >= 400) || self.reply.error.is_some() {
            let error = self.error(end, place);
            out.events.push(error);
        }
        let finished = self.reply.stopped;
        if let Some(again) = self.asked.again.filter(|_| !finished) {
            memory.may_come_again(again, Arc::clone(&self.asked.scope.native));
        }
        if self.reply.id.is_empty() {
            return;
        }
        if finished {
            self.remember(memory);
        } else {
            let detail = "the answer ended before it was complete";
            let gap = place.gap(end.number, end.at, "answer-cut", detail, None);
            out.events.push(self.within(gap));
        }
        if self.asked.generates {
            let call = self.model_call(finished, end.at, place);
            out.events.push(call);
        } else {
            out.count("skip.warm-up", 1);
        }
    }

    /// Reads an answer that came in one piece, or a list of events that came as one document.
    fn whole(&mut self, body: &[u8], complete: bool, end: End, place: Place<'_>, out: &mut Output) {
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Array(events)) => {
                for event in events {
                    self.event(event, end.at, place, out);
                }
            }
            Ok(answer) => {
                let step = self.asked.reader.whole(answer, &mut self.reply);
                self.step(step, "skip.provider-answer", end.at, place, out);
            }
            Err(_) if complete && self.status.is_none_or(|status| status < 400) => {
                let (detail, bytes) = ("the answer is not JSON", Some(body.len() as u64));
                let gap = place.gap(end.number, end.at, "unreadable-answer", detail, bytes);
                out.events.push(self.within(gap));
            }
            Err(_) => {}
        }
    }

    fn remember(&self, memory: &mut Memory) {
        let id: Arc<str> = Arc::from(self.reply.id.as_str());
        let scope = &self.asked.scope;
        if self.asked.generates {
            let answer = Answer { text: &self.reply.text, calls: &self.reply.calls };
            memory.remember(scope, &answer, Arc::clone(&id));
            for (call, index) in self.reply.calls.iter().zip(&self.reply.called) {
                if let Some(item) = self.item(*index) {
                    memory.name_item(&id, call, item, &scope.native);
                }
            }
        }
        // What only made the provider ready is no answer that anything follows.
        let after =
            if self.asked.generates { Some(Arc::clone(&id)) } else { self.asked.after.clone() };
        if let Some(after) = after {
            memory.link(id, Link { scope: scope.clone(), after, turn: self.asked.turn });
        }
    }

    fn within(&self, event: Event<Sensitive>) -> Event<Sensitive> {
        let mut event = within(event, self.asked.session, self.asked.turn);
        event.thread = self.asked.thread.as_deref().map(Sensitive::from);
        event
    }

    fn block(&self, block: &Block, at: Timestamp, place: Place<'_>, out: &mut Output) {
        let message = self.reply.id.as_str();
        if message.is_empty() {
            return;
        }
        let (message, index) =
            self.item(block.index).map_or((message, block.index), |item| (item, 0));
        let session = self.asked.session;
        let key = NaturalKey::Block { session, message, index };
        let hash = |text: &str| place.hasher.hash(text.as_bytes());
        let event = match &block.kind {
            BlockKind::Text(text) => {
                let kind = Kind::Response(Response { text: text.as_str().into() });
                place.event(&key, at, hash(text), kind)
            }
            BlockKind::Thinking(text) => {
                let kind = Kind::Thinking(Thinking { text: text.as_str().into() });
                // What is withheld contradicts nothing.
                let content = match text.as_str() {
                    "" => ContentHash(0),
                    text if self.asked.client == gemini::CLIENT => hash(&gemini::spaced(text)),
                    text => hash(text),
                };
                place.event(&key, at, content, kind)
            }
            BlockKind::ToolResult { call, output, failed } => {
                let asked = NaturalKey::ToolCall { session, message, call };
                let key = NaturalKey::ToolResult { session, message, call };
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
                let key = NaturalKey::ToolCall { session, message, call: id };
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

    /// The item that the block `index` is, where the client's transcript knows blocks by their
    /// items and not by the answer that they are part of.
    fn item(&self, index: u32) -> Option<&str> {
        let is_codex = self.asked.client == codex::CLIENT;
        self.reply.items.get(&index).map(String::as_str).filter(|_| is_codex)
    }

    fn model_call(&self, finished: bool, at: Timestamp, place: Place<'_>) -> Event<Sensitive> {
        let provider = self.asked.provider;
        let message = self.reply.id.as_str();
        // Only Anthropic's clients keep the request's id, so only there another witness knows it.
        let keeps = provider == "anthropic" && self.asked.client != WITHOUT_REQUESTS;
        let request = self.request.as_deref().filter(|_| keeps);
        let request = request.unwrap_or_default();
        let named = if self.asked.client == codex::CLIENT { codex::PROVIDER } else { provider };
        let key = NaturalKey::ModelCall { provider: named, message, request };
        let model = if self.reply.model.is_empty() { &self.asked.model } else { &self.reply.model };
        let first_byte = self.first_byte.unwrap_or(at);
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: model.as_str().into(),
            message: message.into(),
            request: self.request.as_deref().map(Sensitive::from),
            stop_reason: self.reply.stop_reason.as_deref().map(Sensitive::from),
            usage: self.reply.usage,
            cost: None,
            rank: if finished { CallRank::Wire } else { CallRank::Partial },
            latency_us: Some(micros_between(self.began, at)),
            first_byte_us: Some(micros_between(self.request_end, first_byte)),
            status: self.status,
        });
        let mut event = place.event(&key, first_byte, ContentHash(0), kind);
        event.seen_at = at;
        self.within(event)
    }

    fn error(&self, end: End, place: Place<'_>) -> Event<Sensitive> {
        let what = "api_error";
        let key = NaturalKey::Occurrence { source: place.source, number: end.number, what };
        let said = self.reply.error.as_deref().unwrap_or("the answer names no reason");
        let text = match self.status {
            Some(status) => format!("HTTP {status}: {said}"),
            None => said.to_owned(),
        };
        let text = match self.limits.as_slice() {
            [] => text,
            limits => format!("{text} ({})", limits.join(", ")),
        };
        let content = place.hasher.hash(text.as_bytes());
        let kind = Kind::System(System { name: what.into(), text: text.into() });
        self.within(place.event(&key, end.at, content, kind))
    }
}

/// The client that keeps the ids of Anthropic's answers and not those of requests.
const WITHOUT_REQUESTS: &str = "pi";

/// Header fields that name the request, as the providers spell them.
const REQUEST_IDS: [&str; 5] =
    ["request-id", "x-request-id", "apim-request-id", "x-amzn-requestid", "x-goog-request-id"];

/// Too Many Requests.
const TOO_MANY: u16 = 429;
/// The most header fields about limits that are told, and the most characters of each.
const LIMITS_MAX: usize = 16;
const LIMIT_MAX: usize = 128;

/// The header fields that tell of limits, as they came.
fn limits(fields: &Fields) -> Vec<String> {
    let tell = fields.iter().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_limit = name == "retry-after" || name.contains("ratelimit");
        let value = str::from_utf8(value).ok().filter(|_| is_limit)?;
        Some(format!("{name}: {}", value.trim()).chars().take(LIMIT_MAX).collect())
    });
    tell.take(LIMITS_MAX).collect()
}

fn micros_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or(0)
}
