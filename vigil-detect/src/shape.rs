//! What a credential looks like around its anchor, and matching it there. Matching never goes
//! back over a byte, so a candidate costs at most the lengths its shape allows.

use std::ops::Range;

use crate::class::{Class, WORD};

/// One piece of a shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// Exactly this text.
    Lit(&'static str),
    /// As many bytes of the class as there are, at least and at most so many.
    Run(Class, u16, u16),
    /// One of these texts, the first that fits.
    Any(&'static [&'static str]),
}

/// A candidate: the text and where a rule's anchor stands in it.
#[derive(Debug)]
pub(crate) struct Candidate<'t> {
    /// The whole text.
    pub(crate) text: &'t [u8],
    /// The anchor's place.
    pub(crate) anchor: Range<usize>,
    /// Bytes looked at so far by all candidates of this scan: the measure of work.
    pub(crate) work: usize,
}

impl Candidate<'_> {
    /// The byte at `at`, if there is one.
    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    /// Matches `behind` (read away from the anchor) and `ahead` around the anchor.
    pub(crate) fn fit(&mut self, behind: &[Part], ahead: &[Part]) -> Option<Range<usize>> {
        let mut end = self.anchor.end;
        for part in ahead {
            end = self.forward(end, *part)?;
        }
        let mut start = self.anchor.start;
        for part in behind {
            start = self.backward(start, *part)?;
        }
        Some(start..end)
    }

    fn forward(&mut self, at: usize, part: Part) -> Option<usize> {
        match part {
            Part::Lit(text) => self.literal(at, text),
            Part::Any(texts) => texts.iter().find_map(|text| self.literal(at, text)),
            Part::Run(class, min, max) => {
                let limit = usize::from(max);
                let len = self
                    .text
                    .get(at..)?
                    .iter()
                    .take(limit)
                    .take_while(|byte| class.has(**byte))
                    .count();
                self.work += len + 1;
                (len >= usize::from(min)).then_some(at + len)
            }
        }
    }

    fn literal(&mut self, at: usize, text: &str) -> Option<usize> {
        self.work += 1;
        self.text.get(at..)?.starts_with(text.as_bytes()).then_some(at + text.len())
    }

    fn backward(&mut self, at: usize, part: Part) -> Option<usize> {
        let before = self.text.get(..at)?;
        match part {
            Part::Lit(text) => {
                self.work += 1;
                before.ends_with(text.as_bytes()).then(|| at - text.len())
            }
            Part::Any(texts) => texts.iter().find_map(|text| {
                self.work += 1;
                before.ends_with(text.as_bytes()).then(|| at - text.len())
            }),
            Part::Run(class, min, max) => {
                let len = before
                    .iter()
                    .rev()
                    .take(usize::from(max))
                    .take_while(|byte| class.has(**byte))
                    .count();
                self.work += len + 1;
                (len >= usize::from(min)).then(|| at - len)
            }
        }
    }

    /// True when no longer word reaches into `start` from the left. The letter of an escape
    /// (`\n`, `\u003d`, `%3D`, a terminal's colour) belongs to no word.
    pub(crate) fn starts_word(&self, start: usize, inside: Class) -> bool {
        let Some(before) = self.text.get(..start) else { return false };
        match before.last() {
            Some(last) if inside.has(*last) => ends_with_escape(before),
            _ => true,
        }
    }

    /// True when the word does not go on at `end`.
    pub(crate) fn ends_word(&self, end: usize, last: Class) -> bool {
        self.byte(end).is_none_or(|byte| !last.or(WORD).has(byte))
    }
}

fn ends_with_escape(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f']
        | [.., b'\\', b'u', _, _, _, _]
        | [.., b'\\', b'x', _, _] => true,
        [.., b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [.., b'm'] => {
            let tail = before.iter().rev().skip(1).take(12);
            let mut rest = tail.skip_while(|byte| byte.is_ascii_digit() || **byte == b';');
            matches!(
                (rest.next(), rest.next()),
                (Some(b'['), Some(0x1b | b'b' | b'B' | b'3' | b'e'))
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
