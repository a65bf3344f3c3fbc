//! The one door into the pipeline, and all that a source may know of the rest of Vigil.

use std::{
    fmt,
    sync::{
        Arc,
        mpsc::{self, SyncSender},
    },
};

use vigil_proto::{Batch, Checkpoint, ContentHasher, Sensitive, SourceId, Timestamp};

use super::{Exclusions, Pause};

/// Batches that may wait before a sender is made to wait. Sources keep a batch under about
/// 1 MiB, so this bounds the memory before the commit.
const WAITING: usize = 4;

/// The pipeline has ended; nothing more can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pipeline has ended")]
pub struct Closed;

/// What travels through the inlet.
#[derive(Debug)]
pub enum Message {
    /// Something that was seen.
    Batch(Box<Batch<Sensitive>>),
    /// Answer once everything before it is committed.
    Flush(SyncSender<()>),
}

/// What sources may know: the key for content hashes, how far they had read, what to leave out.
pub struct Shared {
    /// Makes content hashes.
    pub hasher: ContentHasher,
    /// Finds a source's committed checkpoint.
    pub checkpoints: Box<dyn Fn(SourceId) -> Option<Checkpoint> + Send + Sync>,
    /// What must not be parsed.
    pub exclusions: Exclusions,
    /// The user's pause.
    pub pause: Pause,
}

impl Shared {
    /// True while the user has paused recording.
    pub fn is_paused(&self) -> bool {
        self.pause.is_on()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("exclusions", &self.exclusions).finish_non_exhaustive()
    }
}

/// A source's way into the pipeline; clones share it.
#[derive(Clone, Debug)]
pub struct Inlet {
    sender: SyncSender<Message>,
    shared: Arc<Shared>,
}

impl Inlet {
    /// An inlet and the end that the pipeline reads from.
    pub fn new(shared: Arc<Shared>) -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        (Self { sender, shared }, receiver)
    }

    /// Hands a batch over, waiting while the pipeline is full. Blocking: never call it from an
    /// async task.
    pub fn send(&self, batch: Batch<Sensitive>) -> Result<(), Closed> {
        self.sender.send(Message::Batch(Box::new(batch))).map_err(|_| Closed)
    }

    /// Waits until everything that was sent before is committed. Blocking.
    pub fn flush(&self) -> Result<(), Closed> {
        let (done, committed) = mpsc::sync_channel(1);
        self.sender.send(Message::Flush(done)).map_err(|_| Closed)?;
        committed.recv().map_err(|_| Closed)
    }

    /// Where `source` had read to when it last committed.
    pub fn checkpoint(&self, source: SourceId) -> Option<Checkpoint> {
        (self.shared.checkpoints)(source)
    }

    /// Makes content hashes.
    pub fn hasher(&self) -> &ContentHasher {
        &self.shared.hasher
    }

    /// What must not be parsed.
    pub fn exclusions(&self) -> &Exclusions {
        &self.shared.exclusions
    }

    /// True while recording is paused: sources then neither parse nor send. Transcript tailers
    /// skip what was written meanwhile and record a gap.
    pub fn is_paused(&self) -> bool {
        self.shared.is_paused()
    }

    /// True when recording was, or is, paused at the time `at`: for sources that are told of things
    /// a moment after they happened.
    pub fn was_paused(&self, at: Timestamp) -> bool {
        self.shared.pause.covers(at)
    }

    /// When the pause began of which gaps are not on record yet, whether it lasts or not.
    pub fn owed_pause(&self) -> Option<Timestamp> {
        self.shared.pause.owed()
    }

    /// Says that all gaps of the pause that is over are on record.
    pub fn settle_pause(&self) {
        self.shared.pause.settle();
    }
}
