//! Reads on in one file from where it was left, and hands over what the lines say together with
//! how far they reach.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    time::SystemTime,
};

use vigil_proto::{
    Batch, Checkpoint, ContentHasher, Sensitive, Source, SourceId, Timestamp, Witness,
};

use super::{
    super::{
        Error, Progress,
        claude::{Parser, Place, Rules, locate},
        lines::{Item, Lines},
    },
    ReadCounts,
    discover::Found,
};
use crate::pipeline::{Closed, Inlet};

/// The longest line that is read.
const LINE_CAP: usize = 16 * 1024 * 1024;

/// A batch is handed over after so many bytes of lines, or so many events.
const BATCH_BYTES: u64 = 512 * 1024;
const BATCH_EVENTS: usize = 500;

/// How much of a file's beginning tells it from another one.
const HEAD: u64 = 1024;

/// What is remembered of a file between two looks at it.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    /// How far it was read.
    pub(super) checkpoint: Option<Checkpoint>,
    /// The file as it was at the last complete look; no need to open it while it is the same.
    pub(super) seen: Option<Found>,
    /// True after a warning that it cannot be read.
    warned: bool,
}

impl Tracked {
    pub(super) fn new(checkpoint: Option<Checkpoint>) -> Self {
        Self { checkpoint, ..Self::default() }
    }
}

/// Why reading a file ended before its end.
enum Stop {
    Closed(Closed),
    Io(io::Error),
}

/// Reads what `found` holds beyond `tracked`.
pub(super) fn read(
    inlet: &Inlet,
    found: &Found,
    tracked: &mut Tracked,
    progress: &dyn Progress,
    stop: &dyn Fn() -> bool,
) -> Result<ReadCounts, Error> {
    let mut counts = ReadCounts::default();
    let ended = match Opened::new(found, tracked.checkpoint.as_ref(), inlet.hasher()) {
        Ok(opened) if opened.is_done() => Ok(()),
        Ok(opened) => {
            let mut reading = Reading::new(inlet, found, &opened);
            let ended = reading.run(progress, stop);
            counts = reading.counts;
            tracked.checkpoint = reading.checkpoint.take().or(tracked.checkpoint.take());
            ended
        }
        Err(error) => Err(Stop::Io(error)),
    };
    match ended {
        Ok(()) => {
            tracked.warned = false;
            tracked.seen = Some(found.clone());
        }
        Err(Stop::Closed(closed)) => return Err(closed.into()),
        // Removed between finding and opening it.
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(Stop::Io(error)) => {
            tracked.seen = None;
            if !tracked.warned {
                tracked.warned = true;
                tracing::warn!(
                    path = %found.path.display(),
                    %error,
                    "cannot read a transcript; it is tried again, check its permissions"
                );
                let mut batch = Batch::new(source(found));
                batch.count("gap.unreadable-file", 1);
                inlet.send(batch)?;
            }
        }
    }
    Ok(counts)
}

fn source(found: &Found) -> Source<Sensitive> {
    Source {
        id: SourceId::of(found.path.as_os_str().as_encoded_bytes()),
        witness: Witness::Transcript,
        place: found.path.to_string_lossy().as_ref().into(),
    }
}

/// A file at the place where reading goes on.
struct Opened {
    file: File,
    identity: (u64, u64),
    /// Where to go on, and the parser's memory there.
    offset: u64,
    state: Vec<u8>,
    len: u64,
    /// Set when the file is not the one that was read before, or no longer holds what was read.
    restarted: bool,
}

impl Opened {
    fn new(found: &Found, known: Option<&Checkpoint>, hasher: &ContentHasher) -> io::Result<Self> {
        let mut file = File::open(&found.path)?;
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        let len = metadata.len();
        let resumed = match known {
            Some(known) if still_holds(&file, identity, len, known, hasher)? => Some(known),
            _ => None,
        };
        let offset = resumed.map_or(0, |known| known.offset);
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self {
            file,
            identity,
            offset,
            state: resumed.map(|known| known.state.clone()).unwrap_or_default(),
            len,
            restarted: known.is_some() && resumed.is_none(),
        })
    }

    fn is_done(&self) -> bool {
        !self.restarted && self.offset == self.len
    }
}

