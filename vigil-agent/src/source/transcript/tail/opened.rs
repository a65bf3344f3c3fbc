//! A file at the place where reading goes on, and the ways to tell that it is still the same
//! file with the same beginning: a place is a byte in a file of lines, and the number of a record
//! in a database.

use std::{
    fs::{self, File},
    io::{self, Seek as _, SeekFrom},
    os::unix::fs::{FileExt as _, MetadataExt as _},
};

use vigil_proto::{Checkpoint, ContentHasher};

use super::{
    super::{client::Format, database, lines::Lines},
    discover::Found,
    items::Items,
};

/// How much of a file's beginning tells it from another one.
const HEAD: u64 = 1024;

/// Bytes read at once when a newline is looked for.
const CHUNK: usize = 64 * 1024;

/// What is read.
#[derive(Debug)]
enum Content {
    Lines(File),
    Records(database::Reader),
}

/// An open file.
#[derive(Debug)]
pub(super) struct Opened {
    content: Content,
    /// Device and inode.
    pub(super) identity: (u64, u64),
    /// Where to go on.
    pub(super) offset: u64,
    /// The parser's memory there.
    pub(super) state: Vec<u8>,
    /// Where it ends.
    pub(super) len: u64,
    /// True when the file is not the one that was read before, or no longer holds what was read.
    pub(super) restarted: bool,
}

impl Opened {
    /// Opens `found` where `known` ends, or at its start when that does not fit any more.
    pub(super) fn new(
        found: &Found,
        known: Option<&Checkpoint>,
        hasher: &ContentHasher,
    ) -> io::Result<Self> {
        let (mut content, metadata, len) = match found.client.format {
            Format::Lines => {
                let file = File::open(&found.path)?;
                let metadata = file.metadata()?;
                let len = metadata.len();
                (Content::Lines(file), metadata, len)
            }
            Format::Database(log) => {
                let reader = database::Reader::open(&found.path, log)?;
                let len = reader.last()?;
                (Content::Records(reader), fs::metadata(&found.path)?, len)
            }
        };
        let identity = (metadata.dev(), metadata.ino());
        let resumed = match known {
            Some(known) if still_holds(&content, identity, len, known, hasher)? => Some(known),
            _ => None,
        };
        let offset = resumed.map_or(0, |known| known.offset);
        if let Content::Lines(file) = &mut content {
            file.seek(SeekFrom::Start(offset))?;
        }
        Ok(Self {
            content,
            identity,
            offset,
            state: resumed.map(|known| known.state.clone()).unwrap_or_default(),
            len,
            restarted: known.is_some() && resumed.is_none(),
        })
    }

    /// True when there is nothing after what was read.
    pub(super) fn is_done(&self) -> bool {
        !self.restarted && self.offset == self.len
    }

    /// What it holds from here on, in lines of at most `cap` bytes.
    pub(super) fn items(&self, cap: usize) -> Items<'_> {
        match &self.content {
            Content::Lines(file) => {
                let left = self.len.saturating_sub(self.offset);
                Items::Lines(Lines::new(file, self.offset, cap).expecting(left))
            }
            Content::Records(reader) => {
                Items::Records(database::Records::new(reader, self.offset, cap))
            }
        }
    }

    /// Hash and length of the beginning that a checkpoint at `offset` remembers. Of a database it
    /// is the record there: the first ones may be deleted at any time.
    pub(super) fn head(&self, offset: u64, hasher: &ContentHasher) -> io::Result<(u64, u32)> {
        head(&self.content, offset, offset.min(HEAD), hasher)
    }

    /// True when a newline stands at or after byte `from`.
    pub(super) fn has_newline_from(&self, mut from: u64) -> io::Result<bool> {
        let Content::Lines(file) = &self.content else { return Ok(true) };
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read_at(&mut chunk, from)?;
            let part = chunk.get(..read).unwrap_or_default();
            if read == 0 || memchr::memchr(b'\n', part).is_some() {
                return Ok(read > 0);
            }
            from += read as u64;
        }
    }

    /// The offset after the last newline between `from` and `to`, or `from`.
    pub(super) fn after_last_newline(&self, from: u64, to: u64) -> io::Result<u64> {
        let mut end = to.min(self.len);
        let Content::Lines(file) = &self.content else { return Ok(end.max(from)) };
        let mut chunk = vec![0; CHUNK];
        while end > from {
            let start = end.saturating_sub(CHUNK as u64).max(from);
            let wanted = usize::try_from(end - start).unwrap_or(CHUNK);
            let room = chunk.get_mut(..wanted).unwrap_or_default();
            file.read_exact_at(room, start)?;
            if let Some(found) = memchr::memrchr(b'\n', room) {
                return Ok(start + found as u64 + 1);
            }
            end = start;
        }
        Ok(from)
    }
}

/// True when the file is the one of the checkpoint and still has what was read from it.
fn still_holds(
    content: &Content,
    identity: (u64, u64),
    len: u64,
    known: &Checkpoint,
    hasher: &ContentHasher,
) -> io::Result<bool> {
    if identity != (known.device, known.inode) || len < known.offset {
        return Ok(false);
    }
    if let Content::Lines(file) = content
        && known.offset > 0
    {
        let mut last = [0];
        if file.read_at(&mut last, known.offset - 1)? != 1 || last != *b"\n" {
            return Ok(false);
        }
    }
    let here = head(content, known.offset, u64::from(known.head_len), hasher)?;
    Ok(here == (known.head, known.head_len))
}

/// What tells a file from another one, for a checkpoint at `offset`: the hash of its first bytes,
/// at most `len`, and how many they are; of a database the hash of the record's id.
fn head(
    content: &Content,
    offset: u64,
    len: u64,
    hasher: &ContentHasher,
) -> io::Result<(u64, u32)> {
    let file = match content {
        Content::Lines(file) => file,
        Content::Records(_) if offset == 0 => return Ok((0, 0)),
        Content::Records(reader) => {
            let id = reader.id(offset)?.unwrap_or_default();
            return Ok((hasher.hash(id.as_bytes()).0, 0));
        }
    };
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
