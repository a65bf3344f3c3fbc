//! Events between the reading thread and whoever takes them: bounded by number and by bytes. What
//! does not fit is counted, and told where it is missing.
//!
//! Not a channel of the standard library: those wait for a slower other side by yielding, which a
//! thread of `SCHED_FIFO` does to nobody below it. Here it sleeps on the lock.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
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

    /// Adds a change, or counts it as lost.
    pub(super) fn push(&self, change: Change) {
        let mut inner = self.lock();
        let size = size(&change);
        let missing = usize::from(inner.lost != Lost::default());
        let fits = inner.events.len() + missing < self.most_events
            && (inner.bytes + size <= self.most_bytes || inner.events.is_empty());
        if !fits {
            inner.lost.queue += 1;
            inner.counters.lost.queue += 1;
            return;
        }
        inner.tell_lost();
        inner.bytes += size;
        inner.counters.told += 1;
        if change.what == What::Exec {
            inner.counters.execs += 1;
            inner.counters.incomplete += u64::from(!change.is_complete());
        }
        inner.events.push_back(Event::Change(change));
        drop(inner);
        self.filled.notify_one();
    }

    /// The kernel has dropped this many events.
    pub(super) fn kernel_lost(&self, events: u64) {
        let mut inner = self.lock();
        inner.lost.kernel += events;
        inner.counters.lost.kernel += events;
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
