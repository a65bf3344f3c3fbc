//! JSON stays JSON when what is masked stands in its strings and numbers, and no value that was
//! found is left in it. Of an input each line is a key or a value; a key's first letter says how it
//! is nested.

#![no_main]

use std::{ops::Range, sync::LazyLock};

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
    // A name at the end of a string can take what stands behind the string for its value. Where that
    // happens, or a mask brought more into sight, nothing is said of the form.
    let valid = serde_json::from_str::<Value>(masked).is_ok();
    let places: Vec<_> = hits.iter().map(|hit| hit.start..hit.end).collect();
    let marked: Vec<_> = marks.iter().map(|mark| mark.start..mark.end).collect();
    let plain = within_values(text, &places) && around(text, &places) == around(masked, &marked);
    assert!(valid || !plain, "masked it is no JSON");
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

/// What stands between `places`.
fn around<'t>(text: &'t str, places: &[Range<usize>]) -> Vec<&'t str> {
    let starts = std::iter::once(0).chain(places.iter().map(|place| place.end));
    let ends = places.iter().map(|place| place.start).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
}

/// True when each of `places` lies in one string or one number of the document.
fn within_values(text: &str, places: &[Range<usize>]) -> bool {
    let bytes = text.as_bytes();
    let mut values = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        if bytes[start] == b'"' {
            while bytes[at] != b'"' {
                at += 1 + usize::from(bytes[at] == b'\\');
            }
            values.push(start + 1..at);
            at += 1;
        } else if is_of_number(bytes[start]) {
            at += bytes[at..].iter().take_while(|byte| is_of_number(**byte)).count();
            values.push(start..at);
        }
    }
    places.iter().all(|place| {
        values.iter().any(|value| value.start <= place.start && place.end <= value.end)
    })
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}
