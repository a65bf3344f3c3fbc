//! Times for people: how long ago, and exactly, in the user's own zone.

use std::time::SystemTime;

use jiff::{
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use vigil_proto::Timestamp;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What stands between a day and a time of it.
const BEFORE_TIME: [char; 3] = ['T', 't', ' '];

/// The present, and the zone that days and clock times are in.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    now: Timestamp,
    zone: TimeZone,
}

impl Clock {
    /// The system's time and zone; UTC where the zone is not known.
    pub(crate) fn now() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        Self { now: SystemTime::now().into(), zone }
    }

    #[cfg(test)]
    pub(crate) fn at(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// `2026-11-22 20:31`.
    pub(crate) fn exact(&self, at: Timestamp) -> String {
        at.to_jiff().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// `2026-11-22 20:31:07`.
    pub(crate) fn to_the_second(&self, at: Timestamp) -> String {
        at.to_jiff().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `3 min ago`; a time to come is named as such.
    pub(crate) fn ago(&self, at: Timestamp) -> String {
        let passed = self.now.as_micros().saturating_sub(at.as_micros());
        let (amount, sign) = (passed.saturating_abs(), passed.signum());
        let words = match amount {
            ..SECOND => return "now".to_owned(),
            SECOND..MINUTE => format!("{} s", amount / SECOND),
            MINUTE..HOUR => format!("{} min", amount / MINUTE),
            HOUR..DAY => format!("{} h", amount / HOUR),
            _ => format!("{} d", amount / DAY),
        };
        if sign < 0 { format!("in {words}") } else { format!("{words} ago") }
    }

    /// `3 min ago (2026-11-22 20:31)`.
    pub(crate) fn both(&self, at: Timestamp) -> String {
        format!("{} ({})", self.ago(at), self.exact(at))
    }

    /// The zone that days are in.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's name for the store: an IANA name, else the offset in force.
    pub(crate) fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.to_owned(),
            None => self.zone.to_offset(self.now.to_jiff()).to_string(),
        }
    }

    /// Reads what `--since` takes: an RFC 3339 time, a day (`2026-11-22`, from its midnight in
    /// the user's zone), a time of a day in the user's zone (`2026-11-22 10:30`) or a time ago
    /// (`90s`, `15m`, `2h`, `7d`, `4w`).
    pub(crate) fn since(&self, text: &str) -> Option<Timestamp> {
        if let Ok(at) = text.parse() {
            return Some(at);
        }
        match day(text) {
            Some(day) => self.here(day.to_datetime(Time::midnight())),
            None => self.passed(text).or_else(|| self.here(without_zone(text)?)),
        }
    }

    /// Reads what `--until` takes: as [`Self::since`], but a day to its end.
    pub(crate) fn until(&self, text: &str) -> Option<Timestamp> {
        match day(text) {
            Some(day) => self.here(day.tomorrow().ok()?.to_datetime(Time::midnight())),
            None => self.since(text),
        }
    }

    /// That time in the user's zone.
    fn here(&self, time: DateTime) -> Option<Timestamp> {
        let zoned = time.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_micros(zoned.timestamp().as_microsecond()))
    }

    /// A time ago.
    fn passed(&self, text: &str) -> Option<Timestamp> {
        let unit = match text.chars().next_back()? {
            's' => SECOND,
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            'w' => 7 * DAY,
            _ => return None,
        };
        let amount: u32 = text.get(..text.len() - 1)?.parse().ok()?;
        let passed = i64::from(amount).checked_mul(unit)?;
        Some(Timestamp::from_micros(self.now.as_micros().checked_sub(passed)?))
    }
}

/// A day and nothing else: what is read as a day may have a time behind it, which counts.
fn day(text: &str) -> Option<Date> {
    if text.contains(BEFORE_TIME) { None } else { text.parse().ok() }
}

/// A day and a time of it that no zone belongs to.
fn without_zone(text: &str) -> Option<DateTime> {
    let has_time = text.contains(BEFORE_TIME) && !text.contains('[');
    if has_time { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
