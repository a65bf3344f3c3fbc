//! How messages travel: `u32` length, `u8` major version, `u32` request number, body; all numbers
//! little-endian, the body in postcard's format. Pure functions over bytes: whoever has a socket
//! reads and writes.
//!
//! A message has one spelling. What decodes is encoded again and must give the same bytes, so that
//! nothing can be said in two ways, with something left over, or with padding.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use super::{Request, Response};

/// The version that both sides must share. Every frame names it. It rises when a frame of the
/// version before would be read differently.
pub const MAJOR: u8 = 1;
/// What was added without changing anything: new variants at the end. Each side says its own in the
/// greeting, and both keep to the smaller.
///
/// 1: what a redirection's probe is about.
pub const MINOR: u16 = 1;

/// The most that a request's length may say.
pub const REQUEST_CAP: usize = 8 * 1024;
/// The most that an answer's length may say.
pub const RESPONSE_CAP: usize = 256 * 1024;

/// The length's own bytes, which it does not count.
const LENGTH: usize = 4;
/// Version and request number, which it counts.
const HEADER: usize = 5;

/// A frame that must not be. After any of these the connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Bytes are missing.
    #[error("the frame is not whole")]
    Truncated,
    /// Bytes are left over.
    #[error("bytes follow the frame")]
    Trailing,
    /// The length leaves no room for a header and a body.
    #[error("the frame says it has {0} bytes, which is no frame")]
    TooShort(u32),
    /// The length is more than a frame may have.
    #[error("the frame says it has {0} bytes, which is too many")]
    TooLong(u64),
    /// The other side speaks another major version.
    #[error("the frame is of version {0}, not {MAJOR}")]
    Major(u8),
    /// A request has the number 0, which is for answers to no request.
    #[error("the request has no number")]
    NoNumber,
    /// The body is none of the messages, or a value in it is out of its range.
    #[error("the frame holds no message")]
    Body,
    /// The body is a message, but spelled in another way than ours.
    #[error("the frame spells its message in another way")]
    NotCanonical,
}

/// What a frame may carry.
pub trait Message: Serialize + DeserializeOwned + sealed::Sealed {
    /// The most that the length may say.
    const CAP: usize;
    /// Whether the number 0 may be used: for a refusal of the connection itself.
    const MAY_BE_UNASKED: bool;
}

impl Message for Request {
    const CAP: usize = REQUEST_CAP;
    const MAY_BE_UNASKED: bool = false;
}

impl Message for Response {
    const CAP: usize = RESPONSE_CAP;
    const MAY_BE_UNASKED: bool = true;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Request {}
    impl Sealed for super::Response {}
}

/// A message and the number that ties an answer to its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<M> {
    /// Chosen by the client, not 0. Answers repeat it; 0 answers no request.
    pub id: u32,
    /// The message.
    pub message: M,
}

/// `message` as the bytes of one frame.
///
/// # Errors
/// [`FrameError::NoNumber`] for a request with the number 0, [`FrameError::TooLong`] for an answer
/// that was not kept within a frame (see [`Filling`](super::Filling)).
pub fn encode<M: Message>(id: u32, message: &M) -> Result<Vec<u8>, FrameError> {
    check_number::<M>(id)?;
    let mut frame = vec![0; LENGTH];
    frame.push(MAJOR);
    frame.extend(id.to_le_bytes());
    let mut frame = postcard::to_extend(message, frame).map_err(|_| FrameError::Body)?;
    let length = frame.len() - LENGTH;
    let length = u32::try_from(length)
        .ok()
        .filter(|_| length <= M::CAP)
        .ok_or(FrameError::TooLong(length as u64))?;
    for (to, from) in frame.iter_mut().zip(length.to_le_bytes()) {
        *to = from;
    }
    Ok(frame)
}

/// The one frame that `bytes` are.
///
/// # Errors
/// They are less than one frame, more than one, or none.
pub fn decode<M: Message>(bytes: &[u8]) -> Result<Frame<M>, FrameError> {
    let mut decoder = Decoder::new();
    let mut rest = bytes;
    let frame = decoder.feed(&mut rest)?.ok_or(FrameError::Truncated)?;
    if rest.is_empty() { Ok(frame) } else { Err(FrameError::Trailing) }
}

/// Puts a frame together from pieces. It never holds more than one frame, and never more room than
/// bytes have come: a length alone costs nothing.
#[derive(Debug)]
pub struct Decoder<M> {
    held: Vec<u8>,
    broken: Option<FrameError>,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> Default for Decoder<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Message> Decoder<M> {
    /// At the beginning of a connection.
    pub const fn new() -> Self {
        Self { held: Vec::new(), broken: None, message: PhantomData }
    }

    /// Takes what is needed from the beginning of `bytes`, up to the end of one frame, and gives
    /// that frame when it is whole. Call it again while bytes are left.
    ///
    /// # Errors
    /// The bytes are no frame, said as early as it is known. From then on it takes nothing and
    /// repeats the error: nobody knows where the next frame would begin.
    pub fn feed(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame<M>>, FrameError> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        self.advance(bytes).inspect_err(|error| {
            self.broken = Some(*error);
            self.held = Vec::new();
        })
    }

    /// Whether a frame has begun and is not whole: a connection that ends now ends in its middle,
    /// and a reader's deadline for one frame runs.
    pub const fn is_within(&self) -> bool {
        !self.held.is_empty()
    }

    fn advance(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame<M>>, FrameError> {
        loop {
            let (wanted, is_whole) = match self.length()? {
                None => (LENGTH, false),
                Some(length) => (LENGTH + length, true),
            };
            let (now, later) = bytes.split_at(bytes.len().min(wanted - self.held.len()));
            self.held.extend_from_slice(now);
            *bytes = later;
            if let Some(major) = self.held.get(LENGTH).filter(|major| **major != MAJOR) {
                return Err(FrameError::Major(*major));
            }
            if self.held.len() < wanted {
                return Ok(None);
            }
            if is_whole {
                let frame = open(self.held.get(LENGTH + 1..).unwrap_or_default());
                // The room of a large answer is not kept for the next small one.
                self.held = Vec::new();
                return frame.map(Some);
            }
        }
    }

    /// What the length says, once it is there.
    fn length(&self) -> Result<Option<usize>, FrameError> {
        let Some(length) = self.held.first_chunk::<LENGTH>() else { return Ok(None) };
        let said = u32::from_le_bytes(*length);
        match usize::try_from(said) {
            Ok(length) if length <= HEADER => Err(FrameError::TooShort(said)),
            Ok(length) if length <= M::CAP => Ok(Some(length)),
            _ => Err(FrameError::TooLong(said.into())),
        }
    }
}

/// Reads request number and body.
fn open<M: Message>(bytes: &[u8]) -> Result<Frame<M>, FrameError> {
    let (id, body) = bytes.split_first_chunk().ok_or(FrameError::Truncated)?;
    let id = u32::from_le_bytes(*id);
    check_number::<M>(id)?;
    let (message, rest) = postcard::take_from_bytes::<M>(body).map_err(|_| FrameError::Body)?;
    if !rest.is_empty() {
        return Err(FrameError::Trailing);
    }
    let again = postcard::to_allocvec(&message).map_err(|_| FrameError::Body)?;
    if again != body {
        return Err(FrameError::NotCanonical);
    }
    Ok(Frame { id, message })
}

const fn check_number<M: Message>(id: u32) -> Result<(), FrameError> {
    if id == 0 && !M::MAY_BE_UNASKED { Err(FrameError::NoNumber) } else { Ok(()) }
}
