//! What the model answered: one line holds one block (or several, in other versions), and
//! repeats the answer's id and usage.

use serde_json::value::RawValue;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Outcome, Sensitive, Usage,
    event::{CallRank, ModelCall, Response, System, Thinking, ToolCall, ToolResult},
};

use super::{
    Parser,
    record::{Block, Content, Record},
    state::{BlockKind, Seen},
    user,
};
use crate::source::{
    claude_code::{self, Output},
    transcript::{seat::Seat, text::Text},
};

const PROVIDER: &str = "anthropic";

/// The tool that runs commands.
const SHELL: &str = "Bash";

/// The model name of answers that the client made up itself (errors, interruptions).
const SYNTHETIC: &str = "<synthetic>";

impl Parser<'_> {
    pub(super) fn assistant(
        &mut self,
        record: &Record<'_>,
        line: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(message) = &record.message else {
            self.context.unknown("assistant", line, seat, batch);
            return;
        };
        let model = message.model.as_ref().map_or("", Text::as_str);
        if record.is_api_error_message == Some(true) || model == SYNTHETIC {
            let text = user::flatten(&message.content);
            self.context.system("synthetic-answer", &text.shown, seat, batch);
            return;
        }
        let id = message.id.as_ref().map(Text::as_str).or(seat.record.as_deref());
        let (Some(id), Some(_)) = (id, seat.session) else {
            self.context.unknown("assistant", line, seat, batch);
            return;
        };
        self.model_call(record, id, seat, batch);
        match &message.content {
            Content::Text(text) => {
                let block = Block { text: Some(text.clone()), ..Block::default() };
                self.block(&block, "text", id, record.api_block_index, seat, batch);
            }
            Content::Blocks(blocks) => {
                for (n, block) in (0..).zip(blocks) {
                    let kind = block.kind.as_ref().map_or("", Text::as_str);
                    let given = record.api_block_index.map(|first| first.saturating_add(n));
                    self.block(block, kind, id, given, seat, batch);
                }
            }
            Content::Other => batch.count("read.empty-answer", 1),
        }
    }

    /// The call itself, at its first line and whenever a later line says something new.
    fn model_call(
        &mut self,
        record: &Record<'_>,
        id: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(message) = &record.message else { return };
        let thread = self.state.thread(seat.thread.as_deref());
        let (answer, reopened) = thread.answer(id);
        if let Content::Blocks(blocks) = &message.content {
            answer.split |= blocks.iter().any(is_split);
        }
        if let Some(request) = &record.request_id
            && answer.request.is_empty()
        {
            request.as_str().clone_into(&mut answer.request);
        }
        let request = record.request_id.as_ref().map_or(answer.request.as_str(), Text::as_str);
        let key = NaturalKey::ModelCall { provider: PROVIDER, message: id, request };
        let stop = message.stop_reason.as_ref().map(Text::as_str);
        if let Some(usage) = message.usage {
            let usage = Usage::from(usage);
            let said = self.context.rules.hasher.hash(&said(&usage, stop)).0;
            if answer.usage != said {
                answer.usage = said;
                let model = message.model.as_ref().map_or("", Text::as_str);
                let call = ModelCall {
                    provider: PROVIDER,
                    model: model.into(),
                    message: id.into(),
                    request: (!request.is_empty()).then(|| request.into()),
                    stop_reason: stop.map(Sensitive::from),
                    usage,
                    cost: None,
                    rank: if stop.is_some() { CallRank::Stopped } else { CallRank::Partial },
                    latency_us: None,
                    first_byte_us: None,
                    status: None,
                };
                let kind = Kind::ModelCall(call);
                batch.events.push(seat.event(&key, ContentHash(0), self.context.now(), kind));
            }
        }
        if !reopened {
            id.clone_into(&mut thread.after);
        }
    }

    fn block(
        &mut self,
        block: &Block<'_>,
        kind: &str,
        message: &str,
        given: Option<u32>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let text = |text: &Option<Text<'_>>| text.as_ref().map_or("", Text::as_str).to_owned();
        let hasher = self.context.rules.hasher;
        let (group, content, call, payload) = match kind {
            "text" => {
                let text = text(&block.text);
                let content = hasher.hash(text.as_bytes());
                let payload = Kind::Response(Response { text: text.into() });
                (BlockKind::Text, content, None, payload)
            }
            "thinking" | "redacted_thinking" => {
                let text = text(&block.thinking);
                let content = hasher.hash(text.as_bytes());
                let payload = Kind::Thinking(Thinking { text: text.into() });
                (BlockKind::Thinking, content, None, payload)
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                let name = text(&block.name);
                let input = input(block);
                let content = claude_code::hash_call(hasher, &name, &input);
                let outcome = Outcome::Requested;
                let call = ToolCall { name: name.into(), input: input.into(), outcome };
                (BlockKind::Call, content, block.id.as_ref(), Kind::ToolCall(call))
            }
            _ if kind.ends_with("tool_result") => {
                let flat = user::flatten(&block.content);
                let content = flat.hash(hasher);
                let payload = Kind::ToolResult(server_result(block, message, seat, flat));
                (BlockKind::Other, content, block.tool_use_id.as_ref(), payload)
            }
            _ => {
                batch.count("read.unknown-block", 1);
                let text = block.text.as_ref().map_or("", Text::as_str);
                let content = hasher.hash(text.as_bytes());
                let name = format!("block:{kind}");
                let payload = Kind::System(System { name: name.into(), text: text.into() });
                (BlockKind::Other, content, None, payload)
            }
        };
        let call = call.map(Text::as_str);
        let hidden = matches!(&payload, Kind::Thinking(thinking) if thinking.text.is_empty());
        let seen = Seen {
            kind: group,
            index: 0,
            // Thinking whose text is withheld is told apart by its signature.
            content: match &block.signature {
                Some(signature) if hidden => hasher.hash(signature.as_str().as_bytes()).0,
                _ => content.0,
            },
            call: call.map(str::to_owned),
            runs: block.name.as_ref().is_some_and(|name| name.as_str() == SHELL),
        };
        let (answer, reopened) = self.state.thread(seat.thread.as_deref()).answer(message);
        let index = answer.place(&seen, given, reopened);
        let key = match (&payload, call) {
            (Kind::ToolCall(_), Some(call)) => NaturalKey::ToolCall { session, message, call },
            (Kind::ToolResult(_), Some(call)) => NaturalKey::ToolResult { session, message, call },
            _ => NaturalKey::Block { session, message, index },
        };
        // What is withheld contradicts nothing.
        let content = if hidden { ContentHash(0) } else { content };
        let event = seat.event(&key, content, self.context.now(), payload);
        batch.events.push(Event { tool_call: call.map(Sensitive::from), ..event });
    }
}

