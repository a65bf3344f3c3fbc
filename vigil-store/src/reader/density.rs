//! How many events happened when, for the strip above the timeline.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{
    KindName, Timestamp,
    view::{Density, DensityRow},
};

use super::{Reader, usage::QUARTER, word};
use crate::error::Error;

/// About how many buckets there are.
const BUCKETS: i64 = 120;

/// Lengths of a bucket in seconds, up to a week.
const STEPS: &[i64] = &[60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86_400, 7 * 86_400];

/// Seconds that a question may be about; what is beyond comes from broken clocks.
const LONGEST: i64 = 400 * 366 * 86_400;

impl Reader {
    /// How many events of each kind happened in each stretch of the time from `from` to `to`, of
    /// the whole record when `from` is none. Stretches begin at multiples of their length, so the
    /// first and the last one may reach beyond what was asked for.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn density(&self, from: Option<Timestamp>, to: Timestamp) -> Result<Density, Error> {
        let to = to.as_micros().saturating_add(999_999).div_euclid(1_000_000);
        self.snapshot("count events", |conn| {
            let from = match from {
                Some(from) => from.as_micros().div_euclid(1_000_000),
                None => begins(conn)?.unwrap_or(to),
            };
            let from = from.clamp(to.saturating_sub(LONGEST), to.saturating_sub(1));
            let step = step(to - from);
            let start = from.div_euclid(step) * step;
            let n = usize::try_from((to - start + step - 1).div_euclid(step)).unwrap_or(1);
            let end = start + step * i64::try_from(n).unwrap_or(0);
            let mut rows: BTreeMap<KindName, Vec<u64>> = BTreeMap::new();
            let mut add = |row: &Row<'_>, second: i64| -> rusqlite::Result<()> {
                let kind = word(row.get(1)?, KindName::from_code)?;
                let bucket = usize::try_from((second - start).div_euclid(step)).unwrap_or(n);
                let counts = rows.entry(kind).or_insert_with(|| vec![0; n]);
                if let Some(count) = counts.get_mut(bucket) {
                    *count += u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
                }
                Ok(())
            };
            if step < QUARTER {
                let mut statement =
                    conn.prepare_cached("SELECT at, kind, 1 FROM events WHERE at >= ? AND at < ?")?;
                let mut events = statement.query(params![
                    start.saturating_mul(1_000_000),
                    end.saturating_mul(1_000_000)
                ])?;
                while let Some(row) = events.next()? {
                    add(row, row.get::<_, i64>(0)?.div_euclid(1_000_000))?;
                }
            } else {
                let mut statement = conn.prepare_cached(
                    "SELECT quarter, kind, n FROM activity WHERE quarter >= ? AND quarter < ?",
                )?;
                let mut quarters = statement.query(params![start / QUARTER, end / QUARTER])?;
                while let Some(row) = quarters.next()? {
                    add(row, row.get::<_, i64>(0)? * QUARTER)?;
                }
            }
            let rows = rows.into_iter().map(|(kind, n)| DensityRow { kind, n }).collect();
            Ok(Density { start, step, rows })
        })
    }
}

/// When the record begins, in seconds. A time at or before the epoch is none: whoever wrote it
/// had no clock.
fn begins(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let quarter: Option<i64> = conn
        .prepare_cached("SELECT quarter FROM activity WHERE quarter > 0 ORDER BY quarter LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(quarter.map(|quarter| quarter * QUARTER))
}

/// The shortest step that covers so many seconds in about [`BUCKETS`] buckets; beyond two years
/// several weeks.
fn step(seconds: i64) -> i64 {
    let week = 7 * 86_400;
    let weeks = (seconds / BUCKETS + week - 1) / week * week;
    STEPS.iter().copied().find(|step| seconds / step <= BUCKETS).unwrap_or(weeks)
}
