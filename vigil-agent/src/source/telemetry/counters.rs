//! What was not taken, by name, until the next batch carries it into the store.

use std::sync::atomic::{AtomicU64, Ordering};

use vigil_proto::{Batch, Sensitive};

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Another user's, without a token, or from a web page.
    Refused,
    /// Larger than is read.
    TooLarge,
    /// Not what OTLP says.
    Unreadable,
    /// More connections than are held.
    Crowded,
    /// The store was behind; the client tells it again.
    Busy,
    /// More records in one message than are read.
    Records,
}

impl Loss {
    const ALL: [Self; 6] =
        [Self::Refused, Self::TooLarge, Self::Unreadable, Self::Crowded, Self::Busy, Self::Records];

    const fn name(self) -> &'static str {
        match self {
            Self::Refused => "drop.telemetry-refused",
            Self::TooLarge => "drop.telemetry-too-large",
            Self::Unreadable => "drop.telemetry-unreadable",
            Self::Crowded => "drop.telemetry-connections",
            // Nothing is lost by that as long as the client tries again.
            Self::Busy => "read.telemetry-busy",
            Self::Records => "drop.telemetry-records",
        }
    }
}

/// Counts of losses that are not in the store yet, and of all there were.
#[derive(Debug, Default)]
pub(super) struct Counters([Count; Loss::ALL.len()]);

#[derive(Debug, Default)]
struct Count {
    untold: AtomicU64,
    all: AtomicU64,
}

impl Counters {
    /// Counts `n` more, and says how many there were since the start.
    pub(super) fn add(&self, loss: Loss, n: u64) -> u64 {
        let counts = Loss::ALL.iter().zip(&self.0);
        let mut all = 0;
        for (_, count) in counts.filter(|(known, _)| **known == loss) {
            count.untold.fetch_add(n, Ordering::Relaxed);
            all = count.all.fetch_add(n, Ordering::Relaxed).saturating_add(n);
        }
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|count| count.untold.load(Ordering::Relaxed) == 0)
    }

    /// Moves them into `batch`.
    pub(super) fn take(&self, batch: &mut Batch<Sensitive>) {
        for (loss, count) in Loss::ALL.iter().zip(&self.0) {
            let n = count.untold.swap(0, Ordering::Relaxed);
            if n > 0 {
                batch.count(loss.name(), n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Loss};
    use crate::source::telemetry::told::Client;

    #[test]
    fn all_there_were_outlives_the_telling() {
        let counters = Counters::default();
        let told = [1, 2, 3].map(|_| {
            let all = counters.add(Loss::Refused, 1);
            counters.take(&mut Client::Codex.batch());
            all
        });

        assert_eq!(told, [1, 2, 3]);
        assert!(counters.is_empty());
    }
}
