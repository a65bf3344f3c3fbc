//! A number as people write it: groups of digits with one sign between them.

use std::ops::Range;

/// More digits than any number of a person has.
const LONGEST: usize = 32;

/// Digits in groups.
#[derive(Debug)]
pub(super) struct Run {
    /// From the first digit to the last.
    pub(super) place: Range<usize>,
    digits: [u8; LONGEST],
    len: usize,
    groups: [u8; 8],
    count: usize,
    /// The sign between the groups; `None` when there is none or when they differ.
    pub(super) sign: Option<u8>,
    /// True when two signs are used.
    pub(super) mixed: bool,
}

impl Run {
    /// The digits alone, as values 0 to 9.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// How many digits each group has.
    pub(super) fn groups(&self) -> &[u8] {
        self.groups.get(..self.count).unwrap_or_default()
    }
}

/// The number that begins at `at`, when one does: a digit with no digit before it.
pub(super) fn at(text: &[u8], at: usize) -> Option<Run> {
    if !text.get(at)?.is_ascii_digit() || (at > 0 && text.get(at - 1)?.is_ascii_digit()) {
        return None;
    }
    let mut run = Run {
        place: at..at,
        digits: [0; LONGEST],
        len: 0,
        groups: [0; 8],
        count: 0,
        sign: None,
        mixed: false,
    };
    let mut here = at;
    loop {
        let rest = text.get(here..).unwrap_or_default();
        let group = rest.iter().take_while(|byte| byte.is_ascii_digit()).take(64).count();
        let (Some(slot), true) = (run.groups.get_mut(run.count), run.len + group <= LONGEST) else {
            if run.count == 0 {
                run.place.end = here + group;
            }
            break;
        };
        *slot = u8::try_from(group).unwrap_or(u8::MAX);
        run.count += 1;
        for digit in rest.iter().take(group) {
            if let Some(slot) = run.digits.get_mut(run.len) {
                *slot = digit - b'0';
                run.len += 1;
            }
        }
        here += group;
        run.place.end = here;
        let Some((sign, width)) = sign_at(text, here) else { break };
        if width > 1 && (run.count > 1 || group > 3) {
            break;
        }
        if run.count > 1 && run.sign != Some(sign) {
            run.mixed = true;
        }
        run.sign = Some(sign);
        here += width;
    }
    Some(run)
}

/// One sign (or a parenthesis and a space) with a digit after it.
fn sign_at(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let sign = *text.get(at)?;
    if !matches!(sign, b' ' | b'-' | b'.' | b')') {
        return None;
    }
    let width = match text.get(at + 1)? {
        b' ' | b'(' | b'-' if matches!(sign, b')' | b' ') => 2,
        _ => 1,
    };
    text.get(at + width)?.is_ascii_digit().then_some((sign, width))
}
