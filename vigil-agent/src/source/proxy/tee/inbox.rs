//! The inspector's end of the mailbox. While flows are alive the inspector looks into it by itself,
//! many times a second: to tell it something then costs a flow no more than to put it there. It
//! sleeps until it is told only when there was nothing for a while.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, TryRecvError},
    },
    thread::{self, Thread},
    time::Duration,
};

use super::Message;

/// How long it does not look.
const NAP: Duration = Duration::from_millis(10);
/// After so many looks at nothing it sleeps.
const LOOKS: u32 = 200;
/// So many waiting bytes end a nap.
const MUCH: usize = 256 * 1024;

/// The reading end of a mailbox.
#[derive(Debug)]
pub(in super::super) struct Inbox {
    receiver: Receiver<Message>,
    nap: Arc<Nap>,
    /// Bytes of all flows that wait.
    total: Arc<AtomicUsize>,
    /// Looks at nothing since there was something.
    looks: u32,
}

/// The inspector's nap, and who may end it.
#[derive(Debug, Default)]
pub(super) struct Nap {
    is_on: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Nap {
    /// So many bytes wait now.
    pub(super) fn disturb(&self, waiting: usize) {
        // One disturber is enough.
        if waiting >= MUCH
            && self.is_on.load(Ordering::Relaxed)
            && self.is_on.swap(false, Ordering::Relaxed)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }
}

impl Inbox {
    pub(super) const fn new(
        receiver: Receiver<Message>,
        nap: Arc<Nap>,
        total: Arc<AtomicUsize>,
    ) -> Self {
        Self { receiver, nap, total, looks: 0 }
    }

    /// The next message, once there is one. None when nobody is left who could send one.
    pub(in super::super) fn wait(&mut self) -> Option<Message> {
        while self.looks < LOOKS {
            match self.receiver.try_recv() {
                Ok(message) => {
                    self.looks = 0;
                    return Some(message);
                }
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {
                    self.looks += 1;
                    self.nap();
                }
            }
        }
        self.looks = 0;
        self.receiver.recv().ok()
    }

    /// The next message, if it is there already.
    pub(in super::super) fn next(&self) -> Option<Message> {
        self.receiver.try_recv().ok()
    }

    fn nap(&self) {
        self.nap.thread.get_or_init(thread::current);
        self.nap.is_on.store(true, Ordering::Relaxed);
        // What came just before and disturbed nobody waits no longer than the nap.
        if self.total.load(Ordering::Relaxed) < MUCH {
            thread::park_timeout(NAP);
        }
        self.nap.is_on.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
