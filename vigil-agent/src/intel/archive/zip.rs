//! A zip, by its directory at the end, which is read through once and never kept: 250,000 advisories are
//! no more memory than one. Only stored and deflated files; of the directory's lengths, those of packed
//! bytes are held against the file's own.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Cursor, Read},
    os::unix::fs::FileExt as _,
};

use flate2::{Crc, read::DeflateDecoder};

use super::{ArchiveError, BUFFER, Each, FILES_MAX, UNPACKED_MAX};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const END_64_AT: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// The end record with the longest comment.
const END_MAX: u64 = 22 + 65_535;
/// A file that is larger unpacked is read piece by piece; a smaller one is checked before it is
/// believed.
const WHOLE_MAX: u64 = 8 * 1024 * 1024;

/// An entry of the directory.
struct Entry {
    name: String,
    method: u16,
    is_encrypted: bool,
    sum: u32,
    packed: u64,
    unpacked: u64,
    at: u64,
}

pub(super) fn each(
    file: &File,
    each: &mut Each<'_>,
    skip: &mut dyn FnMut(&'static str, &str),
) -> Result<(), ArchiveError> {
    let len = file.metadata()?.len();
    let (files, from, size) = directory(file, len)?;
    if files > FILES_MAX {
        return Err(ArchiveError::TooLarge("too many files"));
    }
    let mut entries = BufReader::with_capacity(BUFFER, At { file, from, left: size });
    let damaged = || ArchiveError::Damaged("a file in it is not what it should be");
    let (mut packed, mut unpacked) = (0_u64, 0_u64);
    for _ in 0..files {
        let entry = Entry::read(&mut entries)?;
        // Files that share their bytes would unpack to more than there is.
        packed = packed.saturating_add(entry.packed);
        if packed > len {
            return Err(ArchiveError::Damaged("its files overlap"));
        }
        if entry.name.ends_with('/') || entry.packed == 0 {
            continue;
        }
        let name = entry.name.rsplit('/').next().unwrap_or_default();
        if entry.is_encrypted || !matches!(entry.method, 0 | 8) {
            skip("not-deflated", name);
            continue;
        }
        let data = entry.data(file)?.ok_or_else(damaged)?;
        let left = UNPACKED_MAX.saturating_sub(unpacked);
        let read = one(&entry, data, left, name, each);
        match read {
            Ok(n) => unpacked += n,
            Err(Trouble::Damaged) => return Err(damaged()),
            Err(Trouble::TooLarge) => return Err(ArchiveError::TooLarge("it unpacks to too much")),
            Err(Trouble::Read(error)) => return Err(error.into()),
        }
    }
    if entries.fill_buf()?.is_empty() {
        Ok(())
    } else {
        Err(ArchiveError::Damaged("there is more in its directory than its end says"))
    }
}

enum Trouble {
    Damaged,
    TooLarge,
    Read(io::Error),
}

/// Unpacks one file for `each`; gives its length.
fn one(
    entry: &Entry,
    data: At<'_>,
    left: u64,
    name: &str,
    each: &mut Each<'_>,
) -> Result<u64, Trouble> {
    let unpacked: Box<dyn Read + '_> = match entry.method {
        0 => Box::new(data),
        _ => Box::new(DeflateDecoder::new(data)),
    };
    let mut checked = Checked { inner: unpacked, sum: Crc::new(), left };
    if entry.unpacked > WHOLE_MAX {
        let mut text = BufReader::with_capacity(BUFFER, checked);
        each(name, &mut text).map_err(|error| trouble(error, true))?;
        checked = text.into_inner();
        io::copy(&mut checked, &mut io::sink()).map_err(|error| trouble(error, true))?;
        if checked.sum.sum() != entry.sum {
            return Err(Trouble::Read(io::Error::new(
                io::ErrorKind::InvalidData,
                "a file in it is not what its sum says",
            )));
        }
        return Ok(left - checked.left);
    }
    let mut text = Vec::new();
    checked
        .by_ref()
        .take(WHOLE_MAX + 1)
        .read_to_end(&mut text)
        .map_err(|error| trouble(error, false))?;
    let len = text.len() as u64;
    if len != entry.unpacked || checked.sum.sum() != entry.sum {
        return Err(Trouble::Damaged);
    }
    each(name, &mut Cursor::new(text)).map_err(Trouble::Read)?;
    Ok(len)
}

fn trouble(error: io::Error, is_taken_in: bool) -> Trouble {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Trouble::TooLarge,
        _ if is_taken_in => Trouble::Read(error),
        _ => Trouble::Damaged,
    }
}

