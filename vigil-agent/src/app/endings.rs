//! What ends the agent in order: signals, and whoever asks for it.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::shutdown::Shutdown;

/// The signals that end the agent in order.
pub(super) struct Endings {
    term: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Endings {
    /// From now on they no longer kill; one that comes before [`Endings::wait`] is not forgotten.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
            hangup: signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?,
        })
    }

    pub(super) async fn wait(mut self, shutdown: &Shutdown) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
            () = shutdown.requested() => {}
        }
    }
}
