//! One signal that ends everything, for threads and for tasks.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

/// A handle on the signal; clones share it.
#[derive(Clone, Debug)]
pub struct Shutdown(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requested: Mutex<bool>,
    changed: Condvar,
    tasks: watch::Sender<bool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(Inner {
            requested: Mutex::new(false),
            changed: Condvar::new(),
            tasks: watch::Sender::new(false),
        }))
    }
}

impl Shutdown {
    /// Asks everything to end.
    pub fn request(&self) {
        *self.0.requested.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
        self.0.tasks.send_replace(true);
    }

    /// True once it was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.tasks.borrow()
    }

    /// For threads: sleeps for `time`, or less when the end is asked for. True then.
    pub fn sleep(&self, time: Duration) -> bool {
        let requested = self.0.requested.lock().unwrap_or_else(PoisonError::into_inner);
        let (requested, _) = self
            .0
            .changed
            .wait_timeout_while(requested, time, |requested| !*requested)
            .unwrap_or_else(PoisonError::into_inner);
        *requested
    }

    /// For tasks: returns when the end is asked for.
    pub async fn requested(&self) {
        let mut tasks = self.0.tasks.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = tasks.wait_for(|requested| *requested).await;
    }
}
