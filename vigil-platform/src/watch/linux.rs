//! Linux: the proc connector, a netlink group to which the kernel sends an event for every process
//! that begins, becomes another program or ends.

use std::{
    io,
    os::fd::OwnedFd,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::event::EventfdFlags;

use super::{Counters, Event, Options, Priority, WatchError, queue::Queue};

#[path = "linux/connector.rs"]
mod connector;
#[path = "linux/event.rs"]
mod event;
#[path = "linux/filter.rs"]
mod filter;
#[path = "linux/known.rs"]
mod known;
#[path = "linux/priority.rs"]
mod priority;
#[path = "linux/reader.rs"]
mod reader;

use connector::Connector;
use reader::Reader;

#[derive(Debug)]
pub(super) struct Watch {
    queue: Arc<Queue>,
    /// Readable once the thread shall end.
    end: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
    priority: Priority,
    receive_buffer: usize,
}

impl Watch {
    pub(super) fn start(options: Options) -> Result<Self, WatchError> {
        let failed = |operation| move |source: io::Error| WatchError::Io { operation, source };
        let queue = Arc::new(Queue::new(options.queue_events, options.queue_bytes));
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let end = rustix::event::eventfd(0, flags)
            .map_err(|errno| failed("make an end signal")(errno.into()))?;
        let end = Arc::new(end);
        let (say, heard) = mpsc::sync_channel(1);
        let thread = {
            let (queue, end) = (Arc::clone(&queue), Arc::clone(&end));
            let run = move || run(options, &queue, &end, &say);
            let builder = thread::Builder::new().name("vigil-watch".to_owned());
            builder.spawn(run).map_err(failed("start a thread"))?
        };
        // The thread subscribes itself, ahead of everything else already; so what happened before
        // it was ready is not mistaken for lost.
        let (priority, receive_buffer) = heard.recv().map_err(|_| WatchError::Stopped)??;
        Ok(Self { queue, end, thread: Some(thread), priority, receive_buffer })
    }

    pub(super) fn next(&self, wait: Duration) -> Result<Option<Event>, WatchError> {
        self.queue.next(wait)
    }

    pub(super) fn priority(&self) -> Priority {
        self.priority
    }

    pub(super) fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    pub(super) fn counters(&self) -> Counters {
        self.queue.counters()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It cannot be full: this is the only write.
        let _ = rustix::io::write(&*self.end, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Begun = Result<(Priority, usize), WatchError>;

fn run(options: Options, queue: &Arc<Queue>, end: &OwnedFd, say: &mpsc::SyncSender<Begun>) {
    /// Also when the thread panics: whoever waits must not wait for ever.
    struct Stops<'a>(&'a Queue);
    impl Drop for Stops<'_> {
        fn drop(&mut self) {
            self.0.stop();
        }
    }
    let _stops = Stops(queue);
    let priority = priority::raise(options.priority);
    let mut reader = Reader::new(queue, options);
    match Connector::open(options) {
        Ok(connector) => {
            // Nobody hears it only when `start` is gone, and then `end` tells.
            let _ = say.send(Ok((priority, connector.receive_buffer())));
            reader.run(&connector, end);
        }
        Err(error) => {
            let _ = say.send(Err(error));
        }
    }
}
