//! Telephone numbers, in the international form or that of North America, with a word that
//! speaks of calling.

use std::ops::Range;

use super::{number::Run, words::Around};

const CALL: &[&str] = &[
    "phone",
    "tel",
    "telephone",
    "telefon",
    "telefono",
    "mobile",
    "mobil",
    "cell",
    "call",
    "reach",
    "contact",
    "fax",
    "whatsapp",
    "sms",
    "text me",
    "dial",
    "signal",
    "handy",
    "ring",
    "msisdn",
    "number is",
    "voicemail",
];

/// What names a number that is written without signs.
const NAMED: &[&str] =
    &["phone", "tel", "mobile", "cell", "fax", "sms", "whatsapp", "contact", "msisdn"];

const OTHER: &[&str] = &[
    "rows",
    "build",
    "epoch",
    "content-length",
    "total",
    "version",
    "serial",
    "part",
    "order",
    "invoice",
    "isbn",
    "port",
];

/// The place of the telephone number that `run` is.
pub(super) fn at(text: &[u8], run: &Run) -> Option<Range<usize>> {
    let digits = run.digits();
    let before = |back: usize| run.place.start.checked_sub(back).and_then(|at| text.get(at));
    let plus = before(1) == Some(&b'+') || (before(1) == Some(&b'(') && before(2) == Some(&b'+'));
    let open = before(1) == Some(&b'(');
    let fits = if plus {
        (8..=15).contains(&digits.len()) && digits.first() != Some(&0)
    } else {
        is_american(run, open)
    };
    let start = run.place.start - usize::from(plus || open);
    let word = start.checked_sub(1).and_then(|at| text.get(at));
    let escape = start >= 2
        && text.get(start - 2) == Some(&b'\\')
        && matches!(word, Some(b'n' | b't' | b'r'));
    let inside = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'.' | b'$' | b'#')
    };
    let after = text.get(run.place.end);
    let alone = (escape || word.is_none_or(|byte| !inside(byte)))
        && after.is_none_or(|byte| {
            !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'/')
        });
    if !fits || !alone || is_invented(digits) {
        return None;
    }
    let around = Around::new(text, &run.place);
    let spoken =
        if plus || run.groups().len() > 1 { around.near(CALL) } else { around.close(NAMED, 28) };
    (spoken && !around.close(OTHER, 20)).then_some(start..run.place.end)
}

/// Ten digits in groups of three, three and four, whose area and exchange begin with 2 to 9.
fn is_american(run: &Run, open: bool) -> bool {
    let digits = run.digits();
    let fits = match run.groups() {
        [3, 3, 4] | [10] => true,
        [1, 3, 3, 4] => digits.first() == Some(&1),
        [3, 7] => open,
        _ => false,
    };
    let from_end = |back: usize| digits.len().checked_sub(back).and_then(|at| digits.get(at));
    let high = |digit: Option<&u8>| digit.is_some_and(|digit| *digit >= 2);
    fits && high(from_end(10)) && high(from_end(7))
}

/// Numbers of films and documentation: 555-01xx, one digit over and over, or counting up.
fn is_invented(digits: &[u8]) -> bool {
    let tail = digits.get(digits.len().saturating_sub(7)..).unwrap_or_default();
    let film = matches!(tail, [5, 5, 5, 0, 1, ..]);
    let counting =
        tail.windows(2).filter(|pair| matches!(pair, [a, b] if *b == *a + 1 || a == b)).count();
    film || counting >= tail.len().saturating_sub(1)
}
