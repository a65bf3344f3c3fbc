//! Here-documents: their bodies begin after the line that names them.

use std::borrow::Cow;

use super::{Part, Word, parse::Reader};

/// A here-document whose body is still to come.
pub(super) struct Pending {
    /// Its place among the documents.
    pub(super) at: usize,
    /// The line that ends it.
    pub(super) end: String,
    /// True when tabs before the lines do not count.
    pub(super) tabs: bool,
    /// True when nothing in it is expanded.
    pub(super) quoted: bool,
}

impl<'a> Reader<'a> {
    /// Takes the bodies that begin here, after a newline.
    pub(super) fn documents_begin(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            if self.cut.is_some() {
                return;
            }
            let body = self.document(&pending);
            if let Some(place) = self.documents.get_mut(pending.at) {
                *place = body;
            }
        }
    }

    fn document(&mut self, pending: &Pending) -> Word<'a> {
        let start = self.pos;
        let mut at = start;
        let (mut end, mut next) = (self.end, self.end);
        while at < self.end {
            let rest = self.text.get(at..self.end).unwrap_or_default();
            let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default();
            let said = if pending.tabs { line.trim_start_matches('\t') } else { line };
            let after = (at + length + 1).min(self.end);
            if said == pending.end {
                (end, next) = (at, after);
                break;
            }
            at = after;
        }
        let parts = if pending.quoted {
            vec![Part::Text(Cow::Borrowed(self.text.get(start..end).unwrap_or_default()))]
        } else {
            self.parts_between(start, end)
        };
        self.pos = next;
        Word { parts, start, end }
    }
}
