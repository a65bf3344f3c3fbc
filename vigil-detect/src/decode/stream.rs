//! A streamed answer: the texts of its events put together, as the model wrote them.

use memchr::memmem;

use super::{Layer, escapes};

/// The fields in which the wire formats carry pieces of text.
const FIELDS: &[&str] = &[
    "\"text\":\"",
    "\"text\": \"",
    "\"partial_json\":\"",
    "\"partial_json\": \"",
    "\"thinking\":\"",
    "\"thinking\": \"",
    "\"content\":\"",
    "\"content\": \"",
    "\"arguments\":\"",
    "\"arguments\": \"",
    "\"delta\":\"",
    "\"delta\": \"",
];

/// The pieces of a stream of server-sent events in `text`, joined; `None` for anything else.
pub(super) fn joined(text: &str) -> Option<Layer> {
    let mut layer = Layer::default();
    let mut pieces = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !line.starts_with("data:") || memmem::find(line.as_bytes(), b"delta").is_none() {
            continue;
        }
        let Some(value) = value_of(line) else { continue };
        pieces += 1;
        layer.append(text, start + value.start..start + value.end);
    }
    (pieces > 1).then_some(layer)
}

/// The place within `line` of its piece of text, the last of the fields that has one.
fn value_of(line: &str) -> Option<std::ops::Range<usize>> {
    let start = FIELDS
        .iter()
        .filter_map(|field| Some(memmem::rfind(line.as_bytes(), field.as_bytes())? + field.len()))
        .max()?;
    let mut escaped = false;
    let end = line.get(start..)?.bytes().position(|byte| {
        let quote = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        quote
    })?;
    Some(start..start + end)
}

impl Layer {
    /// Adds the string of JSON at `source`, decoded.
    fn append(&mut self, text: &str, source: std::ops::Range<usize>) {
        let Some(decoded) = escapes::unescaped(text, source) else { return };
        let shift = self.text.len();
        self.text.push_str(&decoded.text);
        self.pieces.extend(decoded.pieces.into_iter().map(|mut piece| {
            piece.out = piece.out.start + shift..piece.out.end + shift;
            piece
        }));
    }
}
