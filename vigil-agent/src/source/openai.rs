//! How `OpenAI`'s APIs write messages and the items of an answer. Codex keeps the items in its
//! files as they came, so the proxy and the transcript read them alike. Pure.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    claude_code::{
        INJECTED, Output, Part, Spoken,
        own::Shape::{self, Begins, Between},
    },
    json::{items, str_field, text_of},
};

pub(super) mod codex;

/// Texts that clients put in the user's name: Codex, then Gemini CLI and Qwen Code.
const INJECTIONS: [Shape; 20] = [
    Between("<environment_context>", "</environment_context>"),
    Between("<user_instructions>", "</user_instructions>"),
    Between("<skills_instructions>", "</skills_instructions>"),
    Between("<permissions instructions>", "</permissions instructions>"),
    Between("<collaboration_mode>", "</collaboration_mode>"),
    Between("<turn_aborted>", "</turn_aborted>"),
    Between("<subagent_notification>", "</subagent_notification>"),
    Between("# AGENTS.md instructions", "</INSTRUCTIONS>"),
    Begins(
        "You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary for another \
         LLM that will resume the task.",
    ),
    Between("<session_context>", "</session_context>"),
    Begins("This is the Gemini CLI. We are setting up the context for our chat.\n"),
    Begins("This is the Qwen Code. We are setting up the context for our chat.\n"),
    Begins("This is Qwen Code. We are setting up the context for our chat.\n"),
    Begins("First, reason in your <analysis> block. Then, produce the <state_snapshot> XML."),
    Begins(
        "You are the component that summarizes a conversation when its context window is about to \
         overflow. The summary you produce will become ",
    ),
    Begins("First, reason in your scratchpad. Then, generate the <state_snapshot>."),
    Begins("First, reason in your scratchpad. Then, generate the updated <state_snapshot>."),
    Begins(
        "Generate a new <state_snapshot> based on the provided history.\n\nFirst, reason in your \
         scratchpad.",
    ),
    Begins(
        "A previous <state_snapshot> exists in the history. You MUST integrate all still-relevant \
         information from that snapshot into the new one",
    ),
    Begins(
        "Critically evaluate the <state_snapshot> you just generated. Did you omit any specific \
         technical details",
    ),
];

/// The word for `text` when a client puts it in the user's name.
pub(super) fn injected(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    INJECTIONS.iter().any(|shape| shape.is_of(text)).then_some(INJECTED)
}

/// What a message's `content` says.
pub(super) fn spoken(content: &Value) -> Spoken {
    Spoken::apart(&parts(content), injected)
}

/// All of `content`, as the client's own words.
pub(super) fn client_said(content: &Value) -> Spoken {
    let text = plain(content);
    let own = if text.is_empty() { Vec::new() } else { vec![(INJECTED, text)] };
    Spoken { own, ..Spoken::default() }
}

/// What a tool gave back.
pub(super) fn output(content: &Value) -> Output {
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
pub(super) fn plain(content: &Value) -> String {
    let texts: Vec<_> = match content {
        Value::String(text) => vec![text.trim()],
        Value::Array(parts) => parts.iter().filter_map(text_of).map(str::trim).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a message of the Responses API says by its role: a system's are the client's own words.
pub(super) fn item_spoken(item: &Value) -> Spoken {
    let content = item.get("content").unwrap_or(&Value::Null);
    match (str_field(item, "type"), str_field(item, "role")) {
        ("message" | "", "developer" | "system") => client_said(content),
        ("message" | "", _) => spoken(content),
        _ => Spoken::default(),
    }
}

/// The text of an answer's `message` item, refusals too.
pub(super) fn said(item: &Value) -> String {
    let said = |part| text_of(part).or_else(|| part.get("refusal")?.as_str());
    items(item, "content").iter().filter_map(said).collect::<Vec<_>>().join("\n")
}

/// What a `reasoning` item shows of itself.
pub(super) fn summary(item: &Value) -> String {
    items(item, "summary").iter().filter_map(text_of).collect::<Vec<_>>().join("\n")
}

/// A call of a tool that is an item of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// The call's id: its own, or the item's where the provider runs the tool itself.
    pub(super) id: &'a str,
    pub(super) name: Cow<'a, str>,
    /// As it stands: JSON, or not.
    pub(super) input: Cow<'a, str>,
    /// True when the client runs it, and gives its result back.
    pub(super) by_client: bool,
}

/// The call that `item` is.
pub(super) fn call(item: &Value) -> Option<Call<'_>> {
    let kind = str_field(item, "type");
    let own = str_field(item, "call_id");
    let name = str_field(item, "name");
    let (name, input) = match kind {
        "function_call" => (
            Cow::Owned([str_field(item, "namespace"), name].concat()),
            Cow::Borrowed(str_field(item, "arguments")),
        ),
        "custom_tool_call" => (Cow::Borrowed(name), Cow::Borrowed(str_field(item, "input"))),
        // Tools of the provider's: `local_shell_call` and its like.
        _ => {
            let action = item.get("action").map_or_else(|| "{}".to_owned(), Value::to_string);
            (Cow::Borrowed(kind.strip_suffix("_call")?), Cow::Owned(action))
        }
    };
    let by_client = !own.is_empty() || matches!(kind, "function_call" | "custom_tool_call");
    let id = if by_client { own } else { str_field(item, "id") };
    Some(Call { id, name, input, by_client })
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

#[cfg(test)]
mod tests;
