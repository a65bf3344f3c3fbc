//! Whether the user has paused recording, and since when: the moment it was asked for, whoever
//! looks later. It is noted in the folder of Vigil's state, so that it outlasts the agent, until
//! what was written meanwhile is on record as a gap.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use vigil_platform::{
    paths::PathError,
    paused::{self, Noted},
};
use vigil_proto::Timestamp;

/// The user's pause. Off at first, where none is noted.
#[derive(Debug, Default)]
pub struct Pause {
    since: AtomicI64,
    past: Mutex<Past>,
    /// The folder where it is noted; none: nowhere.
    state: Option<PathBuf>,
    /// It could not be noted.
    unnoted: AtomicBool,
}

/// What is kept of pauses besides.
#[derive(Debug, Default)]
struct Past {
    /// From when to when the last one was that is over.
    last: Option<(Timestamp, Timestamp)>,
    /// When the one began whose gaps are not on record yet.
    owed: Option<Timestamp>,
}

/// No pause. The epoch itself is no time at which anybody pauses.
const OFF: i64 = 0;

impl Pause {
    /// As it is noted in the folder `state`, and noted there from now on.
    ///
    /// # Errors
    /// The note cannot be read.
    pub fn noted_in(state: &Path) -> Result<Self, PathError> {
        let pause = Self { state: Some(state.to_owned()), ..Self::default() };
        if let Some(noted) = paused::read(state)? {
            let mut past = pause.past();
            past.owed = Some(noted.since);
            match noted.until {
                Some(until) => past.last = Some((noted.since, until)),
                None => pause.since.store(micros(noted.since), Ordering::Relaxed),
            }
        }
        Ok(pause)
    }

    /// True while recording is paused.
    pub fn is_on(&self) -> bool {
        self.since.load(Ordering::Relaxed) != OFF
    }

    /// True when recording was, or is, paused at the time `at`, as far as the last pause tells: for
    /// what happened a moment ago and is heard of now.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.since().is_some_and(|since| at >= since)
            || self.past().last.is_some_and(|(from, to)| (from..to).contains(&at))
    }

    /// When the pause began; none while there is none.
    pub fn since(&self) -> Option<Timestamp> {
        match self.since.load(Ordering::Relaxed) {
            OFF => None,
            micros => Some(Timestamp::from_micros(micros)),
        }
    }

    /// Begins or ends it at the time `now`. False when nothing changed by that. It also holds when
    /// it cannot be noted.
    pub fn set(&self, on: bool, now: Timestamp) -> bool {
        let mut past = self.past();
        let since = self.since();
        if since.is_some() == on {
            return false;
        }
        let owed = *past.owed.get_or_insert(now);
        if on {
            self.since.store(micros(now), Ordering::Release);
        }
        self.note(Noted { since: owed, until: (!on).then_some(now) });
        if let Some(since) = since {
            // Only now does anybody read on.
            past.last = Some((since, now));
            self.since.store(OFF, Ordering::Release);
        }
        true
    }

    /// When the pause began that lasts, or is over without its gaps being on record yet.
    pub fn owed(&self) -> Option<Timestamp> {
        self.past().owed
    }

    /// What was written during the pause that is over is on record as gaps.
    pub fn settle(&self) {
        let mut past = self.past();
        if !self.is_on() && past.owed.take().is_some() {
            let removed = self.state.as_ref().map_or(Ok(()), |state| paused::remove(state));
            if let Err(error) = removed {
                tracing::warn!(error = &error as &dyn std::error::Error, "a pause stays noted");
            }
        }
    }

    /// True when the pause ends with the agent, because it could not be noted.
    pub fn is_unnoted(&self) -> bool {
        self.unnoted.load(Ordering::Relaxed)
    }

    fn note(&self, noted: Noted) {
        let done = self.state.as_ref().map_or(Ok(()), |state| paused::write(state, noted));
        self.unnoted.store(done.is_err(), Ordering::Relaxed);
        if let Err(error) = done {
            tracing::error!(error = &error as &dyn std::error::Error, "a pause is not noted");
        }
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_micros().max(OFF + 1)
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

    #[test]
    fn a_pause_outlasts_the_agent_until_its_gaps_are_on_record() {
        let (state, at) = (tempfile::tempdir().unwrap(), Timestamp::from_micros);
        let start = || Pause::noted_in(state.path()).unwrap();
        let first = start();
        assert_eq!((first.since(), first.owed()), (None, None));
        first.set(true, at(5));
        first.settle();

        let second = start();
        assert_eq!((second.since(), second.owed()), (Some(at(5)), Some(at(5))), "it lasts");
        assert!(second.set(false, at(9)));

        let third = start();
        assert_eq!((third.since(), third.owed()), (None, Some(at(5))), "its gaps are owed");
        assert!(third.covers(at(7)));
        third.settle();
        assert_eq!(third.owed(), None);
        assert_eq!(start().owed(), None);
    }

    #[test]
    fn a_pause_that_cannot_be_noted_holds_and_says_so() {
        let state = tempfile::tempdir().unwrap();
        let pause = Pause::noted_in(&state.path().join("gone")).unwrap();

        assert!(pause.set(true, Timestamp::from_micros(5)));

        assert!(pause.is_on() && pause.is_unnoted());
    }
}
