//! International bank account numbers (ISO 13616): the country's length and the check of ISO 7064
//! (modulo 97).

use std::ops::Range;

use super::number::Run;

/// Countries and the lengths of their numbers.
const COUNTRIES: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SC", 31),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];

/// The place of the account's number whose check digits begin `run`.
pub(super) fn at(text: &[u8], run: &Run) -> Option<Range<usize>> {
    let start = run.place.start.checked_sub(2)?;
    let country = text.get(start..start + 2)?;
    if !country.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let (_, len) = COUNTRIES.iter().find(|(code, _)| &code[..] == country)?;
    if start > 0 && text.get(start - 1)?.is_ascii_alphanumeric() && !after_escape(text, start) {
        return None;
    }
    let (mut letters, mut count, mut at) = ([0_u8; 34], 0, start);
    while count < *len {
        let byte = *text.get(at)?;
        at += 1;
        if byte == b' ' && count % 4 == 0 && count > 0 {
            continue;
        }
        if !(byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
            return None;
        }
        *letters.get_mut(count)? = byte;
        count += 1;
    }
    let ends = text.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let letters = letters.get(..count)?;
    (ends && checks(letters) && is_varied(letters)).then_some(start..at)
}

fn after_escape(text: &[u8], start: usize) -> bool {
    start >= 2
        && text.get(start - 2) == Some(&b'\\')
        && matches!(text.get(start - 1), Some(b'n' | b't' | b'r'))
}

fn checks(letters: &[u8]) -> bool {
    let value =
        |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let (head, tail) = letters.split_at(4.min(letters.len()));
    let rest = tail.iter().chain(head).fold(0, |rest, byte| {
        let value = value(*byte);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    let digits = head.iter().skip(2).fold(0, |sum, byte| sum * 10 + value(*byte));
    rest == 1 && (2..=98).contains(&digits)
}

/// Real numbers are not one digit over and over, as those of documentation are.
fn is_varied(letters: &[u8]) -> bool {
    let body = letters.get(4..).unwrap_or_default();
    let others = body.iter().filter(|byte| **byte != b'0').count();
    let first = body.first();
    body.iter().any(|byte| Some(byte) != first)
        && others * 4 > body.len()
        && !KNOWN.iter().any(|known| letters == known.as_bytes())
}

/// Numbers that documentation uses.
const KNOWN: &[&str] = &[
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "BE68539007547034",
    "CH9300762011623852957",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "AT611904300234573201",
];
