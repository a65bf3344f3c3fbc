//! What is said to the model, and its answers.

use serde_json::Value;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive, Usage,
    batch::TitleRank,
    event::{CallRank, ModelCall, Prompt, Response, Thinking},
};

use super::{
    Parser, fact,
    record::Line,
    state::{State, Tokens},
};
use crate::source::{
    claude_code::{Part, Spoken},
    json::{items, str_field, text_of},
    openai::injected,
    transcript::{seat::Seat, text},
};

impl Parser<'_> {
    pub(super) fn spoken(
        &mut self,
        line: &Line,
        message: &Value,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let parts: Vec<_> = items(message, "parts").iter().map(shown).collect();
        let spoken = Spoken::apart(&parts, injected);
        for (name, text) in &spoken.own {
            self.context.once(name, text, seat, batch);
        }
        if spoken.shown.is_empty() {
            return;
        }
        if let Some(what @ ("notification" | "cron")) = line.subtype.as_deref() {
            self.context.system(what, &spoken.shown, seat, batch);
            return;
        }
        if !self.state.titled && !spoken.shown.starts_with('/') {
            self.state.titled = true;
            if let Some(title) = text::title_of(&spoken.shown)
                && let Some(facts) = self.facts(batch)
                && facts.title.is_none()
            {
                facts.title = Some((TitleRank::FirstPrompt, title.into()));
            }
        }
        let content = self.context.hash(spoken.said.as_bytes());
        let key = NaturalKey::Prompt { session, after: &self.state.after, text: content };
        let turn = Some(key.id());
        let kind = Kind::Prompt(Prompt { text: spoken.shown.into() });
        let event = self.context.event(seat, &key, content, kind);
        self.state.turn = turn;
        batch.events.push(Event { turn, incomplete_key: true, ..event });
    }

    pub(super) fn answer(
        &mut self,
        line: &Line,
        message: &Value,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let record = seat.record.as_deref().unwrap_or_default();
        let counts = line.usage_metadata.as_deref();
        let counts = counts.and_then(|counts| serde_json::from_str::<Value>(counts.get()).ok());
        let tokens = counts.map(|counts| tokens(&counts, METADATA));
        let told = tokens.and_then(|tokens| self.state.answers(tokens));
        let is_told = told.is_some();
        let id = told.filter(|id| !id.is_empty());
        for (number, part) in items(message, "parts").iter().enumerate() {
            let own = format!("{record}/{number}");
            if let Some(call) = part.get("functionCall") {
                self.tool(id.as_deref().unwrap_or(record), call, &own, seat, batch);
            } else if let Some(text) = text_of(part).filter(|text| !text.is_empty()) {
                let is_thought = part.get("thought").and_then(Value::as_bool).unwrap_or(false);
                let kind = if is_thought {
                    Kind::Thinking(Thinking { text: text.into() })
                } else {
                    Kind::Response(Response { text: text.into() })
                };
                self.own_event(&own, text, kind, seat, batch);
            }
        }
        if let Some(tokens) = tokens.filter(|_| !is_told) {
            self.model_call("", record, fact(line.model.as_ref()), tokens, seat, batch);
        }
        self.state.after = id.unwrap_or_else(|| record.to_owned());
    }

    /// One call of the model: the answer `message`, where the provider's id is known, else that
    /// of `record`.
    pub(super) fn model_call(
        &self,
        message: &str,
        record: &str,
        model: Option<&str>,
        tokens: Tokens,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let model = model.unwrap_or_default();
        let provider = provider(&self.state, model);
        let key = if message.is_empty() { record } else { message };
        let key = NaturalKey::ModelCall { provider, message: key, request: "" };
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: model.into(),
            message: message.into(),
            request: None,
            stop_reason: None,
            usage: usage(tokens),
            cost: None,
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        let event = self.context.event(seat, &key, ContentHash(0), kind);
        batch.events.push(Event { incomplete_key: message.is_empty(), ..event });
    }
}

/// What the client calls prompt, cached, output, thoughts and total with an answer.
const METADATA: [&str; 5] = [
    "promptTokenCount",
    "cachedContentTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "totalTokenCount",
];

/// The counts that have these `names`.
pub(super) fn tokens(counts: &Value, names: [&str; 5]) -> Tokens {
    names.map(|name| counts.get(name).and_then(Value::as_u64).unwrap_or(0))
}

/// In the normal form. The prompt includes cached tokens. The output includes thoughts, but not
/// with every provider: the total tells.
fn usage([prompt, cached, output, thoughts, total]: Tokens) -> Usage {
    let cached = cached.min(prompt);
    let beside = output.saturating_add(thoughts);
    let is_beside = thoughts > 0 && total == prompt.saturating_add(beside);
    let output = if is_beside { beside } else { output };
    Usage {
        input: prompt - cached,
        cache_read: cached,
        output,
        reasoning: thoughts.min(output),
        ..Usage::default()
    }
}

/// Who answers, as far as the files tell: they do not name the host.
fn provider(state: &State, model: &str) -> &'static str {
    let is_openai = ["gpt-", "o1", "o3", "o4", "chatgpt-"];
    match state.auth.as_str() {
        "gemini" => "gcp.gemini",
        "vertex-ai" => "gcp.vertex_ai",
        "anthropic" => "anthropic",
        _ if is_openai.iter().any(|start| model.starts_with(start)) => "openai",
        _ => "openai-compatible",
    }
}

fn shown(part: &Value) -> Part<'_> {
    if let Some(text) = text_of(part) {
        return Part::Text(text);
    }
    let kind = part.as_object().and_then(|fields| fields.keys().next());
    Part::Other {
        kind: kind.map_or("unknown", String::as_str),
        data: part.get("inlineData").map_or(0, |data| str_field(data, "data").len()),
        place: part.get("fileData").map(|file| str_field(file, "fileUri")),
    }
}
