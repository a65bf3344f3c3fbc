//! What comes in place of an answer: an error, or no more than its beginning.

use std::io::Write;

use serde_json::{Value, json};

use super::{http, script::Tokens};

/// What comes in place of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// An error with this status.
    Error(u16),
    /// The first half of the answer's events; then the connection ends.
    Breaks,
    /// The same, and nothing more for as long as the client waits.
    Stalls,
}

/// What comes before the answer that follows `step` others of the conversation `name`, in this
/// order.
pub(super) fn before(name: &str, step: usize) -> &'static [Weather] {
    match (name, step) {
        ("overloaded", 0) => &[Weather::Error(529)],
        ("broken", 1) => &[Weather::Breaks],
        ("stalled", 1) => &[Weather::Stalls],
        ("overflow", 1) => &[Weather::Error(400)],
        _ => &[],
    }
}

/// The first half of an answer.
pub(super) fn half(events: &[Value]) -> &[Value] {
    &events[..events.len().div_ceil(2)]
}

/// The tokens that the first half of an answer tells of; `told` is what the whole one does.
pub(super) fn told(path: &str, tokens: Tokens, told: Tokens) -> Tokens {
    match path {
        "/v1/messages" => Tokens { output: 1, ..tokens.without_reasoning() },
        "/v1/responses" | "/v1/chat/completions" => Tokens::default(),
        _ => told,
    }
}

/// What went wrong, in no API's words.
fn words(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        429 => ("rate_limit_error", "Too many requests"),
        529 => ("overloaded_error", "Overloaded"),
        _ => ("api_error", "Internal server error"),
    }
}

/// Answers with an error, as the API at `path` does.
pub(super) fn fails(out: &mut impl Write, path: &str, status: u16, id: &str) -> Option<()> {
    let (kind, message) = words(status);
    let (status, body) = match path {
        "/v1/messages" => (
            status,
            json!({"type": "error", "error": {"type": kind, "message": message},
                   "request_id": format!("req_{id}")}),
        ),
        "/v1/chat/completions" | "/v1/responses" => {
            (if status == 529 { 503 } else { status }, error(status))
        }
        _ => {
            let status = if status == 529 { 503 } else { status };
            (status, json!({"error": {"code": status, "message": message, "status": "INTERNAL"}}))
        }
    };
    http::document(out, &format!("{status} Not Well"), id, &body)
}

fn error(status: u16) -> Value {
    let (kind, message) = words(status);
    let code = if status == 400 { json!("context_length_exceeded") } else { Value::Null };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// The error as a message over a WebSocket.
pub(super) fn error_event(status: u16) -> Value {
    let mut event = error(status);
    event["type"] = json!("error");
    event["status"] = json!(if status == 529 { 503 } else { status });
    event
}
