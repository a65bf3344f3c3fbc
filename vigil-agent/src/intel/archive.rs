//! The texts in a file: itself, what is in it as an archive, or in the folder that it is. Archives come
//! from anywhere: their names of files are only told of, what they say of lengths is not believed, and
//! all that is unpacked is counted against one limit.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

mod tar;
mod zip;

#[cfg(test)]
pub(super) mod tests;

/// The most that is unpacked of one archive, in bytes.
const UNPACKED_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// The most files of one archive or folder.
const FILES_MAX: u64 = 2_000_000;
/// The deepest that folders are followed.
const DEPTH_MAX: usize = 24;
/// What of a text is looked at at once.
const BUFFER: usize = 64 * 1024;

/// Why a file cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// What it says of itself does not hold.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// There is too much in it.
    #[error("there is more in it than a list can have: {0}")]
    TooLarge(&'static str),
}

/// What is done with a text: its name, for words, and itself.
pub(crate) type Each<'a> = dyn FnMut(&str, &mut dyn BufRead) -> io::Result<()> + 'a;

/// Calls `each` with every text, and `skip` with what cannot be unpacked: why, and its name.
pub(crate) fn each_text(
    path: &Path,
    each: &mut Each<'_>,
    skip: &mut dyn FnMut(&'static str, &str),
) -> Result<(), ArchiveError> {
    let meta = fs::metadata(path)?;
    if meta.is_dir() {
        return folder(path, each, skip);
    }
    if !meta.is_file() {
        return Err(ArchiveError::Damaged("it is no file"));
    }
    let mut file = File::open(path)?;
    let mut begin = [0; 4];
    let len = read_some(&mut file, &mut begin)?;
    file.rewind()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match begin.get(..len).unwrap_or_default() {
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => zip::each(&file, each, skip),
        [0x1f, 0x8b, ..] => {
            let unpacked = Limited::new(MultiGzDecoder::new(BufReader::new(file)));
            packed(BufReader::with_capacity(BUFFER, unpacked), &name, each, skip)
        }
        _ => packed(BufReader::with_capacity(BUFFER, file), &name, each, skip),
    }
}

/// A text, or several in a tar.
fn packed(
    mut text: impl BufRead,
    name: &str,
    each: &mut Each<'_>,
    skip: &mut dyn FnMut(&'static str, &str),
) -> Result<(), ArchiveError> {
    if tar::begins(text.fill_buf()?) {
        return tar::each(&mut text, each, skip);
    }
    each(name, &mut text)?;
    Ok(())
}

/// What stands in a folder and below it, by name, links not followed.
fn folder(
    path: &Path,
    each: &mut Each<'_>,
    skip: &mut dyn FnMut(&'static str, &str),
) -> Result<(), ArchiveError> {
    const ENDS: &[&str] = &["json", "jsonl", "ndjson", "csv", "tsv", "txt"];
    let mut waiting: Vec<(PathBuf, usize)> = vec![(path.to_owned(), 0)];
    let mut files = 0;
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries: Vec<_> = fs::read_dir(&folder)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type()?);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_known = path
                .extension()
                .is_some_and(|end| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)));
            if kind.is_dir() && name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEPTH_MAX {
                waiting.push((path, depth + 1));
            } else if kind.is_dir() {
                skip("too-deep", &name);
            } else if kind.is_file() && is_known {
                files += 1;
                if files > FILES_MAX {
                    return Err(ArchiveError::TooLarge("too many files"));
                }
                match File::open(&path) {
                    Ok(file) => each(&name, &mut BufReader::with_capacity(BUFFER, file))?,
                    Err(_) => skip("unreadable", &name),
                }
            }
        }
    }
    Ok(())
}

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            n => len += n,
        }
    }
    Ok(len)
}

/// Reads so far and no further: more is an error, not an end.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R> Limited<R> {
    fn new(inner: R) -> Self {
        Self { inner, left: UNPACKED_MAX }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "it unpacks to too much"))?;
        Ok(n)
    }
}
