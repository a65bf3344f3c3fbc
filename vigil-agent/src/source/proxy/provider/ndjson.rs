//! JSON documents, one a line. Pure.

use serde_json::Value;

use super::sse::EVENT_MAX;

/// Cuts a stream into the documents of its lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Takes the next bytes and gives the document of every whole line to `each`.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(Value),
    ) -> Result<(), &'static str> {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.line.extend_from_slice(rest.get(..end).unwrap_or_default());
            self.end(each);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        self.line.extend_from_slice(rest);
        if self.line.len() > EVENT_MAX { Err("event-too-large") } else { Ok(()) }
    }

    /// The stream ended: a last line may go without its end.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(Value)) {
        if let Ok(value) = serde_json::from_slice(&self.line) {
            each(value);
        }
        self.line.clear();
    }
}
