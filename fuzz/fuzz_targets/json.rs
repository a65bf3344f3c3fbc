//! JSON stays JSON when what is masked stands in its strings and numbers, and no value that was
//! found is left in it. Of an input each line is a key or a value; a key's first letter says how it
//! is nested.

#![no_main]

use std::sync::LazyLock;

use serde_json::{Map, Value};
use vigil_detect::{Engine, FingerprintKey, Profile};
use vigil_proto::Sensitive;

/// A shorter value may stand in a text by chance, or in a mask.
const LONG: usize = 12;
/// Rules look so far at the most.
const SHORT: usize = 512;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(FingerprintKey::from([7; 32])));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if matches!(serde_json::from_str(&text), Ok(Value::Object(_) | Value::Array(_))) {
        check(&text);
    }
    let mut lines = text.split('\n');
    let document = object(&mut lines, 0);
    check(&document.to_string());
    check(&format!("{document:#}"));
    // As text in a document of its own, which is how much of it is met.
    check(&Value::String(document.to_string()).to_string());
});

fn object<'t>(lines: &mut impl Iterator<Item = &'t str>, depth: u8) -> Value {
    let mut members = Map::new();
    while let Some(line) = lines.next() {
        let (how, key) = line.split_at(line.ceil_char_boundary(1.min(line.len())));
        let value = match how {
            "}" => break,
            "{" if depth < 8 => object(lines, depth + 1),
            "[" => Value::Array(lines.by_ref().take(3).map(single).collect()),
            _ => single(lines.next().unwrap_or_default()),
        };
        members.insert(vigil_fuzz::planted(key), value);
    }
    Value::Object(members)
}

/// A number or a word where it is one, or a string.
fn single(line: &str) -> Value {
    let line = vigil_fuzz::planted(line);
    match serde_json::from_str(&line) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => value,
        _ => Value::String(line),
    }
}

fn check(text: &str) {
    let hits = ENGINE.scan_for(text, Profile::Mask);
    let (masked, marks) = ENGINE.mask(Sensitive::from(text));
    let masked = masked.as_str();
    let valid = serde_json::from_str::<Value>(masked).is_ok();
    assert!(valid, "masked it is no JSON");
    let masks = || marks.iter().filter_map(|mark| masked.get(mark.start..mark.end));
    for hit in &hits {
        let value = &text[hit.start..hit.end];
        if value.len() < LONG || masks().any(|mask| mask.contains(value)) {
            continue;
        }
        // The text may hold the same letters within a longer word, which is no secret.
        let alike = hits.iter().filter(|hit| &text[hit.start..hit.end] == value).count();
        let left = masked.matches(value).count();
        assert!(left + alike <= text.matches(value).count(), "a secret is left in clear");
    }
    if text.len() <= SHORT {
        let (again, marks) = ENGINE.mask(Sensitive::from(masked));
        assert!(marks.is_empty() && again.as_str() == masked, "a mask is masked");
    }
}
