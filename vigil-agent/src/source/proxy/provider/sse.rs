//! Server-sent events, cut into the JSON documents that they carry. Pure.

use serde_json::Value;

/// The most bytes of one event.
pub(super) const EVENT_MAX: usize = 16 * 1024 * 1024;

/// Cuts a stream into the JSON documents of its events.
#[derive(Debug, Default)]
pub(super) struct Stream {
    line: Vec<u8>,
    data: Vec<u8>,
    after_cr: bool,
}

impl Stream {
    /// Takes the next bytes and gives every whole event to `each`.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(Value),
    ) -> Result<(), &'static str> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // CR LF is one line end, also when the two come apart.
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.line.extend_from_slice(rest.get(..end).unwrap_or_default());
            self.after_cr = rest.get(end) == Some(&b'\r');
            rest = rest.get(end + 1..).unwrap_or_default();
            self.end_line(each);
        }
        if self.line.len() + self.data.len() > EVENT_MAX {
            return Err("event-too-large");
        }
        Ok(())
    }

    fn end_line(&mut self, each: &mut dyn FnMut(Value)) {
        if self.line.is_empty() {
            if !self.data.is_empty() {
                // What is no JSON is no event of these APIs (`[DONE]`).
                if let Ok(value) = serde_json::from_slice(&self.data) {
                    each(value);
                }
                self.data.clear();
            }
        } else if let Some(value) = self.line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        self.line.clear();
    }
}
