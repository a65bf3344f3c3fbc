//! Events that wait for one connection: so many, of so many bytes, and the rest counted.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use vigil_proto::rpc::{Filling, WATCH_EVENTS, WatchEvent, WatchEvents};

/// The most events that wait.
const EVENTS: usize = 4096;
/// The most bytes their details may have.
const BYTES: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Queue {
    held: Mutex<Held>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    events: VecDeque<WatchEvent>,
    bytes: usize,
    lost: u64,
    is_closed: bool,
}

impl Queue {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: WatchEvent) {
        let mut held = self.held();
        let size = size(&event);
        if held.events.len() >= EVENTS || held.bytes + size > BYTES {
            held.lost += 1;
        } else {
            held.bytes += size;
            held.events.push_back(event);
        }
        self.arrived.notify_one();
    }

    pub(super) fn lose(&self, events: u64) {
        let mut held = self.held();
        held.lost = held.lost.saturating_add(events);
        self.arrived.notify_one();
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.held().is_closed = true;
        self.arrived.notify_one();
    }

    /// Waits until there is something to take; false when there is not.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let is_empty =
            |held: &mut Held| held.events.is_empty() && held.lost == 0 && !held.is_closed;
        let waited = self.arrived.wait_timeout_while(self.held(), time, is_empty);
        let (held, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(held);
        !timeout.timed_out()
    }

    /// As many as a frame carries; nothing at the end.
    pub(super) fn take(&self) -> Option<WatchEvents> {
        let mut held = self.held();
        if held.is_closed && held.events.is_empty() {
            return None;
        }
        let mut batch = Filling::<_, WATCH_EVENTS>::new(WATCH_EVENTS);
        while let Some(event) = held.events.pop_front() {
            let size = size(&event);
            if let Err(event) = batch.push(event) {
                held.events.push_front(event);
                break;
            }
            held.bytes = held.bytes.saturating_sub(size);
        }
        let lost = u32::try_from(held.lost).unwrap_or(u32::MAX);
        held.lost = 0;
        Some(WatchEvents { lost, events: batch.into_rows() })
    }
}

fn size(event: &WatchEvent) -> usize {
    let Some(details) = &event.details else { return 0 };
    let exe = details.exe.as_ref().map_or(0, |exe| exe.as_bytes().len());
    let argv = details.argv.as_ref().map_or(0, |argv| argv.as_bytes().len());
    let cwd = details.cwd.as_ref().map_or(0, |cwd| cwd.as_bytes().len());
    exe + argv + cwd
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vigil_proto::rpc::{
        Argv, Change, Details, Micros, Name, Pid, Uid, WATCH_EVENTS, WatchEvent,
    };

    use super::{BYTES, EVENTS, Queue};

    fn event(argv: usize) -> WatchEvent {
        let argv = Some(Argv::new(vec![b'x'; argv]).unwrap());
        WatchEvent {
            change: Change::Exec,
            at: Micros(0),
            pid: Pid::new(1).unwrap(),
            ppid: None,
            uid: Uid::new(1000).unwrap(),
            started: None,
            name: Name::default(),
            details: Some(Details { argv, ..Details::default() }),
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let queue = Queue::default();
        for _ in 0..EVENTS + 3 {
            queue.push(event(1));
        }
        queue.lose(4);

        let batch = queue.take().unwrap();

        assert_eq!((batch.lost, batch.events.len()), (7, WATCH_EVENTS));
        assert_eq!(queue.take().unwrap().lost, 0);
    }

    #[test]
    fn long_arguments_fill_it_sooner_and_make_room_again() {
        let queue = Queue::default();
        for _ in 0..=BYTES / (16 * 1024) {
            queue.push(event(16 * 1024));
        }

        assert_eq!(queue.take().unwrap().lost, 1);
        while queue.wait(Duration::ZERO) {
            queue.take().unwrap();
        }
        queue.push(event(16 * 1024));
        assert_eq!(queue.take().unwrap().events.len(), 1);
    }

    #[test]
    fn the_end_comes_after_what_was_told() {
        let queue = Queue::default();
        queue.push(event(1));
        queue.close();

        assert_eq!(queue.take().unwrap().events.len(), 1);
        assert!(queue.take().is_none());
        assert!(queue.wait(Duration::from_mins(1)));
    }
}
