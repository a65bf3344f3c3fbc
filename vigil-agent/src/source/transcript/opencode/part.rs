//! The parts of messages: texts, tool calls, and what each step of the model used.

use serde_json::value::RawValue;
use vigil_proto::{
    Batch, ContentHash, Cost, Event, Kind, Money, NaturalKey, Outcome, Sensitive, Usage,
    batch::TitleRank,
    event::{CallRank, ModelCall, Prompt, Response, Thinking, ToolCall, ToolResult},
};

use super::{
    CLIENT, Parser,
    record::{Part, PartChange, Tokens, ToolState},
};
use crate::source::{
    claude_code::{self, Output},
    transcript::{parser::facts_of, seat::Seat, text},
};

/// How the client says that the user refused a call, and that a rule of the configuration did.
const REJECTED: &str = "The user rejected permission to use this specific tool call";
const FORBIDDEN: &str = "The user has specified a rule which prevents you from using";

/// The tool that runs commands.
const SHELL: &str = "bash";

/// How the client says that a command did not begin, or was broken off, for reasons of its own.
const CLIENTS_OWN: [&str; 7] = [
    "Tool execution aborted",
    "Cancelled",
    "The bash tool was called with invalid arguments",
    "Invalid",
    "The user ",
    "Failed to parse command",
    "Unknown",
];

impl Parser<'_> {
    pub(super) fn part(
        &mut self,
        change: &PartChange,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let part = &change.part;
        if self.is_excluded(&part.session_id) {
            batch.count("skip.excluded", 1);
            return;
        }
        let own = part.time.as_ref().and_then(|time| time.end.or(time.start));
        let at = own.or(change.time);
        match part.kind.as_str() {
            "text" => {
                let user = self.state.enter(&part.session_id).message(&part.message_id).user;
                let seat = self.seat(&part.session_id, &part.id, at, position, batch);
                let text = part.text.as_deref().unwrap_or_default();
                if part.synthetic {
                    self.context.system("injected", text, &seat, batch);
                } else if user {
                    self.prompt(part, text, &seat, batch);
                } else if is_complete(part) {
                    let content = self.context.hash(text.as_bytes());
                    let kind = Kind::Response(Response { text: text.into() });
                    self.own_event(&part.id, content, kind, &seat, batch);
                }
            }
            "reasoning" if is_complete(part) => {
                let seat = self.seat(&part.session_id, &part.id, at, position, batch);
                let text = part.text.as_deref().unwrap_or_default();
                let content = self.context.hash(text.as_bytes());
                let kind = Kind::Thinking(Thinking { text: text.into() });
                self.own_event(&part.id, content, kind, &seat, batch);
            }
            "reasoning" => {}
            "tool" => self.tool(part, change.time, position, batch),
            "step-finish" => self.step(part, at, position, batch),
            // What stands in the working tree is kept by the client for its own undoing.
            "step-start" | "patch" | "snapshot" => batch.count("skip.part.snapshot", 1),
            "file" => {
                let seat = self.seat(&part.session_id, &part.id, at, position, batch);
                let name = part.filename.as_deref().unwrap_or_default();
                self.context.system("attached-file", name, &seat, batch);
            }
            "retry" => {
                let seat = self.seat(&part.session_id, &part.id, at, position, batch);
                let error = part.error.as_deref().map_or("", RawValue::get);
                self.context.system("retry", error, &seat, batch);
            }
            kind => {
                let seat = self.seat(&part.session_id, &part.id, at, position, batch);
                let text = part.text.as_deref().unwrap_or_default();
                batch.count("read.unknown-block", 1);
                self.context.system(&format!("block:{kind}"), text, &seat, batch);
            }
        }
    }

    fn own_event(
        &self,
        id: &str,
        content: ContentHash,
        kind: Kind<Sensitive>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let key = NaturalKey::Record { session, record: id };
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { incomplete_key: true, ..event });
    }

    /// A prompt begins a turn.
    fn prompt(&mut self, part: &Part, said: &str, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let Some(id) = seat.session else { return };
        let content = self.context.hash(said.as_bytes());
        let session = self.state.enter(&part.session_id);
        let key = NaturalKey::Prompt { session: id, after: &session.after, text: content };
        let turn = key.id();
        session.turn = Some(turn);
        if !session.titled
            && let Some(title) = text::title_of(said)
        {
            session.titled = true;
            let facts = facts_of(CLIENT, &part.session_id, batch);
            if facts.title.is_none() {
                facts.title = Some((TitleRank::FirstPrompt, title.into()));
            }
        }
        let kind = Kind::Prompt(Prompt { text: said.into() });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { turn: Some(turn), incomplete_key: true, ..event });
    }

    /// A tool call is told once its input is complete, and its result when there is one.
    fn tool(
        &mut self,
        part: &Part,
        written: Option<i64>,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let (Some(call), Some(state)) = (part.call_id.as_deref(), &part.state) else {
            batch.count("read.result-without-call", 1);
            return;
        };
        let time = state.time.as_ref();
        let ended = matches!(state.status.as_str(), "completed" | "error");
        if !ended && state.status != "running" {
            return;
        }
        let message = part.message_id.as_str();
        if self.state.enter(&part.session_id).message(message).is_new(call) {
            let began = time.and_then(|time| time.start).or(written);
            let seat = self.seat(&part.session_id, &part.id, began, position, batch);
            self.tool_call(part, state, call, &seat, batch);
        }
        if ended {
            let end = time.and_then(|time| time.end).or(written);
            let seat = self.seat(&part.session_id, &part.id, end, position, batch);
            self.tool_result(part, state, call, &seat, batch);
        }
    }

    fn tool_call(
        &self,
        part: &Part,
        state: &ToolState,
        call: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let raw = state.input.as_deref().map_or("{}", RawValue::get);
        let input = claude_code::canonical_input(raw).unwrap_or_else(|| raw.to_owned());
        let name = part.tool.clone().unwrap_or_default();
        let content = claude_code::hash_call(self.context.rules.hasher, &name, &input);
        let key = NaturalKey::ToolCall { session, message: &part.message_id, call };
        let outcome = Outcome::Requested;
        let kind = Kind::ToolCall(ToolCall { name: name.into(), input: input.into(), outcome });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { tool_call: Some(call.into()), incomplete_key: true, ..event });
    }

    fn tool_result(
        &self,
        part: &Part,
        state: &ToolState,
        call: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let message = part.message_id.as_str();
        let failed = state.status == "error";
        let said = if failed { &state.error } else { &state.output };
        let text = said.as_deref().unwrap_or_default();
        let denied_by = if failed { denied_by(part, state, text) } else { None };
        let runs = part.tool.as_deref() == Some(SHELL);
        let outcome = match denied_by {
            Some(_) => Outcome::Denied,
            None if failed && claude_code::is_interrupted(text, true) => Outcome::Interrupted,
            None if failed || runs && state.exit().unwrap_or(0) != 0 => Outcome::Failed,
            None => Outcome::Executed,
        };
        let content = Output::of(&[claude_code::Part::Text(text)]).hash(self.context.rules.hasher);
        let key = NaturalKey::ToolResult { session, message, call };
        let kind = Kind::ToolResult(ToolResult {
            call: Some(NaturalKey::ToolCall { session, message, call }.id()),
            text: text.into(),
            outcome,
            denied_by: denied_by.map(Sensitive::from),
        });
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { tool_call: Some(call.into()), incomplete_key: true, ..event });
    }

    /// The end of a step is one call of the model.
    fn step(&mut self, part: &Part, at: Option<i64>, position: u64, batch: &mut Batch<Sensitive>) {
        let Some(tokens) = part.tokens else {
            batch.count("read.odd-shape", 1);
            return;
        };
        let seat = self.seat(&part.session_id, &part.id, at, position, batch);
        let session = self.state.enter(&part.session_id);
        session.after.clone_from(&part.message_id);
        let known = session.message(&part.message_id);
        let provider = provider(&known.provider);
        let model = known.model.clone();
        // Several steps of one message, which older versions have, are calls of their own.
        let first = known.step(&part.id) == 0;
        let message = if first { part.message_id.clone() } else { part.id.clone() };
        let key = NaturalKey::ModelCall { provider, message: &message, request: "" };
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: model.into(),
            // Not the provider's.
            message: "".into(),
            request: None,
            stop_reason: part.reason.as_deref().map(Sensitive::from),
            usage: usage(tokens),
            cost: part.cost.and_then(cost),
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        let event = self.context.event(&seat, &key, ContentHash(0), kind);
        batch.events.push(Event { incomplete_key: true, ..event });
    }
}

