//! A list's file, asked in place.
//!
//! ```text
//! header     64 bytes, with its own checksum
//! directory  where each bucket ends, 4 bytes each, one more in front: 0
//! buckets    checksum of 8 bytes, then entries: key of 16, length of 4, what is said
//! ```
//! A key's first bits are the number of its bucket, so a question is two short reads. The header knows
//! the file's length and each bucket's checksum covers its number: a file that is torn, or in which
//! something was moved or turned, is noticed, and never believed.

use std::{
    fmt, io,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    ReadAt,
    entry::{self, Affected},
    key::Key,
};

const MAGIC: &[u8; 8] = b"vigilint";
const VERSION: u32 = 1;
const HEADER: usize = 64;
/// Entries of a bucket, about.
const PER_BUCKET: usize = 8;
/// No bucket is larger: what begins like one and is, is damage.
const BUCKET_MAX: usize = 64 * 1024 * 1024;

/// Why a file is no list of ours.
#[derive(Debug, thiserror::Error)]
pub enum BadTable {
    /// It could not be read.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// It is something else.
    #[error("it is no list of Vigil's")]
    Foreign,
    /// A newer Vigil wrote it.
    #[error("a newer Vigil wrote it (form {0}); update Vigil or import the list again")]
    Newer(u32),
    /// It is not what was written.
    #[error("it is damaged; import the list again")]
    Damaged,
}

