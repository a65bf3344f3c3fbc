//! A pattern of the user's: a regular expression without look-around and back-references, which is
//! searched for in time linear to the text. A text is searched in windows, so that no pattern can
//! make every match read to the end of a long line.

use std::ops::Range;

use regex_automata::{Input, meta::Regex, util::captures::Captures};

/// Bytes of a window.
const WINDOW: usize = 24 * 1024;
/// Bytes behind its beginning that the search for a match sees at least, if the text has them. One
/// that is longer is found, too, unless it needs an end that a window may not have.
const AHEAD: usize = 8 * 1024;
/// What a compiled pattern may take, in bytes.
const LIMIT: usize = 8 << 20;
/// The longest pattern, in bytes.
const LONGEST: usize = 2000;

/// What no secret is, as no single letter is. Whoever masks it masks everything.
const FAR_TOO_MUCH: &[&str] =
    &["42", "100", "read the file and say what it does", "let total = items.len() + 1;"];

/// True when it fits a part of `text` that is not empty.
fn fits_within(pattern: &Regex, text: &str) -> bool {
    pattern.find_iter(text).any(|place| !place.is_empty())
}

/// A message and what to do about it.
pub(super) type Bad = (String, &'static str);

/// The place of a match, and that of its first group or its own once more.
type Match = (Range<usize>, Range<usize>);

#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Self, Bad> {
        let compiled = compile(pattern)?;
        let empty = compiled.is_match("");
        if empty {
            let hint = "every text would be one: say at least one character that has to be there";
            return Err(("the pattern fits the empty text".to_owned(), hint));
        }
        Ok(Self(compiled))
    }

    /// The same, of a pattern that says what it looks for: one that fits single letters, or words
    /// that stand everywhere, is refused.
    pub(super) fn specific(pattern: &str) -> Result<Self, Bad> {
        let Self(compiled) = Self::new(pattern)?;
        let letters = (' '..='~').map(String::from);
        let mut texts = letters.chain(FAR_TOO_MUCH.iter().map(|text| (*text).to_owned()));
        if let Some(text) = texts.find(|text| fits_within(&compiled, text)) {
            let hint =
                "every text has that: say what is before or around the secret, or how long it is";
            return Err((format!("the pattern fits `{text}`, and most other text"), hint));
        }
        Ok(Self(compiled))
    }

    /// Calls `found` with the places that fit, or those of the first group there; an edge of a word
    /// is none, nor is a group without a letter.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(Range<usize>)) {
        let mut captures = self.0.create_captures();
        let mut at = 0;
        while at < text.len() {
            let end = end_of(text, at + WINDOW);
            // What begins behind it is left to the next window, which sees more of it.
            let last = if end < text.len() { text.floor_char_boundary(end - AHEAD) } else { end };
            while at < end {
                // Look-behind of word boundaries sees the whole text.
                let input = Input::new(text).range(at..end);
                let Some(place) = self.next(&input, &mut captures) else { break };
                if place.0.start >= last {
                    break;
                }
                let is_cut = place.0.end == end;
                let (whole, secret) =
                    if is_cut { self.uncut(text, place, &mut captures) } else { place };
                at = text.ceil_char_boundary(whole.end.max(whole.start + 1));
                if !secret.is_empty() {
                    found(secret);
                }
            }
            at = at.max(last);
        }
    }

    /// The match at `place`, which its window may have cut: searched for with twice as much text
    /// until it ends before that does. What is found is at least half of what was read.
    fn uncut(&self, text: &str, mut place: Match, captures: &mut Captures) -> Match {
        let mut end = place.0.end;
        let mut size = WINDOW;
        while place.0.end == end && end < text.len() {
            size = size.saturating_mul(2);
            end = end_of(text, place.0.start.saturating_add(size));
            let input = Input::new(text).range(place.0.start..end);
            let Some(more) = self.next(&input, captures) else { break };
            place = more;
        }
        place
    }

    /// The next match, and the part of it that is the secret.
    fn next(&self, input: &Input<'_>, captures: &mut Captures) -> Option<Match> {
        if self.0.captures_len() < 2 {
            let whole = self.0.search(input)?.range();
            return Some((whole.clone(), whole));
        }
        self.0.search_captures(input, captures);
        let whole = captures.get_match()?.range();
        let secret = captures.get_group(1).map_or(whole.clone(), |group| group.start..group.end);
        Some((whole, secret))
    }
}

/// The character boundary at `at` or behind it, within the text.
fn end_of(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(text.len().min(at))
}

/// Compiles within the limits.
pub(super) fn compile(pattern: &str) -> Result<Regex, Bad> {
    if pattern.len() > LONGEST {
        let hint = "make two rules of it";
        return Err((format!("the pattern is longer than {LONGEST} bytes"), hint));
    }
    let config = Regex::config().nfa_size_limit(Some(LIMIT)).hybrid_cache_capacity(LIMIT);
    Regex::builder().configure(config).build(pattern).map_err(|error| {
        if let Some(limit) = error.size_limit() {
            let hint = "use smaller repetitions, or `[0-9A-Za-z]` for `\\w`, which has all scripts";
            return (format!("compiled it is larger than {limit} bytes"), hint);
        }
        let detail = match error.syntax_error() {
            Some(error) => error.to_string(),
            None => error.to_string(),
        };
        // Above its last line is a drawing of the place.
        let detail = detail.lines().last().unwrap_or_default();
        let hint = "there are no look-around and no back-references; in TOML write it in '...'";
        (format!("the pattern does not compile: {detail}"), hint)
    })
}

#[cfg(test)]
mod tests;
