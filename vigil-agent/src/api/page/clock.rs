//! Times as the page writes them. It knows no page.

use std::time::SystemTime;

use jiff::tz::TimeZone;
use vigil_proto::Timestamp;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The present, and the zone of the machine's user.
#[derive(Clone, Debug)]
pub(in super::super) struct Clock {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

impl Clock {
    /// The system's time and zone; UTC where the zone is not known.
    pub(in super::super) fn now() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        Self { now: SystemTime::now().into(), zone }
    }

    /// `2026-11-22 20:31:07`, now.
    pub(super) fn present(&self) -> String {
        self.exact(self.now, "%Y-%m-%d %H:%M:%S")
    }

    /// `3 min ago (2026-11-22 20:31)`.
    pub(super) fn both(&self, at: Timestamp) -> String {
        let ago = match self.now.as_micros().saturating_sub(at.as_micros()) {
            ..SECOND => "now".to_owned(),
            passed @ SECOND..MINUTE => format!("{} s ago", passed / SECOND),
            passed @ MINUTE..HOUR => format!("{} min ago", passed / MINUTE),
            passed @ HOUR..DAY => format!("{} h ago", passed / HOUR),
            passed => format!("{} d ago", passed / DAY),
        };
        format!("{ago} ({})", self.exact(at, "%Y-%m-%d %H:%M"))
    }

    fn exact(&self, at: Timestamp, form: &str) -> String {
        at.to_jiff().to_zoned(self.zone.clone()).strftime(form).to_string()
    }
}
