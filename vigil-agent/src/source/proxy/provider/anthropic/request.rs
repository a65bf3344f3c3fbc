//! A request: which session it belongs to, and what its conversation is. Pure.

use serde_json::Value;

use super::super::{
    client,
    dialogue::{Asking, Grammar, Returned},
    text::{flatten, items, spoken, str_field, take_items, text_of, tools},
};
use crate::source::claude_code::{self, Spoken};

/// How the client's own header in the system prompt begins; it changes from call to call.
const BILLING: &str = "x-anthropic-billing-header";

/// Messages of this API.
pub(in crate::source::proxy::provider) struct Messages;

impl Grammar for Messages {
    fn is_user(message: &Value) -> bool {
        str_field(message, "role") != "assistant"
    }

    fn spoken(message: &Value) -> Spoken {
        spoken(content(message))
    }

    fn returned(_: &[Value], message: &Value) -> Vec<Returned> {
        items(message, "content")
            .iter()
            .filter(|block| str_field(block, "type") == "tool_result")
            .map(|block| Returned {
                call: claude_code::short_id(str_field(block, "tool_use_id").into()).into_owned(),
                output: flatten(block.get("content").unwrap_or(&Value::Null)),
                failed: block.get("is_error").and_then(Value::as_bool).unwrap_or(false),
            })
            .collect()
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let Some(last) = history.last() else { return Default::default() };
        match content(last) {
            Value::String(text) => (text.trim().to_owned(), Vec::new()),
            Value::Array(blocks) => {
                let texts: Vec<_> = blocks
                    .iter()
                    .filter_map(text_of)
                    .map(str::trim)
                    .filter(|t| !t.is_empty())
                    .collect();
                let calls = blocks
                    .iter()
                    .filter(|block| str_field(block, "type") == "tool_use")
                    .map(|block| claude_code::short_id(str_field(block, "id").into()).into_owned())
                    .collect();
                (texts.join("\n"), calls)
            }
            _ => (String::new(), Vec::new()),
        }
    }
}

/// What a request's `body` says.
pub(in crate::source::proxy::provider) fn read(mut body: Value) -> Asking {
    let system = system_text(&body);
    let mut asking = Asking {
        model: str_field(&body, "model").to_owned(),
        session: session_in_metadata(&body),
        cwd: working_directory(&body, &system),
        system,
        tools: tools(&mut body),
        ..Asking::default()
    };
    asking.messages = take_items(&mut body, "messages");
    asking
}

fn content(message: &Value) -> &Value {
    message.get("content").unwrap_or(&Value::Null)
}

/// The client's own session id, as it put it into the request's metadata.
fn session_in_metadata(body: &Value) -> Option<String> {
    let user = body.get("metadata")?.get("user_id")?.as_str()?;
    match serde_json::from_str::<Value>(user) {
        Ok(user) => client::id_at(&user, "session_id"),
        // Older versions: `user_HASH_account_UUID_session_UUID`.
        Err(_) => user.rsplit_once("_session_").and_then(|(_, id)| client::id(id)),
    }
}

/// The system prompt without the client's billing header.
fn system_text(body: &Value) -> String {
    match body.get("system") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let texts: Vec<_> =
                blocks.iter().filter_map(text_of).filter(|t| !t.starts_with(BILLING)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// The working directory that Claude Code tells the model.
fn working_directory(body: &Value, system: &str) -> Option<String> {
    let named = |text: &str| {
        text.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            let path = line
                .strip_prefix("Primary working directory: ")
                .or_else(|| line.strip_prefix("Working directory: "))?;
            path.starts_with('/').then(|| path.to_owned())
        })
    };
    named(system).or_else(|| {
        let first = body.get("messages")?.as_array()?.first()?;
        content(first).as_array()?.iter().filter_map(text_of).find_map(named)
    })
}
