//! A source's memory, kept in its checkpoint, holds words of what it read. They are masked like
//! every other text before they reach the disk; what the memory means is not known here.

use serde_json::Value;
use vigil_detect::Engine;
use vigil_proto::Sensitive;

/// Masks every secret in `state`, a JSON document. A memory that is something else and holds a
/// secret is forgotten.
pub(super) fn mask(engine: &Engine, state: &mut Vec<u8>) {
    let is_clean = str::from_utf8(state).is_ok_and(|text| engine.scan(text).is_empty());
    if state.is_empty() || is_clean {
        return;
    }
    *state = match serde_json::from_slice::<Value>(state) {
        Ok(mut value) => {
            mask_strings(engine, &mut value);
            value.to_string().into_bytes()
        }
        Err(_) => Vec::new(),
    };
}

fn mask_strings(engine: &Engine, value: &mut Value) {
    match value {
        Value::String(text) => {
            let (masked, _) = engine.mask(Sensitive::new(std::mem::take(text)));
            *text = masked.into_string();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask_strings(engine, item)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| mask_strings(engine, field));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
