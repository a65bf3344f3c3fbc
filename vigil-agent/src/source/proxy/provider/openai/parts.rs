//! What both APIs share: parts of a message, and what Codex says in the user's name. Pure.

use serde_json::Value;

use crate::source::{
    claude_code::{INJECTED, Output, Part, Spoken},
    proxy::provider::{
        dialogue::spoken_of,
        text::{str_field, text_of},
    },
};

/// How texts begin that clients put in the user's name: Codex, then Gemini CLI and Qwen Code.
const INJECTIONS: [&str; 12] = [
    "<environment_context>",
    "<user_instructions>",
    "<skills_instructions>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<turn_aborted>",
    "<subagent_notification>",
    "# AGENTS.md instructions",
    "<session_context>",
    "This is the Gemini CLI. We are setting up the context for our chat.",
    "This is the Qwen Code. We are setting up the context for our chat.",
    "This is Qwen Code. We are setting up the context for our chat.",
];

/// The word for `text` when a client puts it in the user's name.
pub(in crate::source::proxy::provider) fn injected(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    INJECTIONS.iter().any(|start| text.starts_with(start)).then_some(INJECTED)
}

/// What a message's `content` says.
pub(in crate::source::proxy::provider) fn spoken(content: &Value) -> Spoken {
    spoken_of(&parts(content), injected)
}

/// What a message says by its role: a tool's nothing, a system's the client's own words.
pub(in crate::source::proxy::provider) fn spoken_by_role(message: &Value) -> Spoken {
    let content = message.get("content").unwrap_or(&Value::Null);
    match str_field(message, "role") {
        "tool" => Spoken::default(),
        "system" => client_said(content),
        _ => spoken(content),
    }
}

/// All of `content`, as the client's own words.
pub(in crate::source::proxy::provider) fn client_said(content: &Value) -> Spoken {
    let text = plain(content);
    let own = if text.is_empty() { Vec::new() } else { vec![(INJECTED, text)] };
    Spoken { own, ..Spoken::default() }
}

/// What a tool gave back.
pub(in crate::source::proxy::provider) fn output(content: &Value) -> Output {
    match content {
        Value::String(_) | Value::Array(_) => Output::of(&parts(content)),
        Value::Null => Output::default(),
        // Codex has sent the output with its exit code around it.
        other => match other.get("content").or_else(|| other.get("output")) {
            Some(inner @ (Value::String(_) | Value::Array(_))) => Output::of(&parts(inner)),
            _ => Output::of(&[Part::Text(&other.to_string())]),
        },
    }
}

/// The texts of `content`, trimmed, empty ones left out, a line each.
pub(in crate::source::proxy::provider) fn plain(content: &Value) -> String {
    let texts: Vec<_> = match content {
        Value::String(text) => vec![text.trim()],
        Value::Array(parts) => parts.iter().filter_map(text_of).map(str::trim).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

fn parts(content: &Value) -> Vec<Part<'_>> {
    match content {
        Value::String(text) => vec![Part::Text(text)],
        Value::Array(parts) => parts.iter().map(part).collect(),
        _ => Vec::new(),
    }
}

fn part(part: &Value) -> Part<'_> {
    if let Some(text) = text_of(part).or_else(|| part.as_str()) {
        return Part::Text(text);
    }
    let kind = part.get("type").and_then(Value::as_str).unwrap_or("unknown");
    // `image_url` is an address or an object with one; files and sounds have their own places.
    let inner = [part.get("image_url"), part.get("file"), part.get("input_audio")];
    let inner = inner.into_iter().flatten().next().unwrap_or(part);
    let url = inner.as_str().unwrap_or_else(|| str_field(inner, "url"));
    let data = [str_field(inner, "file_data"), str_field(inner, "data"), url];
    let data = data.into_iter().find(|data| !data.is_empty()).unwrap_or_default();
    let is_place = data.starts_with("https://") || data.starts_with("http://");
    let place = [if is_place { data } else { "" }, str_field(inner, "filename")];
    let encoded = data.split_once(";base64,").map_or(data, |(_, encoded)| encoded);
    Part::Other {
        kind,
        data: if is_place { 0 } else { encoded.len() },
        place: place.into_iter().find(|place| !place.is_empty()),
    }
}
