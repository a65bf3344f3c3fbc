//! macOS: not built yet. Without an Endpoint Security entitlement there are no events of all
//! processes; the table is read again and again instead. docs/MACOS.md lists this.

use std::time::Duration;

use super::{Counters, Event, Options, Priority, WatchError};

/// Never made.
#[derive(Debug)]
pub(super) enum Watch {}

impl Watch {
    pub(super) fn start(_options: Options) -> Result<Self, WatchError> {
        Err(WatchError::NotBuilt)
    }

    pub(super) fn next(&self, _wait: Duration) -> Result<Option<Event>, WatchError> {
        match *self {}
    }

    pub(super) fn priority(&self) -> Priority {
        match *self {}
    }

    pub(super) fn receive_buffer(&self) -> usize {
        match *self {}
    }

    pub(super) fn counters(&self) -> Counters {
        match *self {}
    }
}
