//! Personal data: payment cards, US social security numbers, IBANs, telephone numbers, and lists of
//! mail addresses. Each has a check of its own; what the check cannot tell from a number, the words around it do.

use std::ops::Range;

use vigil_proto::{Confidence, Severity};

use crate::rule::Rule;

mod card;
mod iban;
mod mail;
mod number;
mod phone;
mod ssn;
mod words;

/// The types.
pub(crate) static RULES: &[Rule] = &[
    Rule::assigned("credit_card", "pii", "a payment card's number").confidence(Confidence::High),
    Rule::assigned("ssn", "pii", "a US social security number"),
    Rule::assigned("iban", "pii", "a bank account's number (IBAN)").confidence(Confidence::High),
    Rule::assigned("phone", "pii", "a telephone number").severity(Severity::Low),
    Rule::assigned("email_list", "pii", "a mail address in a list of people")
        .severity(Severity::Low),
];

/// Bytes looked at together: one bit of a word each.
const BLOCK: usize = 64;
/// The fewest digits of a number that matters, and the bytes within which they stand.
const DIGITS: u32 = 9;
const REACH: u128 = (1 << 30) - 1;

/// A number that is personal data.
#[derive(Debug)]
pub(crate) struct Personal {
    /// Its place.
    pub(crate) place: Range<usize>,
    /// Its type.
    pub(crate) rule: &'static Rule,
}

/// Calls `found` with every number of a person in `bytes` that begins at one of `starts` and not
/// before `done`, which moves on; gives the bytes looked at.
pub(crate) fn each(
    bytes: &[u8],
    starts: &Range<usize>,
    done: &mut usize,
    mut found: impl FnMut(Personal),
) -> usize {
    let block = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.get(..rest.len().min(BLOCK)).unwrap_or_default()
    };
    let (mut at, mut work) = (starts.start, 0);
    let mut count = digits(block(at));
    let mut known = None;
    while at < starts.end {
        let next = digits(block(at + BLOCK));
        known = (count > 0 && count + next >= DIGITS).then(|| {
            let here = known.unwrap_or_else(|| digits_in(block(at)));
            let there = digits_in(block(at + BLOCK));
            work += in_block(bytes, at, (here, there), done, &mut found);
            there
        });
        (at, count) = (at + BLOCK, next);
    }
    work
}

/// Calls `found` with every mail address in `bytes` that stands in a list of people, and true for the
/// first of each list; gives the bytes looked at.
pub(crate) fn lists(bytes: &[u8], mut found: impl FnMut(Personal, bool)) -> usize {
    let [.., rule] = RULES else { return 0 };
    mail::lists(bytes, |place, first| found(Personal { place, rule }, first))
}

/// The numbers that begin in the first of two blocks, the one at `start`, which have these digits.
fn in_block(
    bytes: &[u8],
    start: usize,
    (here, next): (u64, u64),
    done: &mut usize,
    found: &mut impl FnMut(Personal),
) -> usize {
    let window = u128::from(here) | (u128::from(next) << BLOCK);
    let before = start.checked_sub(1).and_then(|before| bytes.get(before));
    let before = u64::from(before.is_some_and(u8::is_ascii_digit));
    let mut starts = here & !((here << 1) | before);
    let mut work = 0;
    while starts != 0 {
        let bit = starts.trailing_zeros();
        starts &= starts - 1;
        let at = start + usize::try_from(bit).unwrap_or(0);
        if at < *done || ((window >> bit) & REACH).count_ones() < DIGITS || !may_start(bytes, at) {
            continue;
        }
        let Some(run) = number::at(bytes, at) else { continue };
        work += run.place.len();
        *done = run.place.end;
        if let Some(personal) = classify(bytes, &run) {
            *done = (*done).max(personal.place.end);
            found(personal);
        }
    }
    work
}

/// How many bytes of `block` are digits. Written without branches, for the compiler to make vector
/// instructions of.
fn digits(block: &[u8]) -> u32 {
    let count = |bytes: &[u8]| {
        bytes.iter().fold(0_u8, |n, byte| n + u8::from(byte.wrapping_sub(b'0') < 10))
    };
    u32::from(block.first_chunk::<BLOCK>().map_or_else(|| count(block), |block| count(block)))
}

/// Which bytes of `block` are digits, the first in the lowest bit.
fn digits_in(block: &[u8]) -> u64 {
    let (words, rest) = block.as_chunks::<8>();
    let bits = words.iter().enumerate().fold(0, |bits, (i, word)| {
        // A digit without its high half is at most 9: adding 118 leaves the sign bit clear.
        let low = u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030;
        let above = ((low & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676) | low;
        let ones = (!above & 0x8080_8080_8080_8080) >> 7;
        bits | ((ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i))
    });
    rest.iter().enumerate().fold(bits, |bits, (i, byte)| {
        bits | (u64::from(byte.is_ascii_digit()) << (8 * words.len() + i))
    })
}

/// False when the digits at `at` go on from a word: only the two letters of a country may stand
/// right before them, or the letter of an escape.
fn may_start(text: &[u8], at: usize) -> bool {
    match text.get(at.saturating_sub(3)..at).unwrap_or_default() {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., a, b] if b.is_ascii_alphabetic() => a.is_ascii_uppercase() && b.is_ascii_uppercase(),
        [.., b'_'] => false,
        [b] => !b.is_ascii_alphabetic(),
        _ => true,
    }
}

fn classify(text: &[u8], run: &number::Run) -> Option<Personal> {
    let [card, ssn, iban, phone, _] = RULES else { return None };
    iban::at(text, run)
        .map(|place| (place, iban))
        .or_else(|| card::at(text, run).map(|place| (place, card)))
        .or_else(|| ssn::at(text, run).map(|place| (place, ssn)))
        .or_else(|| phone::at(text, run).map(|place| (place, phone)))
        .map(|(place, rule)| Personal { place, rule })
}

#[cfg(test)]
mod tests;
