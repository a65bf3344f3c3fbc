//! Reads on in one file from where it was left, and hands over what the lines say together with
//! how far they reach.

use std::{io, path::Path, sync::Arc, time::SystemTime};

use vigil_proto::{
    Batch, Checkpoint, Sensitive, Source, SourceId, Timestamp, Witness,
    batch::{Fate, FileFate},
};

use super::{
    super::{
        Progress, TranscriptError, client,
        lines::Item,
        parser::{Parser, Rules},
    },
    ReadCounts,
    discover::Found,
    items::Items,
    opened::Opened,
};
use crate::pipeline::{Closed, Inlet};

/// The longest line that is read.
const LINE_CAP: usize = 16 * 1024 * 1024;

/// A batch is handed over after so many bytes of lines, or so many events.
const BATCH_BYTES: u64 = 512 * 1024;
const BATCH_EVENTS: usize = 500;

/// What is remembered of a file between two looks at it.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    /// True when `checkpoint` is what is known; false when the store has to be asked.
    pub(super) loaded: bool,
    /// Whose it is.
    pub(super) client: Option<&'static client::Client>,
    /// How far it was read; in a place of its own, since most files rest.
    pub(super) checkpoint: Option<Box<Checkpoint>>,
    /// The file as it was at the last complete look; no need to open it while it is the same.
    pub(super) seen: Option<Seen>,
    /// No newline between the checkpoint and here: an unfinished line is not read again and
    /// again while it grows.
    searched: u64,
    /// True after a warning that it cannot be read.
    warned: bool,
    /// What a pause leaves out, for as long as the file could not be read since.
    owed: Option<Reach>,
}

/// What a look at a file shows, besides its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The client's folder.
    pub(super) root: Arc<Path>,
    pub(super) len: u64,
    pub(super) modified: SystemTime,
    identity: (u64, u64),
}

impl From<&Found> for Seen {
    fn from(found: &Found) -> Self {
        Self {
            root: Arc::clone(&found.root),
            len: found.len,
            modified: found.modified,
            identity: found.identity,
        }
    }
}

impl Tracked {
    /// True when the file is as it was at the last complete look.
    pub(super) fn is_as_seen(&self, found: &Found) -> bool {
        self.client == Some(found.client) && self.seen.as_ref() == Some(&Seen::from(found))
    }
}

/// How far to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the end of the file.
    End,
    /// Lines that end at or before `from`. What lies between there and `to` was written while
    /// recording was paused, and is passed over up to its last complete line.
    Around {
        /// The file's size when the pause began.
        from: u64,
        /// Its size when the pause ended.
        to: u64,
    },
}

impl Reach {
    /// This one, where another one is `owed` still.
    fn after(self, owed: Option<Self>) -> Self {
        match (self, owed) {
            (Self::Around { from, to }, Some(Self::Around { from: earlier, .. })) => {
                Self::Around { from: from.min(earlier), to }
            }
            (Self::End, Some(owed)) => owed,
            (reach, _) => reach,
        }
    }
}

/// What one look at a file gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) counts: ReadCounts,
    /// True when there is no more to read for now.
    pub(super) done: bool,
}

/// Why reading a file ended before its end.
enum Stop {
    /// Somebody else's turn.
    Asked,
    Closed(Closed),
    Io(io::Error),
}

