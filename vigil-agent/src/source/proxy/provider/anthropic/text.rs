//! Content blocks as text, without what the client put there on its own. Pure.

use std::borrow::Cow;

use serde_json::Value;

const OPEN: &str = "<system-reminder>";
const CLOSE: &str = "</system-reminder>";

/// `text` without the client's reminders; one that does not end is left.
pub(super) fn without_reminders(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(open) = rest.find(OPEN) {
        let Some(close) = rest.get(open..).and_then(|from| from.find(CLOSE)) else { break };
        found = true;
        kept.push_str(rest.get(..open).unwrap_or_default());
        rest = rest.get(open + close + CLOSE.len()..).unwrap_or_default();
    }
    if !found {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// What a person or a parent agent wrote in a user message: its text blocks without reminders,
/// joined and trimmed; `None` when there is nothing of that kind.
pub(super) fn prompt(content: &Value) -> Option<String> {
    let own = |text: &str| without_reminders(text).trim().to_owned();
    let parts: Vec<_> = match content {
        Value::String(text) => vec![own(text)],
        Value::Array(blocks) => blocks.iter().filter_map(text_of).map(own).collect(),
        _ => Vec::new(),
    };
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// A tool result's content as text, without reminders and trailing space; what is not text is
/// named.
pub(super) fn flatten(content: &Value) -> String {
    let text = match content {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Array(blocks) => {
            let parts: Vec<_> = blocks
                .iter()
                .map(|block| match text_of(block) {
                    Some(text) => Cow::Borrowed(text),
                    None => Cow::Owned(format!("[{}]", str_field(block, "type"))),
                })
                .collect();
            Cow::Owned(parts.join("\n"))
        }
        _ => Cow::Borrowed(""),
    };
    let mut text = without_reminders(&text).into_owned();
    text.truncate(text.trim_end().len());
    text
}

/// The text of a text block.
pub(super) fn text_of(block: &Value) -> Option<&str> {
    (block.get("type")?.as_str()? == "text").then_some(())?;
    block.get("text")?.as_str()
}

/// The string at `name`, or nothing.
pub(super) fn str_field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `value` without the marks that only tell the provider what to cache.
pub(super) fn without_cache_marks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("cache_control");
            fields.values_mut().for_each(without_cache_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(without_cache_marks),
        _ => {}
    }
}
