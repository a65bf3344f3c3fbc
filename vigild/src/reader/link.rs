//! The way to the mutator: one request at a time, in the protocol's own frames, and with each of them
//! the caller's connection.

use std::{
    io::{self, Read},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use vigil_platform::channel;
use vigil_proto::rpc::{Decoder, Frame, Refusal, Request, Response, frame};

/// What the mutator says once it has put back what an earlier run left.
pub(crate) const READY: u8 = b'R';

/// No change takes as long. When one does, nobody knows any more whose answer comes next.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Link(Mutex<Option<UnixStream>>);

impl Link {
    /// Waits until the mutator is there.
    pub(super) fn ready(mut stream: UnixStream) -> io::Result<Self> {
        let mut word = [0];
        stream.read_exact(&mut word)?;
        if word != [READY] {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(Mutex::new(Some(stream))))
    }

    /// The mutator's answer to `request` from whoever is at the other end of `caller`.
    pub(super) fn ask(&self, request: &Request, caller: &UnixStream) -> Response {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = stream.as_mut().ok_or(io::ErrorKind::NotConnected.into());
        let answer = answer.and_then(|stream| exchange(stream, request, caller));
        answer.unwrap_or_else(|error| {
            if stream.take().is_some() {
                crate::log::say(format_args!("reader: the mutator does not answer: {error}"));
                // The starter, or else the service manager, starts all of it anew.
                std::process::abort();
            }
            Refusal::Internal.into()
        })
    }
}

/// The mutator answers one request at a time, so that any number will do.
const NUMBER: u32 = 1;

fn exchange(
    stream: &mut UnixStream,
    request: &Request,
    caller: &UnixStream,
) -> io::Result<Response> {
    let bytes = frame::encode(NUMBER, request).map_err(io::Error::other)?;
    channel::send_with(stream, &bytes, caller.as_fd())?;
    let until = Instant::now() + PATIENCE;
    let mut decoder = Decoder::<Response>::new();
    let mut buffer = [0; 4096];
    loop {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or(io::ErrorKind::TimedOut)?))?;
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = buffer.get(..length).unwrap_or_default();
        match decoder.feed(&mut rest).map_err(io::Error::other)? {
            Some(Frame { id: NUMBER, message }) if rest.is_empty() => return Ok(message),
            Some(_) => return Err(io::ErrorKind::InvalidData.into()),
            None => {}
        }
    }
}