/// The result of a tool that the provider ran itself, within the answer.
fn server_result(
    block: &Block<'_>,
    message: &str,
    seat: &Seat,
    flat: Output,
) -> ToolResult<Sensitive> {
    let call =
        block.tool_use_id.as_ref().zip(seat.session).map(|(call, session)| {
            NaturalKey::ToolCall { session, message, call: call.as_str() }.id()
        });
    let failed = block.is_error == Some(true);
    ToolResult {
        call,
        text: flat.shown.into(),
        outcome: if failed { Outcome::Failed } else { Outcome::Executed },
        denied_by: None,
    }
}

/// A tool call's input in its one form.
fn input(block: &Block<'_>) -> String {
    let raw = block.input.map_or("{}", RawValue::get);
    claude_code::canonical_input(raw).unwrap_or_else(|| raw.to_owned())
}

/// True for blocks whose answer may have several texts in a row.
fn is_split(block: &Block<'_>) -> bool {
    let kind = block.kind.as_ref().map_or("", Text::as_str);
    block.citations.is_some()
        || kind.starts_with("server_")
        || kind.starts_with("mcp_")
        || kind.ends_with("_tool_result")
}

/// Bytes that differ when usage or stop reason differ.
fn said(usage: &Usage, stop: Option<&str>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for tokens in [
        usage.input,
        usage.cache_read,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.output,
        usage.reasoning,
    ] {
        bytes.extend_from_slice(&tokens.to_le_bytes());
    }
    bytes.extend_from_slice(stop.unwrap_or_default().as_bytes());
    bytes
}
