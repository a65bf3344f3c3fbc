//! What the writer's time goes to, for whoever measures.

use std::{
    ops::AddAssign,
    time::{Duration, Instant},
};

/// Time of the writer's thread, by the clock on the wall. What is not named here goes to the rows
/// of events, sessions and totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Packing texts.
    pub texts: Duration,
    /// The words of the search index.
    pub index: Duration,
    /// The audit chain.
    pub chain: Duration,
    /// Ending transactions.
    pub commit: Duration,
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.texts += other.texts;
        self.index += other.index;
        self.chain += other.chain;
        self.commit += other.commit;
    }
}

/// Adds the time of `work` to `sum`.
pub(crate) fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    *sum += began.elapsed();
    done
}