/// Who refused the failed call of which the client says `text`.
///
/// A plugin throws what it likes. It does so before the tool has begun: a command that has begun
/// has metadata, and what else keeps one from beginning has words of the client's own.
fn denied_by(part: &Part, state: &ToolState, text: &str) -> Option<&'static str> {
    let starts = |start: &&str| text.starts_with(*start);
    match () {
        () if starts(&REJECTED) => Some("user"),
        () if starts(&FORBIDDEN) => Some("rule"),
        () if part.tool.as_deref() != Some(SHELL) || state.metadata.is_some() => None,
        () if CLIENTS_OWN.iter().any(starts) => None,
        () => Some("hook"),
    }
}

/// True when the client will not write this text again.
fn is_complete(part: &Part) -> bool {
    part.time.as_ref().is_none_or(|time| time.end.is_some())
}

/// The client counts reasoning beside the output, or within it where the provider does; its own
/// total tells which. Cached tokens stand beside the input.
fn usage(tokens: Tokens) -> Usage {
    let cached = tokens.cache.read.saturating_add(tokens.cache.write);
    let without = tokens.input.saturating_add(tokens.output).saturating_add(cached);
    let within = tokens.total == Some(without);
    let output =
        if within { tokens.output } else { tokens.output.saturating_add(tokens.reasoning) };
    Usage {
        input: tokens.input,
        cache_read: tokens.cache.read,
        cache_write_5m: tokens.cache.write,
        cache_write_1h: 0,
        output,
        reasoning: tokens.reasoning,
    }
}

/// The client's own figure in USD. It says 0 where it knows no price.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn cost(usd: f64) -> Option<Cost> {
    let nano = (usd * 1e9).round();
    (nano.is_finite() && nano > 0.0)
        .then_some(Cost { amount: Money::from_nano_usd(nano as i64), estimated: false })
}

/// The client's word for a provider in the words of the record.
fn provider(word: &str) -> &'static str {
    match word {
        "anthropic" => "anthropic",
        "openai" => "openai",
        "google" => "gcp.gemini",
        "amazon-bedrock" => "aws.bedrock",
        "cohere" => "cohere",
        "ollama" => "ollama",
        _ => "openai-compatible",
    }
}

#[cfg(test)]
mod tests;
