//! What the model answers, what that used and what it cost.

use serde_json::Value;
use vigil_proto::{
    Batch, ContentHash, Cost, Event, Kind, Money, NaturalKey, Outcome, Sensitive, SessionId, Usage,
    event::{CallRank, ModelCall, Response, Thinking, ToolCall},
};

use super::{
    Parser, name,
    record::{Block, Message, Used},
    state::Asked,
    tool,
};
use crate::source::{claude_code, transcript::seat::Seat};

/// How the client says that an answer was cut short or never came.
const FAILURES: [&str; 2] = ["error", "aborted"];

impl Parser<'_> {
    /// An answer: its call of the model, then its blocks.
    pub(super) fn answer(
        &mut self,
        answer: &Message,
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let own = answer.response_id.as_deref().filter(|id| !id.is_empty()).map(name);
        let record = seat.record.clone().unwrap_or_default();
        let message = own.clone().unwrap_or(record);
        let used = answer.usage.unwrap_or_default();
        let stop = answer.stop_reason.as_deref();
        let failed = stop.is_some_and(|stop| FAILURES.contains(&stop));
        if let Some(error) = answer.error.as_deref().filter(|_| failed) {
            self.context.system("error", error, seat, batch);
        }
        let is_nothing = used.input == 0 && used.output == 0;
        if !(failed && is_nothing) {
            self.model_call(answer, own.as_deref(), used, seat, batch);
        }
        for (index, block) in (0..).zip(answer.content.blocks()) {
            self.block(block, (&message, index, own.is_some()), session, seat, batch);
        }
        self.state.after = message;
    }

    fn model_call(
        &self,
        answer: &Message,
        own: Option<&str>,
        used: Used,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let provider = provider(answer);
        let record = seat.record.as_deref().unwrap_or_default();
        let key = NaturalKey::ModelCall { provider, message: own.unwrap_or(record), request: "" };
        let model = answer.response_model.as_deref().or(answer.model.as_deref());
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: model.unwrap_or_default().into(),
            message: own.unwrap_or_default().into(),
            request: None,
            stop_reason: answer.stop_reason.as_deref().map(Sensitive::from),
            usage: usage(used),
            cost: cost(used.cost.total),
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        let event = self.context.event(seat, &key, ContentHash(0), kind);
        batch.events.push(Event { incomplete_key: own.is_none(), ..event });
    }

    /// A block of the answer `message`, whose id is the provider's own or not.
    fn block(
        &mut self,
        block: &Block,
        (message, index, is_own): (&str, u32, bool),
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        let (content, kind) = match block.kind.as_str() {
            "text" => {
                let text = said(&block.text);
                (self.context.hash(text.as_bytes()), Kind::Response(Response { text: text.into() }))
            }
            "thinking" => {
                let text = said(&block.thinking);
                // What is withheld contradicts nothing.
                let content = match text.as_str() {
                    "" => ContentHash(0),
                    text => self.context.hash(text.as_bytes()),
                };
                (content, Kind::Thinking(Thinking { text: text.into() }))
            }
            "toolCall" => {
                self.call(block, (message, is_own), session, seat, batch);
                return;
            }
            kind => {
                batch.count("read.unknown-block", 1);
                let what = format!("block:{kind}");
                self.context.system(&what, &said(&block.text), seat, batch);
                return;
            }
        };
        let key = NaturalKey::Block { session, message, index };
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { incomplete_key: !is_own, ..event });
    }

    fn call(
        &mut self,
        block: &Block,
        (message, is_own): (&str, bool),
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let call = tool::number(block.id.as_deref().unwrap_or_default());
        let tool = block.name.as_deref().unwrap_or_default();
        // A value is written with sorted keys and no spaces, as the proxy's are.
        let input = block.arguments.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
        let content = claude_code::hash_call(self.context.rules.hasher, tool, &input);
        let key = NaturalKey::ToolCall { session, message, call: &call };
        let outcome = Outcome::Requested;
        let kind = Kind::ToolCall(ToolCall { name: tool.into(), input: input.into(), outcome });
        let event = self.context.event(seat, &key, content, kind);
        let tool_call = Some(call.as_str().into());
        batch.events.push(Event { tool_call, incomplete_key: !is_own, ..event });
        self.state.asks(Asked { call, message: message.to_owned() });
    }
}

/// In the normal form, which is the client's own.
fn usage(used: Used) -> Usage {
    Usage {
        input: used.input,
        cache_read: used.cache_read,
        cache_write_5m: used.cache_write,
        cache_write_1h: 0,
        output: used.output,
        reasoning: 0,
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
fn provider(answer: &Message) -> &'static str {
    match answer.provider.as_deref().unwrap_or_default() {
        "anthropic" => "anthropic",
        "openai" | "openai-codex" => "openai",
        "google" => "gcp.gemini",
        "google-vertex" => "gcp.vertex_ai",
        "amazon-bedrock" => "aws.bedrock",
        "azure-openai-responses" => "azure.ai.openai",
        "github-copilot" => "github.copilot",
        "deepseek" => "deepseek",
        "xai" => "x_ai",
        "groq" => "groq",
        "openrouter" => "openrouter",
        "mistral" => "mistral_ai",
        "fireworks" => "fireworks",
        _ if answer.api.as_deref() == Some("anthropic-messages") => "anthropic",
        _ => "openai-compatible",
    }
}
