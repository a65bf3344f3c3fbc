//! Keeping JSON valid where what is masked does not end with the string or the number it stands in:
//! only what lies within one of them is masked, an escape or a number as a whole. What lies between
//! them (quotes, colons, brackets, `null`) is the same in every document and hides nothing.

use std::ops::Range;

use crate::engine::Hit;

/// The hits as parts of the strings and numbers of `text`, or as they are where it is no JSON.
pub(crate) fn within_values(text: &str, hits: Vec<Hit>) -> Vec<Hit> {
    let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
    if hits.is_empty() || !matches!(first, Some(b'{' | b'[')) {
        return hits;
    }
    parts(text.as_bytes(), &hits).unwrap_or(hits)
}

fn parts(text: &[u8], hits: &[Hit]) -> Option<Vec<Hit>> {
    let mut parts = Parts { left: hits, out: Vec::with_capacity(hits.len()), open: false };
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..)?;
        match byte {
            b'"' => {
                parts.open = false;
                at += 1;
                while text.get(at) != Some(&b'"') {
                    let len = letter(text.get(at..)?)?;
                    parts.add(at..at + len);
                    at += len;
                }
                parts.open = false;
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let len = rest.iter().take_while(|byte| is_of_number(**byte)).count();
                parts.open = false;
                parts.add(at..at + len);
                parts.open = false;
                at += len;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let words = [&b"true"[..], b"false", b"null"];
                at += words.iter().find(|word| rest.starts_with(word))?.len();
            }
        }
    }
    Some(parts.out)
}

/// The bytes of the next letter of a string; none where the string is none of JSON.
fn letter(rest: &[u8]) -> Option<usize> {
    match *rest.first()? {
        b'\\' => match *rest.get(1)? {
            b'u' => rest.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
            letter => b"\"\\/bfnrt".contains(&letter).then_some(2),
        },
        0..=0x1f => None,
        _ => Some(1),
    }
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// The hits in parts, as far as they were met.
struct Parts<'h> {
    /// Those that are not behind.
    left: &'h [Hit],
    out: Vec<Hit>,
    /// True while the last part may go on.
    open: bool,
}

impl Parts<'_> {
    /// Adds the piece at `place` to the parts, if a hit touches it.
    fn add(&mut self, place: Range<usize>) {
        while let [hit, rest @ ..] = self.left
            && hit.end <= place.start
        {
            (self.left, self.open) = (rest, false);
        }
        let Some(hit) = self.left.first().filter(|hit| hit.start < place.end) else { return };
        match self.out.last_mut() {
            Some(last) if self.open => last.end = place.end,
            _ => {
                self.out.push(Hit { start: place.start, end: place.end, ..hit.clone() });
                self.open = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