/// Reads what `found` holds beyond `tracked`.
pub(super) fn read(
    inlet: &Inlet,
    found: &Found,
    tracked: &mut Tracked,
    reach: Reach,
    progress: &dyn Progress,
    stop: &dyn Fn() -> bool,
) -> Result<Outcome, TranscriptError> {
    let mut counts = ReadCounts::default();
    let reach = reach.after(tracked.owed);
    let ended = open(inlet, found, tracked).map_err(Stop::Io).and_then(|opened| {
        if opened.is_done() || is_unfinished(&opened, tracked).map_err(Stop::Io)? {
            return Ok(());
        }
        let mut reading = Reading::new(inlet, found, &opened);
        let ended = reading.run(reach, progress, stop);
        counts = reading.counts;
        tracked.searched = reading.items.searched();
        tracked.checkpoint = reading.checkpoint.take().map(Box::new).or(tracked.checkpoint.take());
        ended
    });
    match ended {
        Ok(()) => {
            tracked.warned = false;
            tracked.owed = None;
            tracked.seen = Some(found.into());
        }
        Err(Stop::Asked) => return Ok(Outcome { counts, done: false }),
        Err(Stop::Closed(closed)) => return Err(closed.into()),
        // Removed between finding and opening it.
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(Stop::Io(error)) => {
            tracked.seen = None;
            tracked.owed = matches!(reach, Reach::Around { .. }).then_some(reach);
            if !tracked.warned {
                tracked.warned = true;
                tracing::warn!(
                    path = ?found.path,
                    %error,
                    "cannot read a transcript; it is tried again, check its permissions"
                );
                let mut batch = Batch::new(source(found));
                batch.count("gap.unreadable-file", 1);
                inlet.send(batch)?;
            }
        }
    }
    Ok(Outcome { counts, done: true })
}

/// Opens the file where reading goes on. Where that is its beginning, because it is another file than
/// the one that was read, the store is asked once more: it may have been written back meanwhile, and
/// then it is known already.
fn open(inlet: &Inlet, found: &Found, tracked: &mut Tracked) -> io::Result<Opened> {
    let opened = Opened::new(found, tracked.checkpoint.as_deref(), inlet.hasher())?;
    if !opened.restarted {
        return Ok(opened);
    }
    let stored = inlet.checkpoint(SourceId::of(found.path.as_os_str().as_encoded_bytes()));
    if stored.is_none() || stored.as_ref() == tracked.checkpoint.as_deref() {
        return Ok(opened);
    }
    let again = Opened::new(found, stored.as_ref(), inlet.hasher())?;
    if again.restarted {
        return Ok(opened);
    }
    tracked.checkpoint = stored.map(Box::new);
    tracked.searched = 0;
    Ok(again)
}

/// True when the file still has no newline after what was read.
fn is_unfinished(opened: &Opened, tracked: &mut Tracked) -> io::Result<bool> {
    if opened.restarted || tracked.searched <= opened.offset || opened.len < tracked.searched {
        tracked.searched = 0;
        return Ok(false);
    }
    if opened.has_newline_from(tracked.searched)? {
        return Ok(false);
    }
    tracked.searched = opened.len;
    Ok(true)
}

pub(super) fn source(found: &Found) -> Source<Sensitive> {
    Source {
        id: SourceId::of(found.path.as_os_str().as_encoded_bytes()),
        witness: Witness::Transcript,
        place: found.path.to_string_lossy().as_ref().into(),
    }
}

/// One pass over a file.
struct Reading<'a> {
    inlet: &'a Inlet,
    found: &'a Found,
    opened: &'a Opened,
    items: Items<'a>,
    parser: Box<dyn Parser + 'a>,
    batch: Batch<Sensitive>,
    /// File offset at which the batch begins.
    since: u64,
    /// Lines in the batch, and their bytes.
    waiting: u64,
    bytes: u64,
    head: Option<(u64, u32)>,
    /// The last one handed over.
    checkpoint: Option<Checkpoint>,
    counts: ReadCounts,
}

impl<'a> Reading<'a> {
    fn new(inlet: &'a Inlet, found: &'a Found, opened: &'a Opened) -> Self {
        let file = client::File {
            root: &found.root,
            path: &found.path,
            fallback: Timestamp::from(found.modified),
            seen_at: now(),
        };
        let rules = Rules { hasher: inlet.hasher(), exclusions: inlet.exclusions() };
        let mut batch = Batch::new(source(found));
        if opened.restarted {
            batch.count("read.restarted-file", 1);
            batch.fate = Some(FileFate { what: Fate::Rewritten, at: file.seen_at });
        }
        Self {
            inlet,
            found,
            opened,
            items: opened.items(LINE_CAP),
            parser: (found.client.parser)(rules, &file, &opened.state),
            batch,
            since: opened.offset,
            waiting: 0,
            bytes: 0,
            head: None,
            checkpoint: None,
            counts: ReadCounts::default(),
        }
    }

