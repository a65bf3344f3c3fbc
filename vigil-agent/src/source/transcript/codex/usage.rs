//! The tokens of answers: told for each with its id, and by old versions as a sum that grows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive, Usage,
    event::{CallRank, ModelCall},
};

use super::{Parser, meta::id};
use crate::source::{openai::codex::PROVIDER, transcript::seat::Seat};

/// A count as the client writes it: cached tokens are part of the input, reasoning is part of the
/// output.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    #[serde(rename = "input_tokens")]
    input: u64,
    #[serde(rename = "cached_input_tokens")]
    cached: u64,
    #[serde(rename = "output_tokens")]
    output: u64,
    #[serde(rename = "reasoning_output_tokens")]
    reasoning: u64,
    #[serde(rename = "total_tokens")]
    total: u64,
}

impl Tokens {
    fn read(counts: Option<&Value>) -> Option<Self> {
        serde_json::from_value(counts?.clone()).ok()
    }

    /// In the normal form.
    fn usage(self) -> Usage {
        let cached = self.cached.min(self.input);
        Usage {
            input: self.input - cached,
            cache_read: cached,
            output: self.output,
            reasoning: self.reasoning.min(self.output),
            ..Usage::default()
        }
    }

    /// What came since `before`; none when this is not a later sum.
    fn since(self, before: Self) -> Option<Self> {
        Some(Self {
            input: self.input.checked_sub(before.input)?,
            cached: self.cached.checked_sub(before.cached)?,
            output: self.output.checked_sub(before.output)?,
            reasoning: self.reasoning.checked_sub(before.reasoning)?,
            total: self.total.saturating_sub(before.total),
        })
    }

    const fn is_nothing(self) -> bool {
        self.input == 0 && self.output == 0
    }
}

impl Parser<'_> {
    /// The tokens of one answer, and its id.
    pub(super) fn usage_record(
        &mut self,
        record: &Value,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let (Some(message), Some(tokens)) =
            (id(record, "response_id"), Tokens::read(record.get("usage")))
        else {
            batch.count("read.odd-usage", 1);
            self.context.system("token_usage_record", &record.to_string(), seat, batch);
            return;
        };
        self.state.recorded = true;
        self.state.after.clone_from(&message);
        let call = self.model_call(&message, tokens, seat);
        batch.events.push(call);
    }

    /// All tokens of the thread so far. Versions that tell of no answer by itself say this after
    /// each, and now and then again.
    pub(super) fn token_count(&mut self, count: &Value, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let total = Tokens::read(count.pointer("/info/total_token_usage"));
        let Some(total) = total.filter(|_| !self.state.recorded) else {
            batch.count("skip.token-count", 1);
            return;
        };
        let before = self.state.total.replace(total);
        let last = || Tokens::read(count.pointer("/info/last_token_usage"));
        let added = match total.since(before.unwrap_or_default()) {
            // A sum that goes on from another thread's begins with what is not this one's.
            Some(_) if before.is_none() => last().unwrap_or(total),
            Some(added) => added,
            None => last().unwrap_or(total),
        };
        if added.is_nothing() {
            batch.count("skip.token-count", 1);
            return;
        }
        let owner = self.state.turn_id.as_deref().or(self.state.thread.as_deref());
        let owner = owner.or_else(|| self.native()).unwrap_or_default();
        let message = format!("{owner}+{}", total.total);
        self.state.after.clone_from(&message);
        let mut call = self.model_call(&message, added, seat);
        // The name is ours: the answer's id is what only the proxy knows.
        call.incomplete_key = true;
        if let Kind::ModelCall(call) = &mut call.kind {
            call.message = "".into();
        }
        batch.events.push(call);
    }

    fn model_call(&self, message: &str, tokens: Tokens, seat: &Seat) -> Event<Sensitive> {
        let key = NaturalKey::ModelCall { provider: PROVIDER, message, request: "" };
        let kind = Kind::ModelCall(ModelCall {
            provider: provider(self.state.provider.as_deref().unwrap_or_default()),
            model: self.state.model.as_deref().unwrap_or_default().into(),
            message: message.into(),
            request: None,
            stop_reason: None,
            usage: tokens.usage(),
            cost: None,
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        self.context.event(seat, &key, ContentHash(0), kind)
    }
}

/// Who answers, by the user's own word for it. A word that is not known is a way to `OpenAI`, or
/// what asks to be taken for one.
fn provider(word: &str) -> &'static str {
    match word {
        "azure" => "azure.ai.openai",
        "openrouter" => "openrouter",
        "ollama" | "oss" | "lmstudio" => "openai-compatible",
        "amazon-bedrock" => "aws.bedrock",
        _ => PROVIDER,
    }
}

#[cfg(test)]
mod tests;
