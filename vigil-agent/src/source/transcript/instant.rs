//! The client's times: RFC 3339 in UTC with milliseconds, read without a calendar library on
//! the usual path.

use vigil_proto::Timestamp;

/// The instant that `text` names, or none when it is not RFC 3339.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    usual(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-11-22T20:25:46.562Z` and nothing else.
fn usual(text: &[u8]) -> Option<Timestamp> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        mo1,
        mo2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
        b'.',
        f1,
        f2,
        f3,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = number(&[mo1, mo2])?;
    let day = number(&[d1, d2])?;
    let hour = number(&[h1, h2])?;
    let minute = number(&[m1, m2])?;
    let second = number(&[s1, s2])?;
    let millis = number(&[f1, f2, f3])?;
    // Leap seconds, the 31st and other rare days go the slow way, which knows the calendar.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) && !is_day(year, month, day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(Timestamp::from_micros((seconds * 1000 + millis) * 1000))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

const fn is_day(year: i64, month: i64, day: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    day >= 1 && day <= last
}

/// Days from 1970-01-01 in the Gregorian calendar. The year is counted from March, so that the
/// leap day is its last day.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    // 719_468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests;