/// True when the file is the one of the checkpoint and still has what was read from it.
fn still_holds(
    file: &File,
    identity: (u64, u64),
    len: u64,
    known: &Checkpoint,
    hasher: &ContentHasher,
) -> io::Result<bool> {
    if identity != (known.device, known.inode) || len < known.offset {
        return Ok(false);
    }
    if known.offset > 0 {
        let mut last = [0];
        if file.read_at(&mut last, known.offset - 1)? != 1 || last != *b"\n" {
            return Ok(false);
        }
    }
    let (head, head_len) = head(file, u64::from(known.head_len), hasher)?;
    Ok(head == known.head && head_len == known.head_len)
}

/// The hash of the file's first bytes, at most `len`, and how many they are.
fn head(file: &File, len: u64, hasher: &ContentHasher) -> io::Result<(u64, u32)> {
    let mut bytes = vec![0; usize::try_from(len.min(HEAD)).unwrap_or_default()];
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read_at(room, filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok((hasher.hash(&bytes).0, u32::try_from(filled).unwrap_or_default()))
}

/// One pass over a file.
struct Reading<'a> {
    inlet: &'a Inlet,
    found: &'a Found,
    opened: &'a Opened,
    lines: Lines<&'a File>,
    parser: Parser<'a>,
    batch: Batch<Sensitive>,
    /// File offset at which the batch begins.
    since: u64,
    /// Lines in the batch.
    waiting: u64,
    head: Option<(u64, u32)>,
    /// The last one handed over.
    checkpoint: Option<Checkpoint>,
    counts: ReadCounts,
}

impl<'a> Reading<'a> {
    fn new(inlet: &'a Inlet, found: &'a Found, opened: &'a Opened) -> Self {
        let fallback = Timestamp::from(found.modified);
        let place: Place = locate::place(&found.root, &found.path, fallback, inlet.exclusions());
        let rules = Rules { hasher: inlet.hasher(), exclusions: inlet.exclusions() };
        let mut batch = Batch::new(source(found));
        if opened.restarted {
            batch.count("read.restarted-file", 1);
        }
        Self {
            inlet,
            found,
            opened,
            lines: Lines::new(&opened.file, opened.offset, LINE_CAP),
            parser: Parser::new(rules, place, &opened.state, now()),
            batch,
            since: opened.offset,
            waiting: 0,
            head: None,
            checkpoint: None,
            counts: ReadCounts::default(),
        }
    }

    fn run(&mut self, progress: &dyn Progress, stop: &dyn Fn() -> bool) -> Result<(), Stop> {
        loop {
            let position = self.lines.offset();
            let item = match self.lines.next() {
                Ok(Some(item)) => item,
                Ok(None) => return self.hand_over(progress),
                Err(error) => {
                    self.hand_over(progress)?;
                    return Err(Stop::Io(error));
                }
            };
            match item {
                Item::Line(line) => self.parser.line(line, position, &mut self.batch),
                Item::TooLong { sample, bytes } => {
                    self.parser.too_long(sample, bytes, position, &mut self.batch);
                }
            }
            self.waiting += 1;
            let full = self.lines.offset() - self.since >= BATCH_BYTES
                || self.batch.events.len() >= BATCH_EVENTS;
            if full {
                self.hand_over(progress)?;
                if stop() || self.inlet.is_paused() {
                    return Ok(());
                }
            }
        }
    }

    /// Sends the batch with a checkpoint after its last line.
    fn hand_over(&mut self, progress: &dyn Progress) -> Result<(), Stop> {
        let offset = self.lines.offset();
        let seen_at = now();
        if offset == self.since && self.batch.is_empty() {
            return Ok(());
        }
        let checkpoint = self.checkpoint_at(offset, seen_at).map_err(Stop::Io)?;
        let mut batch = std::mem::replace(&mut self.batch, Batch::new(source(self.found)));
        batch.count("read.lines", self.waiting);
        batch.count("read.bytes", offset - self.since);
        batch.checkpoint = Some(checkpoint.clone());
        let events = batch.events.len() as u64;
        self.inlet.send(batch).map_err(Stop::Closed)?;
        progress.advance(offset - self.since);
        self.counts.lines += self.waiting;
        self.counts.bytes += offset - self.since;
        self.counts.events += events;
        self.checkpoint = Some(checkpoint);
        self.since = offset;
        self.waiting = 0;
        self.parser.seen_at(seen_at);
        Ok(())
    }

    fn checkpoint_at(&mut self, offset: u64, at: Timestamp) -> io::Result<Checkpoint> {
        let wanted = offset.min(HEAD);
        let known = self.head.filter(|(_, len)| u64::from(*len) == wanted);
        let (head, head_len) = match known {
            Some(head) => head,
            None => head(&self.opened.file, wanted, self.inlet.hasher())?,
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
