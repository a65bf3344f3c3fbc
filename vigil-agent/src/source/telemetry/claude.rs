//! Claude Code's events, as its version 2.1 tells them. Pure.

use vigil_proto::{
    Outcome, Sensitive, SessionId, Usage,
    event::{CallRank, ModelCall},
    usage::{Cost, Money},
};

use super::{
    otlp::Attributes,
    told::{Seat, Teller},
};
use crate::source::claude_code::{denied_by, short_id};

const PROVIDER: &str = "anthropic";

/// True when the record was of use, or says what its transcript says better.
pub(super) fn record(
    teller: &mut Teller,
    told: &Attributes<'_>,
    session: SessionId,
    seat: &Seat,
) -> bool {
    let name = told.text("event.name").unwrap_or_default();
    match name.strip_prefix("claude_code.").unwrap_or(name) {
        "api_request" => teller.call(session, seat, call(told)),
        "api_error" => teller.note(session, seat, "api-error", error(told)),
        "tool_result" => return result(teller, told, session, seat),
        "tool_decision" => return decision(teller, told, session, seat),
        _ => return false,
    }
    true
}

/// Tokens and cost are the client's own figures.
fn call(told: &Attributes<'_>) -> ModelCall<Sensitive> {
    let count = |name| told.count(name).unwrap_or(0);
    let usage = Usage {
        input: count("input_tokens"),
        cache_read: count("cache_read_tokens"),
        // How long it is kept is not told.
        cache_write_5m: count("cache_creation_tokens"),
        output: count("output_tokens"),
        ..Usage::default()
    };
    ModelCall {
        provider: PROVIDER,
        model: short_id(told.text("model").unwrap_or_default().into()).as_ref().into(),
        message: "".into(),
        request: told.text("request_id").map(|id| short_id(id.into()).as_ref().into()),
        stop_reason: None,
        usage,
        cost: told.number("cost_usd").and_then(nano),
        rank: CallRank::Stopped,
        latency_us: None,
        first_byte_us: None,
        status: None,
    }
}

/// The client's own figure.
fn nano(usd: f64) -> Option<Cost> {
    const DEAREST: f64 = 1_000_000.0;
    if !(0.0..=DEAREST).contains(&usd) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is in range")]
    let nano = (usd * 1e9).round() as i64;
    Some(Cost { amount: Money::from_nano_usd(nano), estimated: false })
}

fn error(told: &Attributes<'_>) -> String {
    let mut words = vec![told.text("error").unwrap_or("an error without words").to_owned()];
    if let Some(status) = told
        .text("status_code")
        .map(str::to_owned)
        .or_else(|| told.count("status_code").map(|code| code.to_string()))
    {
        words.push(format!("status {status}"));
    }
    if let Some(attempt) = told.count("attempt") {
        words.push(format!("attempt {attempt}"));
    }
    if let Some(model) = told.text("model") {
        words.push(model.to_owned());
    }
    cut(words.join(", "))
}

/// Long words are somebody else's text.
pub(super) fn cut(mut words: String) -> String {
    const MOST: usize = 1024;
    if words.len() > MOST {
        words.truncate(words.floor_char_boundary(MOST));
        words.push_str(" ...");
    }
    words
}

/// The tool's id and name.
fn tool<'a>(told: &'a Attributes<'_>) -> Option<(&'a str, &'a str)> {
    Some((told.text("tool_use_id")?, told.text("tool_name").unwrap_or("tool")))
}

fn result(teller: &mut Teller, told: &Attributes<'_>, session: SessionId, seat: &Seat) -> bool {
    let Some(tool) = tool(told) else { return false };
    let decided = told.text("decision_type").or_else(|| told.text("decision"));
    let source = told.text("decision_source").or_else(|| told.text("source"));
    let refused = told.text("error").and_then(denied_by);
    if decided == Some("reject") || refused.is_some() {
        teller.denied(session, seat, tool, refused.or_else(|| source.map(who)));
    } else if told.flag("success") == Some(false) {
        teller.tool(session, seat, tool, Outcome::Failed);
    } else {
        teller.tool(session, seat, tool, Outcome::Executed);
    }
    true
}

/// A refusal is the last that is told of a call; a consent says nothing that its result does not.
fn decision(teller: &mut Teller, told: &Attributes<'_>, session: SessionId, seat: &Seat) -> bool {
    let Some(tool) = tool(told) else { return false };
    if told.text("decision") == Some("reject") {
        teller.denied(session, seat, tool, told.text("source").map(who));
    }
    true
}

/// Who refused, in the words of the transcript.
fn who(source: &str) -> &str {
    match source {
        "config" => "rule",
        _ if source.starts_with("user_") => "user",
        other => other,
    }
}
