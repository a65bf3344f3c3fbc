//! Cutting texts: never within a character, and never within a mask, which would leave half a
//! name of a secret standing. Pure.

use std::ops::Range;

/// How a mask begins and ends.
const OPEN: &str = "[[vigil:";
const CLOSE: &str = "]]";

/// Nothing longer than this is a mask, in bytes; the longest that are made have 128.
const LONGEST: usize = 256;

/// The beginning of `text`, at most `chars` characters. A mask that would be cut is left out; the
/// one at the very beginning is shown whole.
pub(super) fn head(text: &str, chars: usize) -> &str {
    let end = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    let end = match mask_over(text, end) {
        Some(mask) if mask.start == 0 => mask.end,
        Some(mask) => mask.start,
        None => end,
    };
    text.get(..end).unwrap_or_default()
}

/// The piece of `text` that begins at byte `from` (or a little before, where that is within a
/// character or a mask), at most `bytes` long.
pub(super) fn piece(text: &str, from: usize, bytes: usize) -> Range<usize> {
    let start = text.floor_char_boundary(from);
    let start = mask_over(text, start).map_or(start, |mask| mask.start);
    let end = text.floor_char_boundary(start.saturating_add(bytes));
    let end = match mask_over(text, end) {
        Some(mask) if mask.start > start => mask.start,
        Some(mask) => mask.end,
        None => end,
    };
    start..end
}

/// One line of `text` around the bytes `hit`: at most `before` characters in front of it and about
/// `after` from its beginning on, whole masks only.
pub(super) fn around(text: &str, hit: Range<usize>, before: usize, after: usize) -> String {
    let at = text.floor_char_boundary(hit.start);
    let at = mask_over(text, at).map_or(at, |mask| mask.start);
    let front = text.get(..at).unwrap_or_default();
    let start = match before.checked_sub(1) {
        Some(nth) => front.char_indices().nth_back(nth).map_or(0, |(start, _)| start),
        None => at,
    };
    let start = mask_over(text, start).map_or(start, |mask| mask.end.min(at));
    let rest = text.get(at..).unwrap_or_default();
    let end = at + head(rest, after).len();
    let middle = text.get(start..end).unwrap_or_default();
    let line = middle.split_whitespace().collect::<Vec<_>>().join(" ");
    let left = if start > 0 { "…" } else { "" };
    let right = if end < text.len() { "…" } else { "" };
    format!("{left}{line}{right}")
}

/// UTF-16 code units of `text`.
pub(super) fn units(text: &str) -> u64 {
    text.chars().map(|c| c.len_utf16() as u64).sum()
}

/// The mask that has something on both sides of byte `at`, a character's boundary.
fn mask_over(text: &str, at: usize) -> Option<Range<usize>> {
    if at == 0 || at >= text.len() {
        return None;
    }
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST));
    // An opening bracket pair may itself stand on both sides.
    let to = text.ceil_char_boundary((at + OPEN.len() - 1).min(text.len()));
    let near = text.get(from..to)?;
    near.rmatch_indices(OPEN).map(|(start, _)| from + start).filter(|start| *start < at).find_map(
        |start| {
            let inside = text.get(start + OPEN.len()..)?;
            let inside = inside.get(..inside.floor_char_boundary(LONGEST))?;
            let length = inside.find(CLOSE)?;
            // Words that look like the beginning of a mask, and then a mask.
            if inside.get(..length)?.contains(OPEN) {
                return None;
            }
            let end = start + OPEN.len() + length + CLOSE.len();
            (end > at).then_some(start..end)
        },
    )
}

#[cfg(test)]
mod tests;
