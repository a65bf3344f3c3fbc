//! Payment cards: the brand's first digits and lengths (ISO/IEC 7812), the check digit, and a
//! word that speaks of payment or the usual groups of four.

use std::ops::Range;

use super::{number::Run, words::Around};

const PAYMENT: &[&str] = &[
    "card",
    "cc",
    "cc_number",
    "card_",
    "cc_num",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "discover",
    "diners",
    "jcb",
    "unionpay",
    "maestro",
    "credit",
    "debit",
    "payment",
    "pay",
    "pan",
    "cvv",
    "cvc",
    "exp",
    "expir",
    "checkout",
    "billing",
    "charge",
    "kreditkarte",
    "carte",
    "tarjeta",
    "cardholder",
];

const OTHER: &[&str] = &[
    "imei",
    "order",
    "invoice",
    "serial",
    "tracking",
    "part",
    "ref",
    "isbn",
    "test card",
    "sku",
    "facebook",
    "post_id",
    "snowflake",
    "timestamp",
    "epoch",
    "elapsed",
    "version",
    "account_id",
    "trace",
    "span",
    "gtin",
    "ean",
    "upc",
    "iccid",
    "rows",
    "build",
    "commit",
    "sha",
    "hash",
];

/// Numbers that the payment providers' documentation gives for tests, without their last digits.
const TESTS: &[&str] = &[
    "424242424242",
    "400000000000",
    "411111111111",
    "555555555555",
    "378282246310",
    "371449635398",
    "601111111111",
    "601100099013",
    "305693090259",
    "385200000232",
    "353011133330",
    "356600202036",
    "520082828282",
    "510510510510",
    "222300312200",
    "401288888888",
    "422222222222",
    "605600000000",
    "400005665566",
    "367000102000",
    "378734493671",
    "510000000000",
    "601198111111",
    "620000000000",
    "222240000000",
    "555534124444",
    "544444444444",
    "450000000000",
    "491761176117",
];

/// The place of the card's number that `run` is.
pub(super) fn at(text: &[u8], run: &Run) -> Option<Range<usize>> {
    let digits = run.digits();
    if !(13..=19).contains(&digits.len()) || run.mixed || matches!(run.sign, Some(b'.' | b')')) {
        return None;
    }
    if !has_brand(digits) || !checks(digits) || is_test(digits) || !stands_alone(text, run) {
        return None;
    }
    let around = Around::new(text, &run.place);
    let grouped = matches!(run.groups(), [4, 4, 4, 4] | [4, 6, 4 | 5] | [4, 4, 4, 4, 3]);
    let whole = run.groups().len() == 1;
    if !(grouped || whole) || around.close(OTHER, 24) {
        return None;
    }
    (around.near(PAYMENT) || (grouped && !around.line(OTHER))).then(|| run.place.clone())
}

fn value(digits: &[u8], len: usize) -> u32 {
    digits.iter().take(len).fold(0, |sum, digit| sum * 10 + u32::from(*digit))
}

fn has_brand(digits: &[u8]) -> bool {
    let (two, three, four) = (value(digits, 2), value(digits, 3), value(digits, 4));
    match digits.len() {
        13 => two / 10 == 4,
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            two / 10 == 4
                || matches!(two, 51..=55 | 65 | 62 | 60)
                || matches!(four, 2221..=2720 | 3528..=3589 | 2200..=2204)
                || matches!(three, 644..=649)
                || matches!(two, 50 | 56..=58 | 63 | 67)
        }
        17 | 18 => two == 62,
        _ => two / 10 == 4 || two == 62,
    }
}

/// The check digit of Hans Peter Luhn (US patent 2,950,048).
fn checks(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let digit = u32::from(*digit) * if i % 2 == 1 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_test(digits: &[u8]) -> bool {
    let known = |test: &&str| test.bytes().zip(digits).all(|(a, b)| a - b'0' == *b);
    let mut seen = [false; 10];
    for digit in digits {
        if let Some(seen) = seen.get_mut(usize::from(*digit)) {
            *seen = true;
        }
    }
    TESTS.iter().any(known) || seen.iter().filter(|seen| **seen).count() < 4
}

/// True when the number is no part of a longer word, number or path.
fn stands_alone(text: &[u8], run: &Run) -> bool {
    let inside =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'+');
    let before = run.place.start.checked_sub(1).and_then(|at| text.get(at));
    let escape = run.place.start >= 2
        && text.get(run.place.start - 2) == Some(&b'\\')
        && matches!(before, Some(b'n' | b't' | b'r'));
    let after = text.get(run.place.end);
    let point = after == Some(&b'.')
        && text.get(run.place.end + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (escape || before.is_none_or(|byte| !inside(byte) && *byte != b'-'))
        && (point || after.is_none_or(|byte| !inside(byte) && *byte != b'-'))
}