/// How many files there are, and where the directory is and how long.
fn directory(file: &File, len: u64) -> Result<(u64, u64, u64), ArchiveError> {
    let no_end = ArchiveError::Damaged("it has no end");
    let tail = END_MAX.min(len);
    let mut end = vec![0; usize::try_from(tail).unwrap_or_default()];
    file.read_exact_at(&mut end, len - tail)?;
    let found = memchr::memmem::rfind(&end, &END);
    let Some((at, record)) = found.and_then(|at| Some((at, end.get(at..at + 22)?))) else {
        return Err(no_end);
    };
    let short = (
        u64::from(u16_at(record, 10)),
        u64::from(u32_at(record, 16)),
        u64::from(u32_at(record, 12)),
    );
    let is_long = short.0 == 0xffff || short.1 == 0xffff_ffff || short.2 == 0xffff_ffff;
    let locator = at.checked_sub(20).and_then(|from| end.get(from..at));
    let (files, from, size) =
        match locator.filter(|locator| is_long && locator.starts_with(&END_64_AT)) {
            Some(locator) => {
                let mut record = [0; 56];
                let at = u64_at(locator, 8);
                if at.checked_add(56).is_none_or(|end| end > len) {
                    return Err(no_end);
                }
                file.read_exact_at(&mut record, at)?;
                if !record.starts_with(&END_64) {
                    return Err(no_end);
                }
                (u64_at(&record, 32), u64_at(&record, 48), u64_at(&record, 40))
            }
            None => short,
        };
    let directory_ends = from.checked_add(size).filter(|end| *end <= len);
    let Some(directory_ends) = directory_ends else {
        return Err(ArchiveError::Damaged("its directory is beyond its end"));
    };
    // It ends where its end begins, or what is said of large numbers.
    let begins = len - tail + at as u64;
    let is_whole = directory_ends == begins
        || locator.is_some_and(|locator| {
            locator.starts_with(&END_64_AT) && u64_at(locator, 8) == directory_ends
        });
    if !is_whole {
        return Err(ArchiveError::Damaged("there is more in its directory than its end says"));
    }
    Ok((files, from, size))
}

impl Entry {
    fn read(entries: &mut impl Read) -> Result<Self, ArchiveError> {
        let damaged = |_| ArchiveError::Damaged("its directory ends too soon");
        let mut head = [0; 46];
        entries.read_exact(&mut head).map_err(damaged)?;
        if !head.starts_with(&ENTRY) {
            return Err(ArchiveError::Damaged("its directory is none"));
        }
        let mut rest = |len: u16| {
            let mut bytes = vec![0; usize::from(len)];
            entries.read_exact(&mut bytes).map_err(damaged).map(|()| bytes)
        };
        let name = rest(u16_at(&head, 28))?;
        let extra = rest(u16_at(&head, 30))?;
        rest(u16_at(&head, 32))?;
        let mut entry = Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            method: u16_at(&head, 10),
            is_encrypted: u16_at(&head, 8) & 1 != 0,
            sum: u32_at(&head, 16),
            packed: u64::from(u32_at(&head, 20)),
            unpacked: u64::from(u32_at(&head, 24)),
            at: u64::from(u32_at(&head, 42)),
        };
        entry.widen(&extra);
        Ok(entry)
    }

    /// Takes what does not fit in 32 bits from where it then stands.
    fn widen(&mut self, extra: &[u8]) {
        let mut fields = extra;
        while let Some((head, rest)) = fields.split_first_chunk::<4>() {
            let Some((field, rest)) = rest.split_at_checked(usize::from(u16_at(head, 2))) else {
                return;
            };
            if u16_at(head, 0) == 1 {
                let mut numbers = field.chunks_exact(8);
                for place in [&mut self.unpacked, &mut self.packed, &mut self.at] {
                    if *place == 0xffff_ffff
                        && let Some(number) = numbers.next()
                    {
                        *place = u64_at(number, 0);
                    }
                }
            }
            fields = rest;
        }
    }

    /// Its packed bytes. None where it is not where it is said to be.
    fn data<'a>(&self, file: &'a File) -> Result<Option<At<'a>>, ArchiveError> {
        let mut head = [0; 30];
        match file.read_exact_at(&mut head, self.at) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        if !head.starts_with(&LOCAL) {
            return Ok(None);
        }
        let names = u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        Ok(Some(At { file, from: self.at.saturating_add(30 + names), left: self.packed }))
    }
}

/// A part of a file.
struct At<'a> {
    file: &'a File,
    from: u64,
    left: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..len) else { return Ok(0) };
        let n = self.file.read_at(buffer, self.from)?;
        self.from += n as u64;
        self.left -= n as u64;
        Ok(n)
    }
}

/// Sums up what passes, and lets no more pass than is left.
struct Checked<R> {
    inner: R,
    sum: Crc,
    left: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.sum.update(buffer.get(..n).unwrap_or_default());
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(n)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let two = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    two.map_or(0, |two| u16::from_le_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let eight = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    eight.map_or(0, |eight| u64::from_le_bytes(*eight))
}
