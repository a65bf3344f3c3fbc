//! The notes of what Vigil changes on this machine: a line each in a private file, on the disk before
//! this returns, and there until the agent has it on record. Whoever changes something writes here,
//! whether the agent runs or not; it never looks at what was changed.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use vigil_proto::{
    Timestamp,
    change::{Change, Changed},
};

use crate::{paths::PathError, private};

const NAME: &str = "changes.jsonl";
const LOCK: &str = "changes.lock";

/// Some thousand notes. Whoever cannot note a change any more does not make it.
const MOST: u64 = 1024 * 1024;

/// The notes, held by one process at a time, and never for long.
#[derive(Debug)]
pub struct Changes {
    file: PathBuf,
    _lock: File,
}

impl Changes {
    /// Those in the folder `state`, once no other process is at them.
    ///
    /// # Errors
    /// The folder cannot be made private or the lock cannot be had.
    pub fn hold(state: &Path) -> Result<Self, PathError> {
        private::ensure_dir(state)?;
        let path = state.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(PathError::io("lock", &path))?;
        Ok(Self { file: state.join(NAME), _lock: lock })
    }

    /// Notes a change; afterwards the note survives a power cut.
    ///
    /// # Errors
    /// It cannot be written, or too many wait already.
    pub fn note(&self, what: Changed, detail: &str) -> Result<(), PathError> {
        let mut all = self.read()?;
        let now = Timestamp::from(SystemTime::now());
        let last = parse(&all).filter_map(Result::ok).map(|change| change.at).max();
        // No two at the same time, so that they keep their order.
        let at = match last {
            Some(last) if last >= now => Timestamp::from_micros(last.as_micros() + 1),
            _ => now,
        };
        let change = Change { at, what, detail: detail.to_owned() };
        let unwritten = |error: serde_json::Error| PathError::io("write", &self.file)(error.into());
        all.extend(serde_json::to_vec(&change).map_err(unwritten)?);
        all.push(b'\n');
        if all.len() as u64 > MOST {
            let full =
                io::Error::new(io::ErrorKind::FileTooLarge, "`vigil up` takes in what waits");
            return Err(PathError::io("write", &self.file)(full));
        }
        private::write(&self.file, &all)
    }

    /// What waits.
    ///
    /// # Errors
    /// The file is not ours alone, or cannot be read.
    pub fn waiting(&self) -> Result<Waiting, PathError> {
        Ok(Waiting(self.read()?))
    }

    /// Forgets what is on record now; what was noted since stays.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn forget(&self, recorded: &Waiting) -> Result<(), PathError> {
        let all = self.read()?;
        // Another one may have forgotten them meanwhile.
        match all.strip_prefix(recorded.0.as_slice()) {
            Some([]) => match std::fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(PathError::io("remove", &self.file)(error))
                }
                _ => Ok(()),
            },
            Some(rest) => private::write(&self.file, rest),
            None => Ok(()),
        }
    }

    fn read(&self) -> Result<Vec<u8>, PathError> {
        Ok(private::read_up_to(&self.file, MOST)?.unwrap_or_default())
    }
}

/// Notes that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting(Vec<u8>);

impl Waiting {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes, the oldest first; an error for a line that is none.
    pub fn changes(&self) -> impl Iterator<Item = Result<Change, serde_json::Error>> + '_ {
        parse(&self.0)
    }
}

fn parse(lines: &[u8]) -> impl Iterator<Item = Result<Change, serde_json::Error>> + '_ {
    lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(serde_json::from_slice)
}

#[cfg(test)]
mod tests;
