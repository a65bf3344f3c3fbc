//! The caller's side of the root daemon's socket: one connection, questions and answers. Who
//! listens is asked of the kernel before a byte is sent, and nobody who is silent, slow or without
//! sense holds a caller up for longer than is said here.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketAddrUnix, SocketType},
};
use vigil_proto::rpc::{
    Decoder, Frame, FrameError, Refusal, Request, Response, Verb, Welcome, frame, limits,
};

use crate::peer::{Peer, PeerError};

/// From a question to the end of its answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The same where other programs have to run first.
const CHANGE: Duration = Duration::from_mins(1);

/// What is read at once.
const PIECE: usize = 16 * 1024;

/// Why there is no answer. After anything but a refusal of one question the connection is of no
/// use any more.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens: the daemon is not installed, or does not run.
    #[error("no daemon listens at {}", .0.display())]
    Absent(PathBuf),
    /// Somebody else listens there. Nothing was sent.
    #[error("{} is held by uid {uid}, not by uid {owner}", socket.display())]
    NotRoot {
        /// Where.
        socket: PathBuf,
        /// Who listens.
        uid: u32,
        /// Who should.
        owner: u32,
    },
    /// The daemon says no.
    #[error("the daemon refuses: {0}")]
    Refused(#[from] Refusal),
    /// The daemon speaks this other major version.
    #[error("the daemon speaks version {0} of the protocol, not {ours}", ours = frame::MAJOR)]
    Version(u8),
    /// What came is no answer.
    #[error("the daemon's answer cannot be read")]
    Malformed(#[source] FrameError),
    /// What came answers another question.
    #[error("the daemon answers what was not asked")]
    Unexpected,
    /// Nothing came in time, or not all of it.
    #[error("the daemon does not answer in time")]
    Silent,
    /// The kernel does not say who listens.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The connection failed or was closed.
    #[error("cannot {operation} the daemon")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The kernel's word.
        #[source]
        source: io::Error,
    },
}

impl CallError {
    fn io(operation: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { operation, source }
    }
}

/// A greeted connection.
#[derive(Debug)]
pub struct Call {
    stream: UnixStream,
    decoder: Decoder<Response>,
    /// What came after the last frame.
    rest: Vec<u8>,
    /// When the frame that is not whole yet began.
    begun: Option<Instant>,
    number: u32,
    welcome: Option<Welcome>,
}

impl Call {
    /// Connects to `socket`, on which `owner` must listen, and greets. Waits for nobody to accept:
    /// a queue that is full is an error.
    ///
    /// # Errors
    /// Nobody listens, somebody else does, or the greeting is not answered as it should be.
    pub fn to(socket: &Path, owner: u32) -> Result<Self, CallError> {
        let stream = connect(socket)?;
        let Peer { uid, .. } = Peer::of(&stream)?;
        if uid != owner {
            return Err(CallError::NotRoot { socket: socket.to_owned(), uid, owner });
        }
        stream.set_write_timeout(Some(limits::FRAME)).map_err(CallError::io("set up"))?;
        let (decoder, rest) = (Decoder::new(), Vec::new());
        let mut call = Self { stream, decoder, rest, begun: None, number: 0, welcome: None };
        match call.ask(&Request::hello())? {
            Response::Welcome(welcome) => {
                call.welcome = Some(welcome);
                Ok(call)
            }
            _ => Err(CallError::Unexpected),
        }
    }

    /// What the daemon said to the greeting.
    pub const fn welcome(&self) -> Option<Welcome> {
        self.welcome
    }

    /// The number of the last question.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Asks one question and waits for its answer, which is never [`Response::Refused`].
    ///
    /// # Errors
    /// The daemon refuses, or nothing that answers this question came in time.
    pub fn ask(&mut self, request: &Request) -> Result<Response, CallError> {
        self.number = self.number.checked_add(1).unwrap_or(1);
        let bytes = frame::encode(self.number, request).map_err(CallError::Malformed)?;
        let sent = self.stream.write_all(&bytes);
        let patience = match request.verb() {
            Verb::CaInstall | Verb::CaRemove | Verb::ProxyEnable | Verb::CaptureEnable => CHANGE,
            _ => ANSWER,
        };
        // Who is turned away at the door finds it closed, and the reason still there to be read.
        let answer = match (sent, self.hear(patience)) {
            (_, Ok(Some(frame))) => frame,
            (Ok(()), Ok(None)) => return Err(CallError::Silent),
            (Ok(()), Err(error)) => return Err(error),
            (Err(source), _) => return Err(CallError::Io { operation: "write to", source }),
        };
        match answer {
            Frame { id, message: Response::Refused(refusal) } if id == self.number || id == 0 => {
                Err(refusal.into())
            }
            Frame { id, message } if id == self.number => Ok(message),
            Frame { .. } => Err(CallError::Unexpected),
        }
    }

    /// The next frame; nothing when none began within `wait`. One that began may take its time on
    /// top of that, and no longer.
    ///
    /// # Errors
    /// What came is no frame, came too slowly, or the connection is closed.
    pub fn hear(&mut self, wait: Duration) -> Result<Option<Frame<Response>>, CallError> {
        let until = Instant::now() + wait;
        loop {
            if let Some(frame) = self.take()? {
                return Ok(Some(frame));
            }
            let now = Instant::now();
            let until = match self.begun {
                Some(begun) if now >= begun + limits::FRAME => return Err(CallError::Silent),
                Some(begun) => begun + limits::FRAME,
                None if now >= until => return Ok(None),
                None => until,
            };
            // A time of zero would be no limit at all.
            let left = until.saturating_duration_since(now).max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left)).map_err(CallError::io("set up"))?;
            self.read()?;
        }
    }

    /// A frame out of what has come.
    fn take(&mut self) -> Result<Option<Frame<Response>>, CallError> {
        let mut rest = self.rest.as_slice();
        let frame = self.decoder.feed(&mut rest).map_err(|error| match error {
            FrameError::Major(theirs) => CallError::Version(theirs),
            error => CallError::Malformed(error),
        })?;
        let used = self.rest.len() - rest.len();
        self.rest.drain(..used);
        if !self.decoder.is_within() {
            self.begun = None;
        } else if self.begun.is_none() {
            self.begun = Some(Instant::now());
        }
        Ok(frame)
    }

    /// What there is, or nothing when the time is over.
    fn read(&mut self) -> Result<(), CallError> {
        let mut piece = vec![0; PIECE];
        match self.stream.read(&mut piece) {
            Ok(0) => {
                let source = io::ErrorKind::UnexpectedEof.into();
                Err(CallError::Io { operation: "hear more of", source })
            }
            Ok(length) => {
                self.rest.extend(piece.iter().take(length));
                Ok(())
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::Interrupted => Ok(()),
                _ => Err(CallError::Io { operation: "read from", source: error }),
            },
        }
    }
}

/// Connects without waiting: where the queue is full, nobody accepts.
fn connect(path: &Path) -> Result<UnixStream, CallError> {
    let failed = CallError::io("connect to");
    let address = SocketAddrUnix::new(path).map_err(|error| failed(error.into()))?;
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)
        .map_err(|error| failed(error.into()))?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)
        .map_err(|error| failed(error.into()))?;
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(true).map_err(&failed)?;
    match rustix::net::connect(&stream, &address) {
        Ok(()) => {}
        Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTDIR) => {
            return Err(CallError::Absent(path.to_owned()));
        }
        Err(Errno::AGAIN) => return Err(CallError::Silent),
        Err(error) => return Err(failed(error.into())),
    }
    stream.set_nonblocking(false).map_err(&failed)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
