//! Whether the user has paused recording, and since when: the moment it was asked for, whoever
//! looks later.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use vigil_proto::Timestamp;

/// The user's pause. Off at first.
#[derive(Debug, Default)]
pub struct Pause {
    since: AtomicI64,
    /// From when to when the last one was that is over.
    last: Mutex<Option<(Timestamp, Timestamp)>>,
}

/// No pause. The epoch itself is no time at which anybody pauses.
const OFF: i64 = 0;

impl Pause {
    /// True while recording is paused.
    pub fn is_on(&self) -> bool {
        self.since.load(Ordering::Relaxed) != OFF
    }

    /// True when recording was, or is, paused at the time `at`, as far as the last pause tells: for
    /// what happened a moment ago and is heard of now.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.since().is_some_and(|since| at >= since)
            || self
                .last
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some_and(|(from, to)| (from..to).contains(&at))
    }

    /// When the pause began; none while there is none.
    pub fn since(&self) -> Option<Timestamp> {
        match self.since.load(Ordering::Relaxed) {
            OFF => None,
            micros => Some(Timestamp::from_micros(micros)),
        }
    }

    /// Begins or ends it at the time `now`. False when nothing changed by that.
    pub fn set(&self, on: bool, now: Timestamp) -> bool {
        if on {
            let micros = now.as_micros().max(OFF + 1);
            return self
                .since
                .compare_exchange(OFF, micros, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match self.since.swap(OFF, Ordering::AcqRel) {
            OFF => false,
            since => {
                *last = Some((Timestamp::from_micros(since), now));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use vigil_proto::Timestamp;

    use super::Pause;

    #[test]
    fn a_pause_began_when_it_was_first_asked_for() {
        let (pause, at) = (Pause::default(), Timestamp::from_micros);
        assert_eq!((pause.is_on(), pause.since()), (false, None));

        assert!(pause.set(true, at(5)));
        assert!(!pause.set(true, at(9)), "it is on already");
        assert_eq!((pause.is_on(), pause.since()), (true, Some(at(5))));

        assert!(pause.set(false, at(10)));
        assert!(!pause.set(false, at(11)));
        assert_eq!(pause.since(), None);

        let covered = [4, 5, 9, 10, 11].map(|micros| pause.covers(at(micros)));
        assert_eq!(covered, [false, true, true, false, false]);
        assert!(pause.set(true, at(20)));
        let covered = [4, 5, 10, 19, 20, 99].map(|micros| pause.covers(at(micros)));
        assert_eq!(covered, [false, true, false, false, true, true]);
    }
}
