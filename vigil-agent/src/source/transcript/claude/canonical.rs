//! A tool's input in one form, whoever wrote it: sorted keys, no spaces.

use serde_json::{Value, value::RawValue};

/// The canonical form of `raw`; `{}` when there is none.
pub(super) fn of(raw: Option<&RawValue>) -> String {
    let Some(raw) = raw else { return "{}".to_owned() };
    match serde_json::from_str::<Value>(raw.get()) {
        // serde_json's objects are sorted maps.
        Ok(value) => value.to_string(),
        Err(_) => raw.get().to_owned(),
    }
}
