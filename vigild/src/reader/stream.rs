//! A caller's bytes, with a deadline for each frame. They are read without room for anything beside
//! them, so that the kernel closes descriptors that are sent along.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use vigil_proto::rpc::{Decoder, Frame, FrameError, Request, Response, frame};

use crate::limits::Limits;

/// Why there is no further frame.
#[derive(Debug)]
pub(super) enum End {
    /// The caller has closed its side, or the connection is broken.
    Closed,
    /// A deadline has passed.
    Late,
    /// What came is no frame.
    Frame(FrameError),
}

/// A connection, as frames.
pub(super) struct Stream {
    socket: UnixStream,
    decoder: Decoder<Request>,
    buffer: [u8; 1024],
    /// What was read and not taken yet.
    from: usize,
    to: usize,
    /// When the frame began that is not whole yet.
    began: Option<Instant>,
}

impl Stream {
    pub(super) const fn new(socket: UnixStream) -> Self {
        Self { socket, decoder: Decoder::new(), buffer: [0; 1024], from: 0, to: 0, began: None }
    }

    pub(super) const fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// The next frame: it begins before `by`, and is whole within a frame's time, or by `by` if
    /// `is_strict`.
    pub(super) fn next(
        &mut self,
        by: Instant,
        is_strict: bool,
        limits: &Limits,
    ) -> Result<Frame<Request>, End> {
        loop {
            let mut rest = self.buffer.get(self.from..self.to).unwrap_or_default();
            let frame = self.decoder.feed(&mut rest).map_err(End::Frame)?;
            self.from = self.to - rest.len();
            if let Some(frame) = frame {
                self.began = None;
                return Ok(frame);
            }
            if self.decoder.is_within() {
                self.began.get_or_insert_with(Instant::now);
            }
            let until = match self.began {
                Some(began) if !is_strict => began + limits.frame,
                Some(began) => by.min(began + limits.frame),
                None => by,
            };
            self.to = self.read(until)?;
            self.from = 0;
        }
    }

    fn read(&mut self, until: Instant) -> Result<usize, End> {
        loop {
            let left = left(until).ok_or(End::Late)?;
            self.socket.set_read_timeout(Some(left)).map_err(|_| End::Closed)?;
            match self.socket.read(&mut self.buffer) {
                Ok(0) => return Err(End::Closed),
                Ok(length) => return Ok(length),
                Err(error) if is_to_be_repeated(&error) => {}
                Err(_) => return Err(End::Closed),
            }
        }
    }

    /// Sends one answer within a frame's time.
    pub(super) fn answer(
        &mut self,
        id: u32,
        response: &Response,
        limits: &Limits,
    ) -> Result<(), End> {
        let bytes = frame::encode(id, response).map_err(End::Frame)?;
        write(&mut self.socket, &bytes, Instant::now() + limits.frame)
    }
}

/// Ends the connection, also where another process of ours holds it.
impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

fn write(socket: &mut UnixStream, mut bytes: &[u8], until: Instant) -> Result<(), End> {
    while !bytes.is_empty() {
        let left = left(until).ok_or(End::Late)?;
        socket.set_write_timeout(Some(left)).map_err(|_| End::Closed)?;
        match socket.write(bytes) {
            Ok(0) => return Err(End::Closed),
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(error) if is_to_be_repeated(&error) => {}
            Err(_) => return Err(End::Closed),
        }
    }
    Ok(())
}

/// The time until then; nothing once it is less than what a socket can wait.
fn left(until: Instant) -> Option<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    (left >= Duration::from_micros(1)).then_some(left)
}

/// Interrupted, or late: the deadline is looked at anew.
fn is_to_be_repeated(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
