//! The list in a link: of which rows it speaks, and the hashes of what they say. Compact, because
//! there is an entry for everything that ever happened; pure.
//!
//! A list is a sequence of groups: a byte for the table, the number of entries, then the entries in
//! the order of their rows. An entry is a number (how far from the row before, and four flags) and
//! eight bytes for each hash that the flags announce. An entry without any says that its row was
//! deleted.

use super::facts::{Of, Short, varint};

const STAYS: u64 = 1;
const TEXT: u64 = 2;
const CHANGES: u64 = 4;
const LOOSE: u64 = 8;
const FLAGS: u32 = 4;

/// What a link says of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) of: Of,
    pub(crate) number: i64,
    /// Of what never changes; there when the row is new.
    pub(crate) stays: Option<Short>,
    /// Of a text that stands apart, or was filled in.
    pub(crate) text: Option<Short>,
    /// Of what may change.
    pub(crate) changes: Option<Short>,
    /// True for a new event whose key is not fully known.
    pub(crate) loose: bool,
}

impl Entry {
    /// The row was deleted.
    pub(crate) const fn gone(of: Of, number: i64) -> Self {
        Self { of, number, stays: None, text: None, changes: None, loose: false }
    }

    pub(crate) const fn is_gone(&self) -> bool {
        self.stays.is_none() && self.text.is_none() && self.changes.is_none()
    }
}

/// A list that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writing {
    bytes: Vec<u8>,
    group: Vec<u8>,
    in_group: u64,
    of: Option<Of>,
    last: i64,
    count: u64,
}

impl Writing {
    /// Adds an entry. Entries of one table come together, in the order of their rows.
    pub(crate) fn add(&mut self, entry: &Entry) {
        if self.of != Some(entry.of) || entry.number < self.last {
            self.end_group();
            self.of = Some(entry.of);
        }
        let flag = |there: bool, flag: u64| if there { flag } else { 0 };
        let flags = flag(entry.stays.is_some(), STAYS)
            | flag(entry.text.is_some(), TEXT)
            | flag(entry.changes.is_some(), CHANGES)
            | flag(entry.loose, LOOSE);
        let step = entry.number.wrapping_sub(self.last).cast_unsigned();
        varint(&mut self.group, step << FLAGS | flags);
        for hash in [entry.stays, entry.text, entry.changes].into_iter().flatten() {
            self.group.extend_from_slice(&hash);
        }
        self.last = entry.number;
        self.in_group += 1;
        self.count += 1;
    }

    fn end_group(&mut self) {
        if let Some(of) = self.of.take() {
            self.bytes.push(of.code());
            varint(&mut self.bytes, self.in_group);
            self.bytes.append(&mut self.group);
        }
        self.in_group = 0;
        self.last = 0;
    }

    /// The list, and how many entries it has.
    pub(crate) fn finish(mut self) -> (Vec<u8>, u64) {
        self.end_group();
        (self.bytes, self.count)
    }
}

/// The entries of a list; `None` instead of one when the rest is none that a writer makes.
pub(crate) fn read(bytes: &[u8]) -> impl Iterator<Item = Option<Entry>> {
    Reading { bytes, of: None, left: 0, last: 0 }
}

struct Reading<'a> {
    bytes: &'a [u8],
    of: Option<Of>,
    left: u64,
    last: i64,
}

impl Iterator for Reading<'_> {
    type Item = Option<Entry>;

    fn next(&mut self) -> Option<Option<Entry>> {
        if self.left == 0 && self.bytes.is_empty() {
            return None;
        }
        let entry = self.entry();
        if entry.is_none() {
            (self.bytes, self.left) = (&[], 0);
        }
        Some(entry)
    }
}

impl Reading<'_> {
    fn entry(&mut self) -> Option<Entry> {
        if self.left == 0 {
            let (code, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            self.of = Some(Of::from_code(*code)?);
            self.left = self.varint().filter(|left| *left > 0)?;
            self.last = 0;
        }
        self.left -= 1;
        let head = self.varint()?;
        self.last = self.last.wrapping_add((head >> FLAGS).cast_signed());
        let mut hash = |flag| {
            if head & flag == 0 {
                return Some(None);
            }
            let (hash, rest) = self.bytes.split_first_chunk()?;
            self.bytes = rest;
            Some(Some(*hash))
        };
        let (stays, text, changes) = (hash(STAYS)?, hash(TEXT)?, hash(CHANGES)?);
        let loose = head & LOOSE != 0;
        Some(Entry { of: self.of?, number: self.last, stays, text, changes, loose })
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
