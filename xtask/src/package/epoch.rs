//! The one time that packages know: that of the commit they are made of.

use std::{env, fmt};

use anyhow::{Context, Result, bail};

use crate::cargo::command;

/// What the field agreed on to say it by (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub(super) const VARIABLE: &str = "SOURCE_DATE_EPOCH";

const DAY: u64 = 86_400;
/// In the order of days of the week; the first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(pub(super) u64);

impl Epoch {
    /// What the variable says, else the time of the last commit.
    pub(super) fn find() -> Result<Self> {
        if let Some(said) = env::var_os(VARIABLE) {
            let seconds = said.to_str().and_then(|said| said.parse().ok());
            return Ok(Self(seconds.with_context(|| format!("{VARIABLE} is no number"))?));
        }
        let log = command("git", &["log", "-1", "--format=%ct"]).output();
        let log = log.context("cannot run git")?;
        let said = String::from_utf8_lossy(&log.stdout);
        match said.trim().parse() {
            Ok(seconds) => Ok(Self(seconds)),
            Err(_) => bail!("no commit says what time this is of; set {VARIABLE}"),
        }
    }

    /// As RFC 3339 writes it, which the list of components takes.
    pub(super) fn rfc3339(self) -> String {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// As RFC 5322 writes it, which a Debian changelog takes.
    pub(super) fn rfc5322(self) -> String {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        let name = |names: &[&'static str], at: u64| {
            usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
        };
        let weekday = name(&WEEKDAYS, self.0 / DAY % 7);
        let month = name(&MONTHS, month - 1);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
    }

    /// By the Gregorian calendar: years begin in March, so that a leap day is the last of its year.
    fn civil(self) -> Civil {
        let (days, seconds) = (self.0 / DAY + 719_468, self.0 % DAY);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Civil {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug)]
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

#[cfg(test)]
mod tests;
