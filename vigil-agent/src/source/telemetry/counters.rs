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
    /// The store was behind; the client tells it again.
    Busy,
    /// More records in one message than are read.
    Records,
}

impl Loss {
    const ALL: [Self; 5] =
        [Self::Refused, Self::TooLarge, Self::Unreadable, Self::Busy, Self::Records];

    const fn name(self) -> &'static str {
        match self {
            Self::Refused => "drop.telemetry-refused",
            Self::TooLarge => "drop.telemetry-too-large",
            Self::Unreadable => "drop.telemetry-unreadable",
            // Nothing is lost by that as long as the client tries again.
            Self::Busy => "read.telemetry-busy",
            Self::Records => "drop.telemetry-records",
        }
    }
}

/// Counts of losses that are not in the store yet.
#[derive(Debug, Default)]
pub(super) struct Counters([AtomicU64; Loss::ALL.len()]);

impl Counters {
    /// Counts `n` more, and says how many there are to be told.
    pub(super) fn add(&self, loss: Loss, n: u64) -> u64 {
        let slots = Loss::ALL.iter().zip(&self.0);
        let mut total = 0;
        for (_, slot) in slots.filter(|(known, _)| **known == loss) {
            total = slot.fetch_add(n, Ordering::Relaxed).saturating_add(n);
        }
        total
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|slot| slot.load(Ordering::Relaxed) == 0)
    }

    /// Moves them into `batch`.
    pub(super) fn take(&self, batch: &mut Batch<Sensitive>) {
        for (loss, slot) in Loss::ALL.iter().zip(&self.0) {
            let n = slot.swap(0, Ordering::Relaxed);
            if n > 0 {
                batch.count(loss.name(), n);
            }
        }
    }
}
