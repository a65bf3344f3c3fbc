//! Telling a real value from a stand-in. Every test here is one that a random value of the
//! rule's alphabet fails less than once in 100,000 times; a rarer stand-in is a finding.

use crate::class::{ALNUM, Class};

/// Words of documentation, five letters or more and in the case they are written in, so that
/// chance hardly ever makes one.
const STAND_INS: &[&str] = &[
    "EXAMPLE",
    "example",
    "Example",
    "PLACEHOLDER",
    "placeholder",
    "Placeholder",
    "REDACTED",
    "redacted",
    "Redacted",
    "MASKED",
    "masked",
    "CHANGEME",
    "changeme",
    "change-me",
    "change_me",
    "YOUR_",
    "YOUR-",
    "your_",
    "your-",
    "_HERE",
    "-HERE",
    "_here",
    "-here",
    "INSERT",
    "insert",
    "DUMMY",
    "dummy",
    "REPLACE",
    "replace",
    "FAKE_",
    "FAKE-",
    "fake_",
    "fake-",
    "notreal",
    "not-real",
    "NOTREAL",
];

/// Values that providers print in their documentation.
const DOCUMENTED: &[&str] = &[
    concat!("AK", "IAIOSFODNN7EXAMPLE"),
    concat!("wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"),
    concat!("AK", "IAI44QH8DHBEXAMPLE"),
    concat!("je7MtGbClwBF/2Zp9Utk/", "h3yCo8nvbEXAMPLEKEY"),
];

/// A run of one character, or of characters in order, from which on it is a stand-in.
const RUN: usize = 7;

/// True when `body` may be a real secret made of `alphabet`.
pub(crate) fn plausible(body: &[u8], alphabet: Class) -> bool {
    !has_run(body) && !is_stand_in(body) && varied(body, alphabet)
}

/// True when a provider prints exactly this value: AWS ends all its example ids alike.
pub(crate) fn is_documented(value: &[u8]) -> bool {
    DOCUMENTED.iter().any(|known| known.as_bytes() == value)
        || (value.len() == 20 && value.starts_with(b"A") && value.ends_with(b"EXAMPLE"))
}

/// True when a documentation word stands in `body`.
pub(crate) fn is_stand_in(body: &[u8]) -> bool {
    STAND_INS.iter().any(|word| body.windows(word.len()).any(|window| window == word.as_bytes()))
}

/// True when three characters in a row stand in for what is not shown.
pub(crate) fn is_crossed_out(value: &[u8]) -> bool {
    value.windows(3).any(|three| matches!(three, b"***" | b"..." | b"xxx" | b"XXX"))
}

/// True when no long run of one letter, or of letters in order, stands in `body`.
pub(crate) fn has_no_run(body: &[u8]) -> bool {
    !has_run(body)
}

fn has_run(body: &[u8]) -> bool {
    let (mut same, mut rising) = (1, 1);
    body.windows(2).any(|pair| {
        let [a, b] = pair else { return false };
        same = if a == b { same + 1 } else { 1 };
        rising = if a.checked_add(1) == Some(*b) { rising + 1 } else { 1 };
        same >= RUN || rising >= RUN
    })
}

/// Random text uses many characters, and text over letters and digits more than one kind.
fn varied(body: &[u8], alphabet: Class) -> bool {
    if body.len() < 16 {
        return true;
    }
    let mut seen = [false; 256];
    for byte in body {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let kinds = usize::from(body.iter().any(u8::is_ascii_digit))
        + usize::from(body.iter().any(u8::is_ascii_lowercase))
        + usize::from(body.iter().any(u8::is_ascii_uppercase));
    distinct >= 6 && (kinds >= 2 || !alphabet.covers(ALNUM))
}

#[cfg(test)]
mod tests;
