//! Fields of JSON documents whose shape nobody promises. Pure.

use serde_json::Value;

/// The items of the array at `name`, or none.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The string at `name`, or nothing.
pub(super) fn str_field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The text of a block that has one.
pub(super) fn text_of(block: &Value) -> Option<&str> {
    block.get("text")?.as_str()
}
