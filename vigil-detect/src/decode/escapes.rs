//! Escapes: `\u0041` and its company in JSON, also within JSON, and `%41` in URLs.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::{Kind, Layer};

/// True when the escape at `at` is of a printable letter: only then does decoding show anything
/// that a search in the text as it stands would miss.
pub(super) fn is_printable(text: &[u8], at: usize) -> bool {
    text.get(at + 4).is_some_and(|digit| matches!(digit, b'2'..=b'7'))
}

/// What stands in `text` at `place` with the escapes of JSON replaced, one level of them.
pub(super) fn unescaped(text: &str, place: Range<usize>) -> Option<Layer> {
    let mut layer = Layer::of(text, &place);
    let mut at = place.start;
    while let Some(found) = memchr(b'\\', text.as_bytes().get(at..place.end)?) {
        let escape = at + found;
        layer.push_same(text.get(at..escape)?, at);
        let (letter, len) = one(text.get(escape..place.end)?);
        match letter {
            Some(letter) => {
                let mut buffer = [0; 4];
                let source = escape..escape + len;
                layer.push(letter.encode_utf8(&mut buffer), source, Kind::Whole);
            }
            None => layer.push_same(text.get(escape..escape + len)?, escape),
        }
        at = escape + len;
    }
    layer.push_same(text.get(at..place.end)?, at);
    Some(layer)
}

/// The letter that the escape at the start of `text` means, and its length.
fn one(text: &str) -> (Option<char>, usize) {
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'u') => return unicode(text),
        _ => return (None, 1),
    };
    (Some(simple), 2)
}

fn unicode(text: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        // A sign before it is none of the digits, though a number may have one.
        let digits = text.get(at..at + 4).filter(|digits| !digits.starts_with('+'))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(2) else { return (None, 1) };
    if let 0xD800..0xDC00 = first
        && text.get(6..8) == Some("\\u")
        && let Some(second @ 0xDC00..0xE000) = unit(8)
    {
        let letter = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(letter), 12);
    }
    (Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)), 6)
}

/// What stands in `text` at `place` with `%XX` of printable ASCII replaced, when there is any.
pub(super) fn percent(text: &str, place: Range<usize>) -> Option<Layer> {
    let mut layer = Layer::of(text, &place);
    let mut at = place.start;
    for sign in memchr_iter(b'%', text.as_bytes().get(place.clone())?) {
        let sign = place.start + sign;
        if sign < at || sign + 3 > place.end {
            continue;
        }
        let Some(letter) = hex_pair(text.as_bytes(), sign) else { continue };
        layer.push_same(text.get(at..sign)?, at);
        layer.push(letter.encode_utf8(&mut [0; 4]), sign..sign + 3, Kind::Whole);
        at = sign + 3;
    }
    if at == place.start {
        return None;
    }
    layer.push_same(text.get(at..place.end)?, at);
    Some(layer)
}

/// The letter of the percent sign at `sign`, if a printable one is meant.
pub(super) fn hex_pair(text: &[u8], sign: usize) -> Option<char> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let letter = char::from_u32(digit(sign + 1)? * 16 + digit(sign + 2)?)?;
    (letter.is_ascii_graphic() || letter == ' ').then_some(letter)
}
