//! Whether the user has paused recording, and since when: the moment it was asked for, whoever
//! looks later.

use std::sync::atomic::{AtomicI64, Ordering};

use vigil_proto::Timestamp;

/// The user's pause. Off at first.
#[derive(Debug, Default)]
pub struct Pause(AtomicI64);

/// No pause. The epoch itself is no time at which anybody pauses.
const OFF: i64 = 0;

impl Pause {
    /// True while recording is paused.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) != OFF
    }

    /// When the pause began; none while there is none.
    pub fn since(&self) -> Option<Timestamp> {
        match self.0.load(Ordering::Relaxed) {
            OFF => None,
            micros => Some(Timestamp::from_micros(micros)),
        }
    }

    /// Begins or ends it at the time `now`. False when nothing changed by that.
    pub fn set(&self, on: bool, now: Timestamp) -> bool {
        if on {
            let micros = now.as_micros().max(OFF + 1);
            return self
                .0
                .compare_exchange(OFF, micros, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        }
        self.0.swap(OFF, Ordering::AcqRel) != OFF
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
    }
}
