//! Totals of usage, from the rollup of quarter-hours. Never looks at events.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension as _, Row};
use vigil_proto::{Usage, report::UsageFigures};

use super::count;
use crate::error::Error;

mod grouped;

/// Seconds in a quarter of an hour.
pub(super) const QUARTER: i64 = 15 * 60;

/// Added-up rows of the rollup.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) calls: u64,
    pub(super) usage: Usage,
    pub(super) cost: i64,
    estimated: bool,
}

impl Sum {
    /// From the columns of the same names.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            calls: count(row, "calls")?,
            usage: Usage {
                input: count(row, "input")?,
                cache_read: count(row, "cache_read")?,
                cache_write_5m: count(row, "cache_write_5m")?,
                cache_write_1h: count(row, "cache_write_1h")?,
                output: count(row, "output")?,
                reasoning: count(row, "reasoning")?,
            },
            cost: row.get("cost")?,
            estimated: row.get::<_, i64>("estimated")? > 0,
        })
    }

    /// From columns in the order of the fields, the first of which is number `first`: a name is
    /// searched for, and a long loop has no time for that.
    pub(super) fn read_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let n = |at: usize| -> rusqlite::Result<u64> {
            Ok(u64::try_from(row.get::<_, i64>(first + at)?).unwrap_or(0))
        };
        Ok(Self {
            calls: n(0)?,
            usage: Usage {
                input: n(1)?,
                cache_read: n(2)?,
                cache_write_5m: n(3)?,
                cache_write_1h: n(4)?,
                output: n(5)?,
                reasoning: n(6)?,
            },
            cost: row.get(first + 7)?,
            estimated: row.get::<_, i64>(first + 8)? > 0,
        })
    }

    pub(super) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.usage += other.usage;
        self.cost = self.cost.saturating_add(other.cost);
        self.estimated |= other.estimated;
    }

    pub(super) fn figures(self) -> UsageFigures {
        UsageFigures::new(self.calls, self.usage, self.cost, self.estimated)
    }
}

/// What each grouping sums.
pub(super) const SUMS: &str = "sum(u.calls) AS calls, sum(u.input) AS input,
    sum(u.cache_read) AS cache_read, sum(u.cache_write_5m) AS cache_write_5m,
    sum(u.cache_write_1h) AS cache_write_1h, sum(u.output) AS output,
    sum(u.reasoning) AS reasoning, sum(u.cost) AS cost, sum(u.estimated) AS estimated";

/// Usage of each session by its number.
pub(super) fn by_session(conn: &Connection) -> rusqlite::Result<HashMap<i64, Sum>> {
    let sql = format!("SELECT u.session AS key, {SUMS} FROM usage u GROUP BY u.session");
    conn.prepare_cached(&sql)?
        .query_map([], |row| Ok((row.get("key")?, Sum::read(row)?)))?
        .collect()
}

/// Usage of one session.
pub(super) fn of_session(conn: &Connection, session: i64) -> rusqlite::Result<Sum> {
    let sql = format!("SELECT {SUMS} FROM usage u WHERE u.session = ? GROUP BY u.session");
    let sum = conn.prepare_cached(&sql)?.query_row([session], Sum::read).optional()?;
    Ok(sum.unwrap_or_default())
}

pub(super) fn time_zone(name: &str) -> Result<TimeZone, Error> {
    let unknown = || Error::Zone { name: name.to_owned() };
    if name == "UTC" || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    if let Some(seconds) = offset(name) {
        return jiff::tz::Offset::from_seconds(seconds).map(TimeZone::fixed).map_err(|_| unknown());
    }
    TimeZone::get(name).map_err(|_| unknown())
}

/// The zone as a person knows it.
pub(super) fn zone_name(zone: &TimeZone) -> String {
    let named = zone.iana_name().map(str::to_owned);
    named
        .or_else(|| zone.to_fixed_offset().ok().map(|offset| offset.to_string()))
        .unwrap_or_else(|| "the system's time zone".to_owned())
}

/// `+HH:MM` or `-HH:MM` in seconds.
fn offset(name: &str) -> Option<i32> {
    let (sign, rest) = match name.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 3600 + minutes * 60))
}
