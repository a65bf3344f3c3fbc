//! US social security numbers: three, two and four digits of the areas that were ever given out,
//! with a word that speaks of a person. A number without any is only a number.

use std::ops::Range;

use super::{number::Run, words::Around};

const PERSON: &[&str] = &[
    "ssn",
    "social",
    "taxpayer",
    "tin",
    "itin",
    "w-2",
    "w2",
    "w-4",
    "1099",
    "dob",
    "applicant",
    "employee",
    "born",
    "birth",
    "patient",
    "beneficiary",
    "sss",
    "payroll",
    "tax id",
    "tax_id",
    "identity",
];

const OTHER: &[&str] = &[
    "part", "model", "sku", "serial", "phone", "tel", "fax", "isbn", "version", "order", "invoice",
];

/// The place of the social security number that `run` is.
pub(super) fn at(text: &[u8], run: &Run) -> Option<Range<usize>> {
    let digits = run.digits();
    let whole = run.groups() == [9];
    if !(run.groups() == [3, 2, 4] && matches!(run.sign, Some(b'-' | b' ')) && !run.mixed || whole)
    {
        return None;
    }
    let part = |range: Range<usize>| {
        digits
            .get(range)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |sum, digit| sum * 10 + u32::from(*digit))
    };
    let (area, group, serial) = (part(0..3), part(3..5), part(5..9));
    let given = !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0;
    // Printed on wallet inserts and in a pamphlet of the administration.
    let printed = matches!((area, group, serial), (78, 5, 1120) | (219, 9, 9999) | (123, 45, 6789));
    if !given || printed || !stands_alone(text, run) {
        return None;
    }
    let around = Around::new(text, &run.place);
    let spoken =
        if whole { around.close(&["ssn", "social security"], 28) } else { around.near(PERSON) };
    (spoken && !around.close(OTHER, 24)).then(|| run.place.clone())
}

fn stands_alone(text: &[u8], run: &Run) -> bool {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/');
    let start = run.place.start;
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let escape = start >= 2
        && text.get(start - 2) == Some(&b'\\')
        && matches!(before, Some(b'n' | b't' | b'r'));
    let after = text.get(run.place.end);
    (escape || before.is_none_or(|byte| !inside(byte) && *byte != b'.'))
        && after.is_none_or(|byte| !inside(byte))
}
