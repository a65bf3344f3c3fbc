//! The threads that clients are served on. A client stays on one of them, with both of its ends:
//! what one end says is read, copied and written without another thread being woken for it.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// More threads than this are of no use to one user's agents.
const MOST: usize = 4;

/// The threads.
pub(super) struct Lanes(Vec<Lane>);

struct Lane {
    handle: Handle,
    clients: Arc<AtomicUsize>,
    /// Dropped, it ends the thread.
    end: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// A client's place on a thread, until it is dropped.
pub(super) struct Seat(Arc<AtomicUsize>);

impl Lanes {
    /// As many as there are processors, within reason; fewer when the system allows no more.
    pub(super) fn open() -> Self {
        let wanted = thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
        let opened = (0..wanted).map_while(|_| {
            let failed = |error: &io::Error| tracing::warn!(%error, "the proxy has a thread less");
            Lane::open().inspect_err(failed).ok()
        });
        Self(opened.collect())
    }

    /// Where the next client is served: where there are the fewest. None when there is no thread.
    pub(super) fn next(&self) -> Option<(&Handle, Seat)> {
        let lane = self.0.iter().min_by_key(|lane| lane.clients.load(Ordering::Relaxed))?;
        lane.clients.fetch_add(1, Ordering::Relaxed);
        Some((&lane.handle, Seat(Arc::clone(&lane.clients))))
    }

    /// Ends the threads and waits for them. Blocking.
    pub(super) fn close(self) {
        for Lane { end, thread, .. } in self.0 {
            drop(end);
            let _ = thread.join();
        }
    }
}

impl Lane {
    fn open() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("proxy".to_owned()).spawn(move || {
            let _ = runtime.block_on(ended);
            // Name look-ups that are still under way are nobody's any more.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, clients: Arc::default(), end, thread })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_spread_and_a_place_is_free_again() {
        let (lanes, clients) = (Lanes::open(), Arc::<AtomicUsize>::default());
        let all = lanes.0.len();
        assert!(all > 0);

        let seats: Vec<_> = (0..2 * all).filter_map(|_| lanes.next()).collect();
        assert!(lanes.0.iter().all(|lane| lane.clients.load(Ordering::Relaxed) == 2));
        for (handle, _) in &seats {
            let clients = Arc::clone(&clients);
            handle.spawn(async move { clients.fetch_add(1, Ordering::Relaxed) });
        }
        while clients.load(Ordering::Relaxed) < seats.len() {
            thread::yield_now();
        }
        drop(seats);

        assert!(lanes.0.iter().all(|lane| lane.clients.load(Ordering::Relaxed) == 0));
        lanes.close();
    }
}
