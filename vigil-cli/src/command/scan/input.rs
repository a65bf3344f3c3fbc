//! The texts of files. What is not text, not a plain file or too long is named as not scanned.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Text, Where, utf16, walk::Walk};
use crate::failure::Failure;

/// The longest piece of text that is scanned at once, in bytes.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;
/// A NUL within so many first bytes means: not text.
const SNIFFED: usize = 8 * 1024;

/// Something that was not scanned, and why.
#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    /// The path, or a record's place.
    pub(super) id: String,
    /// Why, in words.
    pub(super) reason: String,
    /// True when it was named on the command line.
    #[serde(skip)]
    pub(super) asked_for: bool,
}

/// What was left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// What was not scanned, and why.
    pub(super) skipped: Vec<Skipped>,
    /// Files and folders that a repository ignores.
    pub(super) ignored: u64,
}

impl LeftOut {
    pub(super) fn skip(&mut self, path: &Path, reason: String, asked_for: bool) {
        let id = path.to_string_lossy().into_owned();
        self.skipped.push(Skipped { id, reason, asked_for });
    }
}

/// Gives every text below `paths` to `each`; with `ignored_too` also what a repository ignores.
pub(super) fn each(
    paths: &[PathBuf],
    ignored_too: bool,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for path in paths {
        if path.as_os_str() == "-" {
            offer(Path::new("stdin"), io::stdin().lock(), true, left_out, each)?;
            continue;
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                let mut walk = Walk::new(path, ignored_too);
                while let Some(found) = walk.next(left_out) {
                    file(&found, false, left_out, each)?;
                }
            }
            Ok(_) => file(path, true, left_out, each)?,
            Err(error) => left_out.skip(path, error.to_string(), true),
        }
    }
    Ok(())
}

fn file(
    path: &Path,
    asked_for: bool,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match File::open(path) {
        Ok(file) => offer(path, file, asked_for, left_out, each),
        Err(error) => {
            left_out.skip(path, error.to_string(), asked_for);
            Ok(())
        }
    }
}

/// Scans what `reader` gives, in pieces that end with a line where it is long.
fn offer(
    path: &Path,
    reader: impl Read,
    asked_for: bool,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let id = path.to_string_lossy();
    let mut reader = BufReader::new(reader);
    let (mut bytes, mut lines) = (0, 0);
    loop {
        let piece = match piece(&mut reader) {
            Ok(first) if bytes == 0 && utf16::order_of(&first).is_some() => {
                return of_16_bits(path, first, reader, (asked_for, left_out), each);
            }
            Ok(piece) => piece,
            Err(error) => {
                left_out.skip(path, error.to_string(), asked_for);
                return Ok(());
            }
        };
        if bytes == 0 && piece.iter().take(SNIFFED).any(|byte| *byte == 0) {
            left_out.skip(path, "binary".to_owned(), false);
            return Ok(());
        }
        if piece.len() as u64 > LARGEST {
            let reason = format!("a line is longer than {} MiB", LARGEST / (1024 * 1024));
            left_out.skip(path, reason, asked_for);
            return Ok(());
        }
        if piece.is_empty() && bytes > 0 {
            return Ok(());
        }
        let (length, is_last) = (piece.len(), piece.last() != Some(&b'\n'));
        let newlines = piece.split(|byte| *byte == b'\n').count() - 1;
        each(Text { id: &id, content: text(piece), at: Where::From { bytes, lines } })?;
        if is_last {
            return Ok(());
        }
        bytes += length;
        lines += newlines;
    }
}

/// Scans a file of UTF-16, as its first two bytes say. Places are those in its text as UTF-8.
fn of_16_bits(
    path: &Path,
    mut bytes: Vec<u8>,
    rest: impl Read,
    (asked_for, left_out): (bool, &mut LeftOut),
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let room = (LARGEST + 1).saturating_sub(bytes.len() as u64);
    if let Err(error) = rest.take(room).read_to_end(&mut bytes) {
        left_out.skip(path, error.to_string(), asked_for);
    } else if bytes.len() as u64 > LARGEST {
        let reason = format!("UTF-16 of more than {} MiB", LARGEST / (1024 * 1024));
        left_out.skip(path, reason, asked_for);
    } else {
        let content = utf16::text(&bytes);
        let lines = 1..=content.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let at = Where::Lines(lines.collect());
        each(Text { id: &path.to_string_lossy(), content, at })?;
    }
    Ok(())
}

/// At most [`LARGEST`] bytes, whole lines where more follow; a longer line is one byte too long.
fn piece(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(LARGEST / 2).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) == LARGEST / 2 && bytes.last() != Some(&b'\n') {
        reader.take(LARGEST / 2 + 1).read_until(b'\n', &mut bytes)?;
    }
    Ok(bytes)
}

/// The bytes as text of the same length: each byte that is not UTF-8 becomes a `?`, so that
/// offsets stay those of the file.
pub(super) fn text(bytes: Vec<u8>) -> String {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error,
    };
    let mut text = String::with_capacity(error.as_bytes().len());
    for chunk in error.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
