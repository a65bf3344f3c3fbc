//! Texts in JSON documents, and content blocks as the parts of a conversation. Pure.

use std::slice;

use serde_json::Value;

pub(super) use crate::source::json::{items, str_field, text_of};

use crate::source::claude_code::{Output, Part, Spoken};

/// What a user message's content says, results of tools left out.
pub(super) fn spoken(content: &Value) -> Spoken {
    if let Value::String(text) = content {
        return Spoken::of(&[Part::Text(text)]);
    }
    let is_result = |block: &&Value| str_field(block, "type").ends_with("tool_result");
    let parts: Vec<_> = blocks(content).filter(|block| !is_result(block)).map(part).collect();
    Spoken::of(&parts)
}

/// A tool result's content as text.
pub(super) fn flatten(content: &Value) -> Output {
    if let Value::String(text) = content {
        return Output::of(&[Part::Text(text)]);
    }
    Output::of(&blocks(content).map(part).collect::<Vec<_>>())
}

fn blocks(content: &Value) -> slice::Iter<'_, Value> {
    content.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn part(block: &Value) -> Part<'_> {
    if let Some(text) = text_of(block).or_else(|| block.as_str()) {
        return Part::Text(text);
    }
    let place = [str_field(block, "url"), str_field(block, "title")];
    Part::Other {
        kind: block.get("type").and_then(Value::as_str).unwrap_or("unknown"),
        data: block.get("source").map_or(0, |source| str_field(source, "data").len()),
        place: place.into_iter().find(|place| !place.is_empty()),
    }
}

/// The most characters of an id or a name that a client gives.
pub(super) const NAME_MAX: usize = 128;

/// A name as it is kept.
pub(super) fn taken(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

/// The items of the array at `name`, taken out of `value`.
pub(super) fn take_items(value: &mut Value, name: &str) -> Vec<Value> {
    match value.get_mut(name).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The definitions of tools in a request, taken out of it.
pub(super) fn tools(body: &mut Value) -> Option<String> {
    let mut tools = Value::Array(take_items(body, "tools"));
    without_cache_marks(&mut tools);
    tools.as_array().is_some_and(|tools| !tools.is_empty()).then(|| tools.to_string())
}

/// `value` without the marks that only tell the provider what to cache.
fn without_cache_marks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("cache_control");
            fields.values_mut().for_each(without_cache_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(without_cache_marks),
        _ => {}
    }
}
