//! Reading what stands on the line around an anchor: words of a command, arguments of a call.

use std::ops::Range;

use crate::shape::Candidate;

/// The longest line that is read on either side of an anchor.
const LINE: usize = 240;
/// The longest value.
const LONGEST: usize = 96;

/// The rest of the line, or of the command, after the anchor.
pub(super) fn line_after<'t>(candidate: &mut Candidate<'t>) -> Option<&'t [u8]> {
    let rest = candidate.text.get(candidate.anchor.end..)?;
    let rest = rest.get(..rest.len().min(LINE))?;
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    candidate.work += end;
    rest.get(..end)
}

/// The line before the anchor.
pub(super) fn line_before<'t>(candidate: &mut Candidate<'t>) -> Option<&'t [u8]> {
    let start = candidate.anchor.start;
    let before = candidate.text.get(start.saturating_sub(LINE)..start)?;
    candidate.work += before.len();
    before.rsplit(|byte| *byte == b'\n').next()
}

/// The words of a command's line with their places in it, without their quotes.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += line.get(at..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if matches!(line.get(at)?, b'|' | b';' | b'&' | b'#' | b')' | b'`') {
            return None;
        }
        let place = word_at(line, at)?;
        at = place.end
            + line.get(place.end..)?.iter().take_while(|byte| !b" \t|;&".contains(byte)).count();
        Some(place)
    })
}

/// The word that begins at `at`: up to its quote, or to a blank.
fn word_at(line: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = line.get(at..)?;
    let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
    let quote = rest.get(slashes).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    if let Some(quote) = quote {
        let start = at + slashes + 1;
        let len = up_to(line.get(start..)?, |byte| byte == quote)?;
        return Some(start..start + len);
    }
    let len = up_to(rest, ends_word).unwrap_or(rest.len());
    (len > 0).then_some(at..at + len)
}

/// How many bytes stand before the first one that `ends`, or before an escape that does. A
/// backslash before any other letter is one of a path or of a domain.
fn up_to(rest: &[u8], ends: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    loop {
        match *rest.get(at)? {
            b'\\' => {
                let slashes = rest.get(at..)?.iter().take_while(|byte| **byte == b'\\').count();
                let next = rest.get(at + slashes).copied();
                let part = |byte: u8| byte.is_ascii_alphanumeric() && !b"nrtu".contains(&byte);
                if !next.is_some_and(part) {
                    return Some(at);
                }
                at += slashes;
            }
            byte if ends(byte) => return Some(at),
            _ => at += 1,
        }
    }
}

const fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'|' | b';' | b'`' | b'<' | b'>')
}

/// The value right at the beginning of `rest`, which may be in quotes: its place.
pub(super) fn value(rest: &[u8]) -> Option<Range<usize>> {
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let place = word_at(rest, blanks)?;
    (place.len() <= LONGEST).then_some(place)
}

/// The texts in quotes among the arguments of a call, up to the parenthesis that closes it.
pub(super) fn quoted(rest: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let (mut at, mut depth) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            match *rest.get(at)? {
                b'(' => depth += 1,
                b')' if depth == 0 => return None,
                b')' => depth -= 1,
                quote @ (b'"' | b'\'') => {
                    let start = at + 1;
                    let len = rest.get(start..)?.iter().position(|byte| *byte == quote)?;
                    at = start + len + 1;
                    let escaped = rest.get(start + len - usize::from(len > 0)) == Some(&b'\\');
                    return Some(start..start + len - usize::from(escaped));
                }
                _ => {}
            }
            at += 1;
        }
    })
}

/// `place` of a slice that begins at `first`, when what stands there is a password.
pub(super) fn password(text: &[u8], first: usize, place: &Range<usize>) -> Option<Range<usize>> {
    checked(text, first, place, crate::assign::is_given_password)
}

/// The same where a program takes a password, and nothing else.
pub(super) fn password_of_program(
    text: &[u8],
    first: usize,
    place: &Range<usize>,
) -> Option<Range<usize>> {
    checked(text, first, place, crate::assign::is_password_of_program)
}

fn checked(
    text: &[u8],
    first: usize,
    place: &Range<usize>,
    is_password: fn(&[u8]) -> bool,
) -> Option<Range<usize>> {
    let place = first + place.start..first + place.end;
    let value = text.get(place.clone())?;
    let plain = value.len() <= LONGEST && !value.iter().any(|byte| b" \n\t".contains(byte));
    (plain && is_password(value)).then_some(place)
}
