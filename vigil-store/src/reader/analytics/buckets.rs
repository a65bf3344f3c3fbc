//! The buckets of a chart: quarters and hours are the same everywhere, days and weeks are those of
//! a time zone. Pure.

use jiff::{Timestamp, ToSpan as _, Unit, Zoned, ZonedRound, tz::TimeZone};

/// Buckets of one answer at most.
const MOST: i64 = 200;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// Seconds that the longest buckets reach over, with one to spare at each end.
pub(super) const LONGEST: i64 = (MOST - 2) * WEEK;

/// Stretches of time that follow one another.
pub(super) struct Buckets {
    /// Their beginnings, in seconds since the epoch.
    pub(super) starts: Vec<i64>,
    /// Their length in seconds.
    pub(super) step: i64,
}

impl Buckets {
    /// The shortest ones that cover the seconds from `from` to before `to`.
    pub(super) fn new(from: i64, to: i64, tz: &TimeZone) -> Self {
        let span = to - from;
        let step = [900, 3600, 3 * 3600, DAY]
            .into_iter()
            .find(|step| span / step <= MOST - 2)
            .unwrap_or(WEEK);
        let starts = if step >= DAY {
            local(from, to, step == WEEK, tz).unwrap_or_else(|| even(from, to, step))
        } else {
            even(from, to, step)
        };
        Self { starts, step }
    }

    /// The bucket that `second` falls into.
    pub(super) fn of(&self, second: i64) -> usize {
        self.starts.partition_point(|start| *start <= second).saturating_sub(1)
    }
}

fn even(from: i64, to: i64, step: i64) -> Vec<i64> {
    let start = from.div_euclid(step) * step;
    (0..MOST).map(|n| start + n * step).take_while(|start| *start < to).collect()
}

/// Midnights, or those of Mondays. None beyond the calendar.
fn local(from: i64, to: i64, weeks: bool, tz: &TimeZone) -> Option<Vec<i64>> {
    let from = Timestamp::from_second(from).ok()?.to_zoned(tz.clone());
    let mut day: Zoned =
        from.round(ZonedRound::new().smallest(Unit::Day).mode(jiff::RoundMode::Floor)).ok()?;
    if weeks {
        let since_monday = i64::from(day.weekday().to_monday_zero_offset());
        day = day.checked_sub(since_monday.days()).ok()?;
    }
    let mut starts = Vec::new();
    for _ in 0..MOST {
        let start = day.timestamp().as_second();
        if start >= to {
            break;
        }
        starts.push(start);
        let next = day.date().checked_add(if weeks { 7.days() } else { 1.day() }).ok()?;
        day = next.to_zoned(tz.clone()).ok()?;
    }
    Some(starts)
}

#[cfg(test)]
mod tests;
