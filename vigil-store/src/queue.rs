//! The bounded way into the writer: a push waits while too many bytes wait, so that a slow disk
//! slows the sources instead of filling memory. Nothing is ever dropped here.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(crate) struct Queue<T> {
    inner: Mutex<Inner<T>>,
    filled: Condvar,
    emptied: Condvar,
    limit: usize,
}

#[derive(Debug)]
struct Inner<T> {
    items: VecDeque<(usize, T)>,
    bytes: usize,
    closed: bool,
}

/// The queue takes nothing more.
#[derive(Debug)]
pub(crate) struct Closed;

impl<T> Queue<T> {
    /// Holds up to `limit` bytes, and always at least one item.
    pub(crate) fn new(limit: usize) -> Self {
        let inner = Inner { items: VecDeque::new(), bytes: 0, closed: false };
        Self { inner: Mutex::new(inner), filled: Condvar::new(), emptied: Condvar::new(), limit }
    }

    /// Waits for room and puts in an item of so many bytes.
    pub(crate) fn push(&self, bytes: usize, item: T) -> Result<(), Closed> {
        let mut inner = self.lock();
        while !inner.closed && !inner.items.is_empty() && inner.bytes + bytes > self.limit {
            inner = self.emptied.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if inner.closed {
            return Err(Closed);
        }
        inner.bytes += bytes;
        inner.items.push_back((bytes, item));
        self.filled.notify_one();
        Ok(())
    }

    /// The next item, or none when there is none until `deadline` (for ever without one). An
    /// error once the queue is closed and empty.
    pub(crate) fn pop(&self, deadline: Option<Instant>) -> Result<Option<(usize, T)>, Closed> {
        let mut inner = self.lock();
        loop {
            if let Some((bytes, item)) = inner.items.pop_front() {
                inner.bytes -= bytes;
                self.emptied.notify_all();
                return Ok(Some((bytes, item)));
            }
            if inner.closed {
                return Err(Closed);
            }
            let left = match deadline {
                None => Duration::from_hours(1),
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            };
            if left.is_zero() {
                return Ok(None);
            }
            inner = self.filled.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes nothing more; what is in it can still be taken out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// True once closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
