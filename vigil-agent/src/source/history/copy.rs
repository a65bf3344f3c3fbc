//! A private copy of a history. The browser's own file is opened to read and closed again: no lock of
//! SQLite's is taken on it, and nothing is written beside it.
//!
//! A history is a database and what its browser has not put into it yet, in one or two files beside it. The
//! three belong together only while nobody writes. So they are copied when none of them was written for a
//! while, and the copy counts when none was written meanwhile: a clock with a coarser tick than that while
//! would have to stand still to hide a write.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use vigil_platform::{browser_history, private, room};

use super::trouble::Trouble;

/// The most that is copied of one history, in bytes.
pub(super) const MOST: u64 = 512 * 1024 * 1024;

/// So much stays free besides: the record is on the same disk.
const SPARE: u64 = 256 * 1024 * 1024;

/// Nobody has written for so long.
pub(super) const CALM: Duration = Duration::from_secs(1);

/// The files of a history, by what is added to the name of the first.
const PARTS: [&str; 3] = ["", "-wal", "-journal"];

/// With this ends a log that names the logs of other databases; SQLite looks for those, and deletes.
const NAMES_OTHERS: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// How the files of a history were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp([Option<Part>; 3]);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    device: u64,
    inode: u64,
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// How they are now.
    pub(super) fn of(database: &Path) -> Result<Self, Trouble> {
        let mut parts = [None, None, None];
        for (part, suffix) in parts.iter_mut().zip(PARTS) {
            *part = match fs::symlink_metadata(beside(database, suffix)) {
                Ok(about) if !about.is_file() => {
                    return Err(Trouble::Unreadable(io::Error::other("it is not a file")));
                }
                Ok(about) => Some(Part {
                    device: about.dev(),
                    inode: about.ino(),
                    len: about.len(),
                    modified: about.modified().ok(),
                }),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !suffix.is_empty() => None,
                Err(error) => return Err(Trouble::Unreadable(error)),
            };
        }
        Ok(Self(parts))
    }

    /// Device and inode of the database.
    pub(super) fn identity(&self) -> (u64, u64) {
        let [database, ..] = &self.0;
        database.as_ref().map_or((0, 0), |part| (part.device, part.inode))
    }

    fn len(&self) -> u64 {
        self.0.iter().flatten().map(|part| part.len).sum()
    }

    /// True when nobody has written for `calm`. A time that is ahead is as good as one that is past: a
    /// write would change either.
    fn is_calm(&self, calm: Duration, now: SystemTime) -> bool {
        let modified = self.0.iter().flatten().filter_map(|part| part.modified);
        modified
            .into_iter()
            .all(|at| now.duration_since(at).unwrap_or_else(|ahead| ahead.duration()) >= calm)
    }
}

/// A copy, which is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Copied {
    folder: PathBuf,
}

impl Copied {
    /// Copies the history `database`, which looks like `seen`, into a folder of its own in `copies`, when
    /// nobody has written it for `calm`.
    pub(super) fn take(
        database: &Path,
        copies: &Path,
        seen: &Stamp,
        calm: Duration,
    ) -> Result<Self, Trouble> {
        if seen.len() > MOST {
            return Err(Trouble::TooLarge(seen.len() / 1024 / 1024));
        }
        if !seen.is_calm(calm, SystemTime::now()) {
            return Err(Trouble::Busy);
        }
        clear(copies).map_err(|error| Trouble::NotCopied(error.to_string()))?;
        private::ensure_dir(copies).map_err(|error| Trouble::NotCopied(error.to_string()))?;
        let left = room::left(copies).map_err(not_copied)?;
        if !fits(seen.len(), left) {
            let (needs, has) = (seen.len() / 1024 / 1024, left / 1024 / 1024);
            return Err(Trouble::NotCopied(format!(
                "it has {needs} MiB, and the disk {has} MiB left"
            )));
        }
        let folder = copies.join("now");
        DirBuilder::new().mode(0o700).create(&folder).map_err(not_copied)?;
        let copied = Self { folder };
        for (part, suffix) in seen.0.iter().zip(PARTS) {
            if part.is_some() {
                copied.part(database, suffix)?;
            }
        }
        if Stamp::of(database)? == *seen { Ok(copied) } else { Err(Trouble::Busy) }
    }

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("copy")
    }

    fn part(&self, database: &Path, suffix: &str) -> Result<(), Trouble> {
        let mut from = match browser_history::open(&beside(database, suffix)) {
            Ok(from) => from,
            // It was there a moment ago: its browser is at work.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Trouble::Busy),
            Err(error) => return Err(Trouble::Unreadable(error)),
        };
        if suffix == "-journal" && names_others(&mut from).map_err(Trouble::Unreadable)? {
            return Err(Trouble::Busy);
        }
        let mut to = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside(&self.database(), suffix))
            .map_err(not_copied)?;
        // One that grows meanwhile is not copied without end.
        io::copy(&mut from.take(MOST), &mut to).map_err(not_copied)?;
        Ok(())
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::error!(%error, "the copy of a browser's history stays until the next start");
        }
    }
}

/// True when `len` bytes, and what SQLite adds to them when it takes the log in, leave enough of `left`.
const fn fits(len: u64, left: u64) -> bool {
    len.saturating_mul(2).saturating_add(SPARE) <= left
}

/// Removes what an agent left there that was killed.
pub(super) fn clear(copies: &Path) -> io::Result<()> {
    match fs::remove_dir_all(copies) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn not_copied(error: io::Error) -> Trouble {
    Trouble::NotCopied(error.to_string())
}

fn names_others(journal: &mut File) -> io::Result<bool> {
    let len = journal.metadata()?.len();
    if len < 8 {
        return Ok(false);
    }
    let mut last = [0; 8];
    journal.seek(SeekFrom::Start(len - 8))?;
    journal.read_exact(&mut last)?;
    journal.rewind()?;
    Ok(last == NAMES_OTHERS)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests;