/// One list.
pub struct Table {
    name: String,
    header: Header,
    read: ReadAt,
    damaged: AtomicBool,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// The list called `name` in a file of `bytes` bytes. Reads its header alone.
    pub fn open(name: &str, bytes: u64, read: ReadAt) -> Result<Self, BadTable> {
        let mut header = [0; HEADER];
        if bytes < HEADER as u64 {
            return Err(BadTable::Foreign);
        }
        read(0, &mut header).map_err(BadTable::Read)?;
        let header = Header::from_bytes(&header)?;
        if header.bytes != bytes {
            return Err(BadTable::Damaged);
        }
        Ok(Self { name: name.to_owned(), header, read, damaged: AtomicBool::new(false) })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many indicators it has.
    pub fn entries(&self) -> u64 {
        self.header.entries
    }

    /// True once something in it was not what was written.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Reads every bucket once.
    pub fn check(&self) -> Result<(), BadTable> {
        let mut entries = 0;
        for number in 0..u32::try_from(self.header.buckets()).map_err(|_| BadTable::Damaged)? {
            let bucket = self.bucket(number)?;
            each_entry(&bucket, &mut |_, said| entries += u64::from(entry::read(said).is_some()))
                .ok_or(BadTable::Damaged)?;
        }
        if entries == self.header.entries { Ok(()) } else { Err(BadTable::Damaged) }
    }

    /// Calls `each` with everything that is said under this key, the list's name for it first.
    pub(super) fn each(&self, key: &Key, each: &mut dyn FnMut(&str, &Affected)) {
        let Ok(bucket) = self.bucket(bucket_of(key, self.header.bits)) else {
            self.damaged.store(true, Ordering::Relaxed);
            return;
        };
        let sound = each_entry(&bucket, &mut |of, said| {
            if of == key
                && let Some((id, affected)) = entry::read(said)
            {
                each(id, &affected);
            }
        });
        if sound.is_none() {
            self.damaged.store(true, Ordering::Relaxed);
        }
    }

    /// The entries of a bucket, checked.
    fn bucket(&self, number: u32) -> Result<Vec<u8>, BadTable> {
        let mut ends = [0; 8];
        let at = HEADER as u64 + u64::from(number) * 4;
        (self.read)(at, &mut ends).map_err(BadTable::Read)?;
        let (begin, end) = ends.split_at(4);
        let offset = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let (begin, end) = (offset(begin), offset(end));
        let len = end.checked_sub(begin).ok_or(BadTable::Damaged)? as usize;
        let is_inside = self.header.data_at() + u64::from(end) <= self.header.bytes;
        if len == 0 {
            return Ok(Vec::new());
        }
        if len > BUCKET_MAX || !is_inside {
            return Err(BadTable::Damaged);
        }
        let mut bytes = vec![0; len];
        (self.read)(self.header.data_at() + u64::from(begin), &mut bytes)
            .map_err(BadTable::Read)?;
        let (sum, entries) = bytes.split_first_chunk::<8>().ok_or(BadTable::Damaged)?;
        if *sum != checksum(number, entries) {
            return Err(BadTable::Damaged);
        }
        bytes.drain(..8);
        Ok(bytes)
    }
}

/// Calls `each` with every entry; none where they are not entries.
fn each_entry(mut bytes: &[u8], each: &mut dyn FnMut(&Key, &[u8])) -> Option<()> {
    while !bytes.is_empty() {
        let (key, rest) = bytes.split_first_chunk::<16>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (said, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        each(key, said);
        bytes = rest;
    }
    Some(())
}

/// Writes a bucket into `out`, which is emptied first.
pub(super) fn bucket<'a>(
    number: u32,
    entries: impl Iterator<Item = (&'a Key, &'a [u8])>,
    out: &mut Vec<u8>,
) {
    out.clear();
    out.extend_from_slice(&[0; 8]);
    for (key, said) in entries {
        out.extend_from_slice(key);
        out.extend_from_slice(&u32::try_from(said.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(said);
    }
    let sum = checksum(number, out.get(8..).unwrap_or_default());
    if let Some(place) = out.first_chunk_mut::<8>() {
        *place = sum;
    }
}

/// The bucket of a key.
pub(super) fn bucket_of(key: &Key, bits: u32) -> u32 {
    let first = key.first_chunk::<4>().map_or(0, |first| u32::from_be_bytes(*first));
    first.checked_shr(32 - bits).unwrap_or(0)
}

fn checksum(number: u32, entries: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes()).update(entries);
    let mut sum = [0; 8];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

/// What stands at the file's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// There are 2 to the power of this buckets.
    pub(super) bits: u32,
    pub(super) entries: u64,
    /// The file's length.
    pub(super) bytes: u64,
}

impl Header {
    /// For so many entries; the length is not known yet.
    pub(super) fn of(entries: usize) -> Self {
        let buckets = (entries / PER_BUCKET).max(1).next_power_of_two();
        Self { bits: buckets.trailing_zeros(), entries: entries as u64, bytes: 0 }
    }

    pub(super) fn buckets(self) -> usize {
        1 << self.bits
    }

    pub(super) fn data_at(self) -> u64 {
        HEADER as u64 + (self.buckets() as u64 + 1) * 4
    }

    pub(super) fn to_bytes(self) -> [u8; HEADER] {
        let mut fields = Vec::with_capacity(HEADER);
        fields.extend_from_slice(MAGIC);
        fields.extend_from_slice(&VERSION.to_le_bytes());
        fields.extend_from_slice(&self.bits.to_le_bytes());
        fields.extend_from_slice(&self.entries.to_le_bytes());
        fields.extend_from_slice(&self.bytes.to_le_bytes());
        let sum = blake3::hash(&fields);
        let mut bytes = [0; HEADER];
        for (place, byte) in bytes.iter_mut().zip(fields.iter().chain(sum.as_bytes())) {
            *place = *byte;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; HEADER]) -> Result<Self, BadTable> {
        let (fields, sum) = bytes.split_at(32);
        let number = |at: usize| {
            let eight = fields.get(at..at + 8).and_then(|eight| eight.first_chunk::<8>());
            eight.map_or(0, |eight| u64::from_le_bytes(*eight))
        };
        let (form, bits) = (number(8) & 0xffff_ffff, number(8) >> 32);
        if fields.first_chunk() != Some(MAGIC) {
            return Err(BadTable::Foreign);
        }
        if sum != blake3::hash(fields).as_bytes() || bits > 24 {
            return Err(BadTable::Damaged);
        }
        let form = u32::try_from(form).unwrap_or(u32::MAX);
        if form != VERSION {
            return Err(BadTable::Newer(form));
        }
        let bits = u32::try_from(bits).unwrap_or_default();
        Ok(Self { bits, entries: number(16), bytes: number(24) })
    }
}

#[cfg(test)]
mod tests;
