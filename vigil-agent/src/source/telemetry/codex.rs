//! Codex's events, as its version 0.169 tells them. Pure.

use vigil_proto::{
    Outcome, Sensitive, SessionId, Usage,
    event::{CallRank, ModelCall},
};

use super::{
    claude::cut,
    otlp::Attributes,
    told::{Seat, Teller},
};
use crate::source::{
    claude_code::short_id,
    openai::codex::{PROVIDER, fate},
};

/// True when the record was of use, or says what its transcript says better.
pub(super) fn record(
    teller: &mut Teller,
    told: &Attributes<'_>,
    session: SessionId,
    seat: &Seat,
) -> bool {
    let name = told.text("event.name").unwrap_or_default();
    match name.strip_prefix("codex.").unwrap_or(name) {
        // Told twice: when the answer is there, and when its tokens are known.
        "sse_event" if told.text("event.kind") == Some("response.completed") => {
            let Some(call) = call(told) else { return false };
            teller.call(session, seat, call);
        }
        "api_request" => return request(teller, told, session, seat),
        "conversation_starts" => teller.note(session, seat, "conversation-starts", starts(told)),
        "tool_result" => return result(teller, told, session, seat),
        "tool_decision" => return decision(teller, told, session, seat),
        _ => return false,
    }
    true
}

/// Cached tokens are part of the input, reasoning is part of the output.
fn call(told: &Attributes<'_>) -> Option<ModelCall<Sensitive>> {
    let input = told.count("input_token_count")?;
    let output = told.count("output_token_count")?;
    // A connection that is tried out ends like an answer.
    if input == 0 && output == 0 {
        return None;
    }
    let cached = told.count("cached_token_count").unwrap_or(0).min(input);
    let usage = Usage {
        input: input - cached,
        cache_read: cached,
        output,
        reasoning: told.count("reasoning_token_count").unwrap_or(0).min(output),
        ..Usage::default()
    };
    Some(ModelCall {
        provider: PROVIDER,
        model: short_id(told.text("model").unwrap_or_default().into()).as_ref().into(),
        message: "".into(),
        request: None,
        stop_reason: None,
        usage,
        cost: None,
        rank: CallRank::Stopped,
        latency_us: None,
        first_byte_us: None,
        status: None,
    })
}

/// Requests that came to nothing are told nowhere else.
fn request(teller: &mut Teller, told: &Attributes<'_>, session: SessionId, seat: &Seat) -> bool {
    let status = told.count("http.response.status_code");
    let words = told.text("error.message");
    if words.is_none() && status.is_none_or(|status| status < 400) {
        return true;
    }
    let status = status.map(|status| format!("status {status}"));
    let attempt = told.count("attempt").map(|attempt| format!("attempt {attempt}"));
    let all = [words.map(str::to_owned), status, attempt];
    let text = all.into_iter().flatten().collect::<Vec<_>>().join(", ");
    teller.note(session, seat, "api-error", cut(text));
    true
}

/// What the conversation may do without asking.
fn starts(told: &Attributes<'_>) -> String {
    let facts = [
        ("provider", told.text("provider_name")),
        ("approval", told.text("approval_policy")),
        ("sandbox", told.text("sandbox_policy")),
        ("MCP servers", told.text("mcp_servers")),
    ];
    let facts = facts.into_iter().filter_map(|(what, told)| Some(format!("{what}: {}", told?)));
    cut(facts.collect::<Vec<_>>().join(", "))
}

/// The tool's id and its name, as it stands in the conversation.
fn tool<'a>(told: &'a Attributes<'_>) -> Option<(&'a str, String)> {
    let call = told.text("call_id")?;
    let space = told.text("tool_namespace").filter(|space| *space != "functions");
    Some((call, [space.unwrap_or_default(), told.text("tool_name").unwrap_or("tool")].concat()))
}

fn result(teller: &mut Teller, told: &Attributes<'_>, session: SessionId, seat: &Seat) -> bool {
    let Some((call, name)) = tool(told) else { return false };
    let failed = told.flag("success") == Some(false);
    match told.text("output").map_or((Outcome::Executed, None), fate) {
        (Outcome::Denied, by) => teller.denied(session, seat, (call, &name), by),
        (Outcome::Executed, _) if failed => {
            teller.tool(session, seat, (call, &name), Outcome::Failed);
        }
        (outcome, _) => teller.tool(session, seat, (call, &name), outcome),
    }
    true
}

/// A refusal by a person is told here, and not always by a result.
fn decision(teller: &mut Teller, told: &Attributes<'_>, session: SessionId, seat: &Seat) -> bool {
    let Some((call, name)) = tool(told) else { return false };
    if matches!(told.text("decision"), Some("denied" | "abort")) {
        let by = told.text("source").map(str::to_lowercase);
        teller.denied(session, seat, (call, &name), by.as_deref());
    }
    true
}