    fn run(
        &mut self,
        reach: Reach,
        progress: &dyn Progress,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Stop> {
        loop {
            let position = self.items.offset();
            let (item, end) = match self.items.next() {
                Ok(Some(next)) => next,
                Ok(None) => return self.hand_over(position, progress),
                Err(error) => {
                    self.hand_over(position, progress)?;
                    return Err(Stop::Io(error));
                }
            };
            if let Reach::Around { from, to } = reach
                && end > from
                && position < to
            {
                return self.pass_over(position, to, progress);
            }
            match item {
                Item::Line(line) => {
                    self.bytes += line.len() as u64;
                    self.parser.line(line, position, &mut self.batch);
                }
                Item::TooLong { sample, bytes } => {
                    self.bytes += bytes;
                    self.parser.too_long(sample, bytes, position, &mut self.batch);
                }
            }
            self.waiting += 1;
            let full = self.bytes >= BATCH_BYTES || self.batch.events.len() >= BATCH_EVENTS;
            if full {
                self.hand_over(end, progress)?;
                if stop() || self.inlet.is_paused() {
                    return Err(Stop::Asked);
                }
            }
        }
    }

    /// Leaves out what was written while recording was paused, and says so.
    fn pass_over(&mut self, from: u64, to: u64, progress: &dyn Progress) -> Result<(), Stop> {
        self.hand_over(from, progress)?;
        let to = self.opened.after_last_newline(from, to).map_err(Stop::Io)?;
        if to > from {
            let bytes = match &self.items {
                Items::Lines(_) => Some(to - from),
                Items::Records(_) => None,
            };
            self.parser.paused(from, bytes, &mut self.batch);
        }
        self.hand_over(to, progress)
    }

    /// Sends the batch with a checkpoint at `offset`, after its last line.
    fn hand_over(&mut self, offset: u64, progress: &dyn Progress) -> Result<(), Stop> {
        if offset == self.since && self.batch.is_empty() {
            return Ok(());
        }
        let seen_at = now();
        let checkpoint = self.checkpoint_at(offset, seen_at).map_err(Stop::Io)?;
        let mut batch = std::mem::replace(&mut self.batch, Batch::new(source(self.found)));
        batch.count("read.lines", self.waiting);
        let bytes = match &self.items {
            Items::Lines(_) => offset - self.since,
            Items::Records(_) => self.bytes,
        };
        batch.count("read.bytes", bytes);
        batch.checkpoint = Some(checkpoint.clone());
        let events = batch.events.len() as u64;
        self.inlet.send(batch).map_err(Stop::Closed)?;
        progress.advance(bytes);
        self.counts.lines += self.waiting;
        self.counts.bytes += bytes;
        self.counts.events += events;
        self.checkpoint = Some(checkpoint);
        self.since = offset;
        self.waiting = 0;
        self.bytes = 0;
        self.parser.seen_at(seen_at);
        Ok(())
    }

    fn checkpoint_at(&mut self, offset: u64, at: Timestamp) -> io::Result<Checkpoint> {
        let known = self.head.filter(|(_, len)| u64::from(*len) == offset.min(1024));
        let (head, head_len) = match known {
            Some(head) => head,
            None => self.opened.head(offset, self.inlet.hasher())?,
        };
        self.head = Some((head, head_len));
        Ok(Checkpoint {
            source: SourceId::of(self.found.path.as_os_str().as_encoded_bytes()),
            device: self.opened.identity.0,
            inode: self.opened.identity.1,
            head,
            head_len,
            offset,
            state: self.parser.state(),
            at,
        })
    }
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
