//! How long to wait before the next try.

use std::time::Duration;

/// Longer after each failure, and short again after a success. It only counts: who holds it waits.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    next: Duration,
    longest: Duration,
}

/// After the first failure.
const FIRST: Duration = Duration::from_secs(1);

impl Pause {
    /// Never longer than `longest`.
    pub const fn up_to(longest: Duration) -> Self {
        Self { next: FIRST, longest }
    }

    /// It went well.
    pub const fn reset(&mut self) {
        self.next = FIRST;
    }

    /// How long to wait now.
    pub fn after_failure(&mut self) -> Duration {
        let now = self.next.min(self.longest);
        self.next = now.saturating_mul(2);
        now
    }
}
