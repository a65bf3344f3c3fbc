//! Reads complete lines from a file that may still be growing, with bounded memory. Never
//! returns a half-written last line, never buffers a line beyond the cap.

use std::io::{self, Read};

/// Bytes asked from the file at once, at most and at least.
const CHUNK: usize = 256 * 1024;
const SMALL: usize = 4 * 1024;

/// How much of a line that is too long is shown to the caller, to tell it apart from others.
const SAMPLE: usize = 4 * 1024;

/// What stands between two newlines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A line without its newline.
    Line(&'a [u8]),
    /// A line beyond the cap: its first bytes, and its length without the newline.
    TooLong {
        /// The first bytes of it.
        sample: &'a [u8],
        /// Length of the whole line in bytes.
        bytes: u64,
    },
}

/// The complete lines of `source`, which begins at byte `offset` of its file.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    start: usize,
    end: usize,
    /// No newline before this index of `buffer`, from `start` on.
    searched: usize,
    /// File offset of `buffer[start]`, after the last line that was returned.
    offset: u64,
    /// How far the file was read when its end was met.
    reached: u64,
    cap: usize,
    /// Bytes asked from the file at once.
    chunk: usize,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `cap` bytes.
    pub(super) fn new(source: R, offset: u64, cap: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            searched: 0,
            offset,
            reached: offset,
            cap,
            chunk: CHUNK,
        }
    }

    /// The same where about so many bytes are left: a few new lines are not worth a large buffer.
    pub(super) fn expecting(mut self, bytes: u64) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(CHUNK);
        self.chunk = bytes.saturating_add(SMALL).min(CHUNK);
        self
    }

    /// File offset after the last complete line.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// File offset up to which there is no newline after the last complete line.
    pub(super) fn searched(&self) -> u64 {
        self.reached
    }

    /// The next complete line and the file offset after its newline, or none when the file has
    /// no further newline yet.
    pub(super) fn next(&mut self) -> io::Result<Option<(Item<'_>, u64)>> {
        loop {
            let unread = self.buffer.get(self.searched..self.end).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unread) {
                let line_end = self.searched + found;
                let line_start = self.start;
                self.start = line_end + 1;
                self.searched = self.start;
                self.offset += (self.start - line_start) as u64;
                let line = self.buffer.get(line_start..line_end).unwrap_or_default();
                let item = if line.len() > self.cap {
                    let sample = line.get(..SAMPLE).unwrap_or(line);
                    Item::TooLong { sample, bytes: line.len() as u64 }
                } else {
                    Item::Line(line)
                };
                return Ok(Some((item, self.offset)));
            }
            self.searched = self.end;
            if self.end - self.start > self.cap {
                return self.skip_long();
            }
            if self.fill()? == 0 {
                self.reached = self.offset + (self.end - self.start) as u64;
                return Ok(None);
            }
        }
    }

    /// Moves the unread part to the front when that makes room, and reads once more.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + self.chunk {
            self.buffer.resize(self.end + self.chunk, 0);
        } else if self.buffer.len() > 4 * CHUNK && self.end < CHUNK {
            // One long line must not keep its memory for the rest of the file.
            self.buffer.truncate(2 * CHUNK);
            self.buffer.shrink_to_fit();
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = read_some(&mut self.source, room)?;
        self.end += read;
        Ok(read)
    }

    /// Reads past the newline of a line that is longer than the cap, keeping only its beginning.
    fn skip_long(&mut self) -> io::Result<Option<(Item<'_>, u64)>> {
        let mut length = (self.end - self.start) as u64;
        self.buffer.copy_within(self.start..self.start + SAMPLE.min(self.cap), 0);
        let sample = SAMPLE.min(self.cap);
        self.buffer.truncate(sample);
        self.buffer.resize(sample + CHUNK, 0);
        self.buffer.shrink_to_fit();
        loop {
            let room = self.buffer.get_mut(sample..).unwrap_or_default();
            let read = read_some(&mut self.source, room)?;
            let part = self.buffer.get(sample..sample + read).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', part) {
                length += found as u64;
                self.offset += length + 1;
                self.start = sample + found + 1;
                self.searched = self.start;
                self.end = sample + read;
                let sample = self.buffer.get(..sample).unwrap_or_default();
                return Ok(Some((Item::TooLong { sample, bytes: length }, self.offset)));
            }
            length += read as u64;
            if read == 0 {
                self.reached = self.offset + length;
                // Not ended yet; whoever comes back starts from its beginning again.
                self.start = 0;
                self.end = 0;
                self.searched = 0;
                return Ok(None);
            }
        }
    }
}

fn read_some(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests;
