//! Events between the reading thread and whoever takes them: bounded by number and by bytes. What
//! does not fit is counted, and told where it is missing.
//!
//! Not a channel of the standard library: those wait for a slower other side by yielding, and a
//! thread of `SCHED_FIFO` yields to nobody below it. Here the reading thread does not wait at all.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError},
    time::{Duration, Instant},
};

use super::{Change, Counters, Event, Lost, WatchError, What};

#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
    most_events: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<Event>,
    bytes: usize,
    /// Missing after the last event, not told yet.
    lost: Lost,
    counters: Counters,
    stopped: bool,
}

impl Queue {
    pub(super) fn new(most_events: usize, most_bytes: usize) -> Self {
        // Room for one event and the word of what is missing before it.
        let most_events = most_events.max(2);
        Self { inner: Mutex::default(), filled: Condvar::new(), most_events, most_bytes }
    }

    /// Takes everything out of `events`, in order; what does not fit is counted as lost. Never waits
    /// for whoever takes events: that one may have been stopped in the middle of it by a thread as
    /// urgent as the caller. False, and nothing is taken, when it is in the middle of it.
    pub(super) fn try_push(&self, events: &mut Vec<Event>) -> bool {
        match self.inner.try_lock() {
            Ok(inner) => self.push_into(inner, events),
            Err(TryLockError::Poisoned(poisoned)) => self.push_into(poisoned.into_inner(), events),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }

    /// As [`try_push`](Self::try_push), but waits.
    pub(super) fn push(&self, events: &mut Vec<Event>) {
        self.push_into(self.lock(), events);
    }

    fn push_into(&self, mut inner: MutexGuard<'_, Inner>, events: &mut Vec<Event>) {
        for event in events.drain(..) {
            match event {
                Event::Change(change) => inner.push(change, self.most_events, self.most_bytes),
                Event::Lost(lost) => inner.lose(lost),
            }
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// Nothing more will come.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.filled.notify_all();
    }

    pub(super) fn next(&self, wait: Duration) -> Result<Option<Event>, WatchError> {
        // A wait without an end is one of a day.
        let until = Instant::now() + wait.min(Duration::from_hours(24));
        let mut inner = self.lock();
        loop {
            if let Some(event) = inner.take() {
                return Ok(Some(event));
            }
            if inner.stopped {
                return Err(WatchError::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let waited = self.filled.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn counters(&self) -> Counters {
        self.lock().counters
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn push(&mut self, change: Change, most_events: usize, most_bytes: usize) {
        let size = size(&change);
        let missing = usize::from(self.lost != Lost::default());
        let fits = self.events.len() + missing < most_events
            && (self.bytes + size <= most_bytes || self.events.is_empty());
        if !fits {
            return self.lose(Lost { kernel: 0, queue: 1 });
        }
        self.tell_lost();
        self.bytes += size;
        self.counters.told += 1;
        if change.what == What::Exec {
            self.counters.execs += 1;
            self.counters.incomplete += u64::from(!change.is_complete());
        }
        self.events.push_back(Event::Change(change));
    }

    fn lose(&mut self, lost: Lost) {
        for sum in [&mut self.lost, &mut self.counters.lost] {
            sum.kernel += lost.kernel;
            sum.queue += lost.queue;
        }
    }

    /// Puts the word of what is missing where it is missing.
    fn tell_lost(&mut self) {
        if self.lost != Lost::default() {
            let lost = std::mem::take(&mut self.lost);
            self.events.push_back(Event::Lost(lost));
        }
    }

    fn take(&mut self) -> Option<Event> {
        if self.events.is_empty() {
            self.tell_lost();
        }
        let event = self.events.pop_front()?;
        if let Event::Change(change) = &event {
            self.bytes -= size(change);
        }
        Some(event)
    }
}

fn size(change: &Change) -> usize {
    change.details.as_ref().map_or(0, crate::process::Details::size)
}

#[cfg(test)]
mod tests;
