//! Times and amounts as the page writes them. It knows no page.

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

/// `n` with a narrow no-break space between groups of three digits.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes in binary units with one decimal, as the command line has them.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(super) fn bytes(n: u64) -> String {
    let mut amount = n as f64;
    for unit in ["B", "KiB", "MiB"] {
        if amount < 1024.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{amount:.1} {unit}") };
        }
        amount /= 1024.0;
    }
    format!("{amount:.1} GiB")
}
