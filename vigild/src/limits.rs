//! The protocol's limits; in the plain mode for tests, shorter ones.

use std::{fmt, time::Duration};

use vigil_proto::rpc::limits;

/// How long, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// From the beginning of a connection to the end of its greeting.
    pub(crate) greeting: Duration,
    /// From a frame's first byte to its last, in either direction.
    pub(crate) frame: Duration,
    /// Without any frame.
    pub(crate) idle: Duration,
    /// A watching connection without an event.
    pub(crate) silence: Duration,
    /// Without an anchor, after which an agent was not there.
    pub(crate) absence: Duration,
    /// Requests of a uid in a second.
    pub(crate) requests: u32,
    /// Changes of a uid in a minute.
    pub(crate) changes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            greeting: limits::GREETING,
            frame: limits::FRAME,
            idle: limits::IDLE,
            silence: limits::WATCH_SILENCE,
            absence: Duration::from_mins(15),
            requests: limits::REQUESTS_PER_SECOND,
            changes: limits::CHANGES_PER_MINUTE,
        }
    }
}

impl Limits {
    /// Renewals of a uid in a minute: as many times as many as changes, also in tests.
    pub(crate) const fn renewals(&self) -> u32 {
        const TIMES: u32 = limits::RENEWALS_PER_MINUTE / limits::CHANGES_PER_MINUTE;
        self.changes.saturating_mul(TIMES)
    }

    /// Reads what [`fmt::Display`] writes: seven numbers, times in milliseconds.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|word| word.parse().ok()).collect();
        let millis = |number: u32| Duration::from_millis(number.into());
        match *numbers?.as_slice() {
            [greeting, frame, idle, silence, absence, requests, changes] => Some(Self {
                greeting: millis(greeting),
                frame: millis(frame),
                idle: millis(idle),
                silence: millis(silence),
                absence: millis(absence),
                requests,
                changes,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for time in [self.greeting, self.frame, self.idle, self.silence, self.absence] {
            write!(f, "{},", time.as_millis())?;
        }
        write!(f, "{},{}", self.requests, self.changes)
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn limits_read_as_they_are_written() {
        let limits = Limits::default();

        assert_eq!(Limits::parse(&limits.to_string()), Some(limits));
        assert_eq!(Limits::parse("1,2,3"), None);
        assert_eq!(Limits::parse("1,2,3,4,5,6,x"), None);
    }
}
