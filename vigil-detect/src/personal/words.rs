//! The words around a number.

use memchr::memmem;

use crate::mask;

/// Bytes before a number that are read.
const BEFORE: usize = 160;
/// Bytes after it.
const AFTER: usize = 48;

/// The words around a number, in lower case; what Vigil masked is no word.
pub(super) struct Around {
    text: [u8; BEFORE + AFTER],
    before: usize,
    len: usize,
    line: usize,
}

impl Around {
    /// The words around `place`.
    pub(super) fn new(text: &[u8], place: &std::ops::Range<usize>) -> Self {
        let from = place.start.saturating_sub(BEFORE);
        let before = text.get(from..place.start).unwrap_or_default();
        let after = text.get(place.end..text.len().min(place.end + AFTER)).unwrap_or_default();
        let mut around = Self { text: [0; BEFORE + AFTER], before: before.len(), len: 0, line: 0 };
        for byte in before.iter().chain(after) {
            if let Some(slot) = around.text.get_mut(around.len) {
                *slot = byte.to_ascii_lowercase();
                around.len += 1;
            }
        }
        around.forget_masks();
        let before = around.text.get(..around.before).unwrap_or_default();
        let real = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let escaped = memmem::rfind(before, b"\\n").map_or(0, |at| at + 2);
        around.line = real.max(escaped);
        around
    }

    fn forget_masks(&mut self) {
        while let Some(start) = memmem::find(self.all(), mask::OPEN.as_bytes()) {
            let rest = self.all().get(start..).unwrap_or_default();
            let end = memmem::find(rest, b"]]").map_or(self.len, |len| start + len + 2);
            if let Some(mask) = self.text.get_mut(start..end) {
                mask.fill(b'.');
            }
        }
    }

    fn all(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// True when one of `words` stands near, as a word or at the beginning of one.
    pub(super) fn near(&self, words: &[&str]) -> bool {
        words.iter().any(|word| has(self.all(), word))
    }

    /// True when one of `words` stands before, on the same line.
    pub(super) fn line(&self, words: &[&str]) -> bool {
        let line = self.text.get(self.line..self.before).unwrap_or_default();
        words.iter().any(|word| has(line, word))
    }

    /// True when one of `words` is among the last `reach` bytes before the number.
    pub(super) fn close(&self, words: &[&str], reach: usize) -> bool {
        let from = self.line.max(self.before.saturating_sub(reach));
        let text = self.text.get(from..self.before).unwrap_or_default();
        words.iter().any(|word| has(text, word))
    }
}

fn has(text: &[u8], word: &str) -> bool {
    memmem::find_iter(text, word.as_bytes()).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let starts = before.is_none_or(|byte| !byte.is_ascii_lowercase())
            || at > 1 && before == Some(&b'n') && text.get(at - 2) == Some(&b'\\');
        let end = text.get(at + word.len());
        let ends = end.is_none_or(|byte| !byte.is_ascii_lowercase() && *byte != b'_');
        starts && (word.len() > 4 || ends)
    })
}
