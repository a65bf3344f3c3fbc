//! The two spellings of a time in a certificate (RFC 5280, 4.1.2.5): up to 2049 with two digits of
//! the year, from 2050 on with four; always to the second and in UTC.

use super::der::{Element, GENERALIZED_TIME, Malformed, UTC_TIME};

/// Seconds since 1970 of a time.
pub(super) fn seconds(element: Element<'_>) -> Result<i64, Malformed> {
    let (year, rest) = match (element.tag, element.content) {
        (UTC_TIME, [y1, y2, rest @ ..]) => match two(*y1, *y2)? {
            year @ 0..50 => (2000 + year, rest),
            year => (1900 + year, rest),
        },
        (GENERALIZED_TIME, [y1, y2, y3, y4, rest @ ..]) => {
            match two(*y1, *y2)? * 100 + two(*y3, *y4)? {
                year @ 2050.. => (year, rest),
                _ => return Err(Malformed),
            }
        }
        _ => return Err(Malformed),
    };
    let &[mo1, mo2, d1, d2, h1, h2, mi1, mi2, s1, s2, b'Z'] = rest else {
        return Err(Malformed);
    };
    let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?);
    if day < 1 || day > days_in(month, year)? || hour > 23 || minute > 59 || second > 59 {
        return Err(Malformed);
    }
    Ok(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn two(tens: u8, ones: u8) -> Result<i64, Malformed> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Ok(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    } else {
        Err(Malformed)
    }
}

fn days_in(month: i64, year: i64) -> Result<i64, Malformed> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Ok(if leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Ok(30),
        1..=12 => Ok(31),
        _ => Err(Malformed),
    }
}

/// Days since 1970 of a date in the Gregorian calendar; years begin in March here, so that a leap
/// day is a year's last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    /// From 1 March of the year 0 to 1 January 1970.
    const BEFORE_1970: i64 = 719_468;
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - BEFORE_1970
}

#[cfg(test)]
mod tests;
