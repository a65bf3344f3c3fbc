//! Linux: the proc connector.
use super::{Counters, Event, Options, Priority, WatchError, queue::Queue};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Watch {
    queue: Queue,
}

impl Watch {
    pub(super) fn start(options: Options) -> Result<Self, WatchError> {
        let _ = Queue::new(options.queue_events, options.queue_bytes);
        Err(WatchError::NotBuilt)
    }

    pub(super) fn next(&self, wait: Duration) -> Result<Option<Event>, WatchError> {
        self.queue.next(wait)
    }

    #[expect(clippy::unused_self)]
    pub(super) fn priority(&self) -> Priority {
        Priority::Normal
    }

    #[expect(clippy::unused_self)]
    pub(super) fn receive_buffer(&self) -> usize {
        0
    }

    pub(super) fn counters(&self) -> Counters {
        self.queue.counters()
    }
}
