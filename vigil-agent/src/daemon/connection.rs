//! One connection to the daemon: for questions, or turned into a stream of what processes do.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use vigil_platform::call::{Call, CallError};
use vigil_proto::rpc::{BootId, Frame, Refusal, Request, Response, Scope, WatchEvents, limits};

use super::DaemonError;

/// The daemon says something at least every [`limits::WATCH_SILENCE`]; twice that, and a little, is
/// too long.
const GONE: Duration =
    limits::WATCH_SILENCE.saturating_mul(2).saturating_add(Duration::from_secs(5));

/// A greeted connection. It ends when it is dropped.
#[derive(Debug)]
pub struct Connection {
    call: Call,
    is_over: bool,
}

impl Connection {
    pub(super) fn open(socket: &Path, owner: u32) -> Result<Self, DaemonError> {
        Ok(Self { call: Call::to(socket, owner)?, is_over: false })
    }

    /// Which boot of the machine the daemon runs in.
    pub fn boot(&self) -> Option<BootId> {
        self.call.welcome().map(|welcome| welcome.boot)
    }

    /// Asks a question and waits for its answer, which is never [`Response::Refused`].
    ///
    /// # Errors
    /// The daemon refuses ([`DaemonError::Refused`]: the connection goes on), or does not answer as
    /// it should (the connection is of no use any more).
    pub fn ask(&mut self, request: &Request) -> Result<Response, DaemonError> {
        let answer = self.call.ask(request);
        self.is_over = match &answer {
            Ok(_) => false,
            // After these the daemon closes the connection.
            Err(DaemonError::Refused(refusal)) => {
                matches!(refusal, Refusal::Malformed | Refusal::Version | Refusal::Greeting)
            }
            Err(_) => true,
        };
        answer
    }

    /// True once it is of no use any more.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Turns it into a stream of what `scope`'s processes do. From now on nothing is missed unsaid.
    ///
    /// # Errors
    /// The daemon cannot, or will not.
    pub fn watch(mut self, scope: Scope) -> Result<Watching, DaemonError> {
        match self.ask(&Request::Watch { scope })? {
            Response::Watch(events) => {
                let first = Some(events).filter(|first| first.lost > 0 || !first.events.is_empty());
                Ok(Watching { call: self.call, first, heard: Instant::now() })
            }
            _ => Err(DaemonError::Unexpected),
        }
    }
}

/// A stream of what processes do. It ends when it is dropped.
#[derive(Debug)]
pub struct Watching {
    call: Call,
    first: Option<WatchEvents>,
    heard: Instant,
}

impl Watching {
    /// What has happened; nothing when nothing came within `wait`. Empty events say that the daemon
    /// is there.
    ///
    /// # Errors
    /// The daemon is gone, or silent for so long that it must be. What happens from then on is not
    /// known: connect again and read the table.
    pub fn next(&mut self, wait: Duration) -> Result<Option<WatchEvents>, DaemonError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        match self.call.hear(wait)? {
            Some(Frame { message: Response::Refused(refusal), .. }) => Err(refusal.into()),
            Some(Frame { id, message: Response::Watch(events) }) if id == self.call.number() => {
                self.heard = Instant::now();
                Ok(Some(events))
            }
            Some(_) => Err(CallError::Unexpected),
            None if self.heard.elapsed() > GONE => Err(CallError::Silent),
            None => Ok(None),
        }
    }
}
