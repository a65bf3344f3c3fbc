//! A decrypted HTTP/2 connection: every frame as it came, between one connection of the client's
//! and one to upstream, so that flow control, settings and trailers stay between the two ends.
//! A request's header block passes only when it was read and is for the connection's host.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    sync::Notify,
    time::timeout,
};

use self::{
    copy::Copies,
    hpack::BadBlock,
    reader::{Link, Part, Reader},
};
use super::{
    intercept::Ended,
    tee::{Direction, Tee},
    tunnel::Traffic,
};

mod check;
mod choice;
mod copy;
mod frame;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod hpack;
mod limits;
mod reader;

pub(super) use self::choice::{Choice, Offers, Protocol};

/// Bytes read at once: one TLS record. A header block may make the buffer larger.
const CHUNK: usize = 16 * 1024;
/// How long a refused client may take to end the connection.
const GRACE: Duration = Duration::from_secs(2);

/// Why frames are not passed on. It ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the request is for another host than the connection")]
    Misdirected,
    #[error("the request's fields are not as HTTP/2 wants them")]
    Malformed,
    #[error("the header fields are too large")]
    TooLarge,
    #[error("the header block cannot be read")]
    Compression,
    #[error("the frames are not as HTTP/2 wants them")]
    Framing,
    #[error("a frame is larger than the other side allows")]
    FrameSize,
    #[error("too much that is cheap to ask and dear to do")]
    Flood,
}

impl From<BadBlock> for Refusal {
    fn from(bad: BadBlock) -> Self {
        match bad {
            BadBlock::Malformed => Self::Compression,
            BadBlock::TooLarge => Self::TooLarge,
        }
    }
}

impl Refusal {
    /// The error code of GOAWAY (RFC 9113, section 7).
    const fn code(self) -> u32 {
        match self {
            Self::Misdirected | Self::Malformed | Self::Framing => 1,
            Self::FrameSize => 6,
            Self::Compression => 9,
            Self::TooLarge | Self::Flood => 11,
        }
    }

    /// A fixed word for records.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected-request",
            Self::Malformed => "malformed-request",
            Self::TooLarge => "request-head-too-large",
            Self::Compression | Self::Framing | Self::FrameSize => "malformed-frames",
            Self::Flood => "flood",
        }
    }
}

/// What the two directions share.
struct Shared<'t> {
    both: Mutex<(Link, Copies<'t>)>,
    /// The last stream that the client began.
    last: AtomicU32,
    /// Why the client is to be told to go.
    refused: Mutex<Option<Refusal>>,
    told: Notify,
}

impl Shared<'_> {
    /// Shows `bytes` to `reader` and the copy; how many of them may pass.
    fn walk(
        &self,
        reader: &mut Reader,
        direction: Direction,
        bytes: &mut [u8],
    ) -> (usize, Result<(), Refusal>) {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        let (link, copies) = &mut *both;
        let mut sink = |stream: u32, part: Part<'_>| copies.take(direction, stream, &part);
        reader.walk(bytes, link, Instant::now(), &mut sink)
    }

    /// Asks the other direction to tell the client to go.
    fn refuse(&self, refusal: Refusal) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        self.told.notify_one();
    }

    fn refusal(&self) -> Option<Refusal> {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goaway(&self, refusal: Refusal) -> Vec<u8> {
        let text = format!("Vigil did not pass the frames on: {refusal}");
        frame::goaway(self.last.load(Ordering::Relaxed), refusal.code(), &text)
    }
}

/// Relays until both ends are silent or something is refused.
pub(super) async fn relay<C, U>(
    host: &Arc<str>,
    client: C,
    upstream: U,
    tee: &Tee,
    traffic: &Traffic,
) -> Result<(), Ended>
where
    C: AsyncRead + AsyncWrite,
    U: AsyncRead + AsyncWrite,
{
    let (client_reader, client_writer) = split(client);
    let (upstream_reader, upstream_writer) = split(upstream);
    let shared = Shared {
        both: Mutex::new((Link::default(), Copies::new(tee))),
        last: AtomicU32::new(0),
        refused: Mutex::default(),
        told: Notify::new(),
    };
    let requests = requests(
        Reader::new(Direction::Request, Arc::clone(host)),
        client_reader,
        upstream_writer,
        &shared,
        traffic,
    );
    let responses = responses(
        Reader::new(Direction::Response, Arc::clone(host)),
        upstream_reader,
        client_writer,
        &shared,
        traffic,
    );
    tokio::try_join!(requests, responses).map(|_| ())
}

async fn requests(
    mut reader: Reader,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    shared: &Shared<'_>,
    traffic: &Traffic,
) -> Result<(), Ended> {
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        if read(&mut from, &mut bytes).await? == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        let (len, verdict) = shared.walk(&mut reader, Direction::Request, &mut bytes);
        shared.last.store(reader.last_stream(), Ordering::Relaxed);
        pass(&mut to, &mut bytes, len).await?;
        traffic.sent.fetch_add(len as u64, Ordering::Relaxed);
        if let Err(refusal) = verdict {
            shared.refuse(refusal);
            bytes.resize(CHUNK, 0);
            let goodbye = async {
                let _ = to.shutdown().await;
                // Read on, or what the client still sends would make the kernel reset the
                // connection before the client has read why.
                while matches!(from.read(&mut bytes).await, Ok(1..)) {}
            };
            let _ = timeout(GRACE, goodbye).await;
            return Err(Ended::RefusedFrames(refusal));
        }
    }
}

async fn responses(
    mut reader: Reader,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    shared: &Shared<'_>,
    traffic: &Traffic,
) -> Result<(), Ended> {
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        // Only a whole frame may be followed by one of ours.
        if reader.is_between_frames()
            && let Some(refusal) = shared.refusal()
        {
            to.write_all(&shared.goaway(refusal)).await?;
            to.shutdown().await?;
            return Ok(());
        }
        let len = tokio::select! {
            len = read(&mut from, &mut bytes) => len?,
            () = shared.told.notified() => continue,
        };
        if len == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        let (len, verdict) = shared.walk(&mut reader, Direction::Response, &mut bytes);
        pass(&mut to, &mut bytes, len).await?;
        traffic.received.fetch_add(len as u64, Ordering::Relaxed);
        if let Err(refusal) = verdict {
            if reader.is_between_frames() {
                let _ = to.write_all(&shared.goaway(refusal)).await;
                let _ = to.shutdown().await;
            }
            return Err(Ended::UpstreamFrames(refusal));
        }
    }
}

/// Reads more, after what is there.
async fn read(from: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> io::Result<usize> {
    if bytes.is_empty() {
        // After a large header block.
        bytes.shrink_to(CHUNK);
    }
    bytes.reserve(CHUNK.saturating_sub(bytes.len()).max(1024));
    from.read_buf(bytes).await
}

/// Writes the first `len` bytes and lets go of them.
async fn pass(
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &mut Vec<u8>,
    len: usize,
) -> io::Result<()> {
    if let Some(passing) = bytes.get(..len).filter(|passing| !passing.is_empty()) {
        to.write_all(passing).await?;
        to.flush().await?;
        bytes.drain(..len);
    }
    Ok(())
}
