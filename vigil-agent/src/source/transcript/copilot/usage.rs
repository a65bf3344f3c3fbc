//! The tokens of each call of the model.

use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive, Usage, event::ModelCall,
};

use super::{
    Parser, RANK, name,
    record::{Compaction, Spent, Used},
    state::Server,
};
use crate::source::{claude_code::COMPACTION, transcript::seat::Seat};

/// Who answers when nothing else is said: GitHub, under the user's subscription.
const COPILOT: &str = "github.copilot";

impl Parser<'_> {
    /// One call of the model. The client's own figure is in requests of a subscription and not in
    /// money, so the price table has to tell.
    pub(super) fn used(&mut self, used: &Used, seat: &Seat, batch: &mut Batch<Sensitive>) -> bool {
        let tokens = &used.usage;
        self.state.thread(seat.thread.as_deref()).messages =
            tokens.api_endpoint.as_deref() == Some("/v1/messages");
        self.state.server = Server {
            is_byok: tokens.is_byok,
            model_provider: tokens.model_provider.clone(),
            provider_type: tokens.provider_type.clone(),
        };
        self.model_call(tokens, tokens.provider_call_id.as_ref(), seat, batch);
        true
    }

    /// The conversation was cut short. No usage record tells of the call that summed it up.
    pub(super) fn compacted(
        &self,
        compaction: &Compaction,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) -> bool {
        let summary = compaction.summary_content.as_deref().unwrap_or_default();
        self.context.system(COMPACTION, summary.trim(), seat, batch);
        match &compaction.spent {
            // The sum of several calls is none that another witness could know.
            Some(spent) if spent.request_count.unwrap_or(1) > 1 => {
                batch.count("read.compaction-in-several-calls", 1);
            }
            Some(spent) => self.model_call(spent, compaction.request_id.as_ref(), seat, batch),
            None => {}
        }
        true
    }

    fn model_call(
        &self,
        tokens: &Spent,
        request: Option<&String>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let (provider, named) = provider(&self.state.server);
        let own = tokens.api_call_id.clone().filter(|id| !id.is_empty()).map(name);
        let message = own.clone().unwrap_or_default();
        // For GitHub's own models this is another number than the answer's.
        let request = request.cloned().filter(|_| provider == "anthropic");
        let request = request.filter(|request| !request.is_empty()).map(name);
        let record = seat.record.as_deref().unwrap_or_default();
        let key = NaturalKey::ModelCall {
            provider: named,
            message: own.as_deref().unwrap_or(record),
            request: request.as_deref().unwrap_or_default(),
        };
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: tokens.model.as_str().into(),
            message: message.into(),
            request: request.as_deref().map(Sensitive::from),
            stop_reason: tokens.finish_reason.as_deref().map(Sensitive::from),
            usage: usage(tokens),
            cost: None,
            rank: RANK,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        let event = self.context.event(seat, &key, ContentHash(0), kind);
        batch.events.push(Event { incomplete_key: own.is_none(), ..event });
    }
}

/// In the normal form. Whoever answers, what was read from a cache and written to one is part of
/// the input, and reasoning is part of the output.
fn usage(tokens: &Spent) -> Usage {
    let (read, write) = (tokens.cache_read_tokens, tokens.cache_write_tokens);
    Usage {
        input: tokens.input_tokens.saturating_sub(read).saturating_sub(write),
        cache_read: read,
        cache_write_5m: write,
        cache_write_1h: 0,
        output: tokens.output_tokens,
        reasoning: tokens.reasoning_tokens.unwrap_or_default().min(tokens.output_tokens),
    }
}

/// Who answers, and how the proxy calls it, which knows only the host. A server of the user's own
/// that speaks as `OpenAI` does has the prices of the models it names.
fn provider(server: &Server) -> (&'static str, &'static str) {
    let kind = server.provider_type.as_deref().unwrap_or_default();
    match (kind, server.model_provider.as_deref().unwrap_or_default()) {
        _ if !server.is_byok => (COPILOT, COPILOT),
        ("anthropic", _) => ("anthropic", "anthropic"),
        ("azure", _) | (_, "azure_openai") => ("azure.ai.openai", "azure.ai.openai"),
        (_, "openai") => ("openai", "openai"),
        ("openai", _) => ("openai", "openai-compatible"),
        _ => ("openai-compatible", "openai-compatible"),
    }
}
