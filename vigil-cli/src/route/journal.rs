//! What Vigil wrote into which settings file, so that exactly that can be taken out again. It holds
//! our own entries and hashes, never anything else of a file.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigil_platform::{guards, paths::Paths, private, routes::NAME};

use super::{
    edit::{self, Entry, Form, Insertion, Unfit},
    file::Snapshot,
};
use crate::failure::Failure;

/// How long another process that changes settings is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was written for one client. It is noted before it is done: `before` and `after` tell
/// whether it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// The file, as the client names it.
    pub(crate) path: PathBuf,
    pub(crate) form: Form,
    /// Hash of what was there; `None`: there was no file.
    pub(crate) before: Option<String>,
    /// Hash of what was written.
    pub(crate) after: String,
    /// What was put in.
    pub(crate) inserted: Vec<Insertion>,
    /// What it says.
    pub(crate) entries: Vec<Entry>,
    /// Folders that were made for it, the outermost first.
    pub(crate) folders: Vec<PathBuf>,
    /// Since when the client is led to this proxy, in microseconds since 1970; earlier versions did
    /// not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) led_since: Option<i64>,
    /// What the file had already and leads to Vigil: it is not ours, and is named when ours goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) adopted: Vec<Entry>,
    /// Ours is taken out: what is noted here was left, and is only to be named.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) over: bool,
    /// What this takes the place of, until it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) earlier: Option<Box<Self>>,
}

/// Nothing is written of what is the rule.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A file without our entries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TakenOut {
    /// `None`: no file.
    pub(crate) bytes: Option<Vec<u8>>,
    /// Entries that somebody has changed since, and that are left.
    pub(crate) changed: Vec<String>,
}

impl Written {
    /// What must be assumed when the journal says nothing: the entries may be there.
    pub(crate) fn unknown(path: PathBuf, form: Form, entries: Vec<Entry>) -> Self {
        let (before, after) = (Some(String::new()), String::new());
        let (inserted, folders) = (Vec::new(), Vec::new());
        Self {
            path,
            form,
            before,
            after,
            inserted,
            entries,
            folders,
            led_since: None,
            adopted: Vec::new(),
            over: false,
            earlier: None,
        }
    }

    /// What has to be known still once ours is taken out: the entries that somebody has `changed`, and
    /// what led to Vigil before it; none where nothing of either is in the file.
    pub(crate) fn rest(&self, changed: &[String], file: &[u8]) -> Option<Self> {
        let is_changed = |entry: &&Entry| changed.contains(&entry.name);
        let entries: Vec<Entry> = self.entries.iter().filter(is_changed).cloned().collect();
        let is_there = |entry: &&Entry| {
            let value = edit::value_of(self.form, file, &entry.name);
            matches!(value, Ok(Some(value)) if value == entry.value)
        };
        let adopted: Vec<Entry> = self.adopted.iter().filter(is_there).cloned().collect();
        let is_any = !entries.is_empty() || !adopted.is_empty();
        let rest =
            Self { adopted, over: true, ..Self::unknown(self.path.clone(), self.form, entries) };
        is_any.then_some(rest)
    }

    /// `file` as it was before, byte for byte, when nobody else has touched it; else without exactly
    /// our entries.
    pub(crate) fn taken_out(&self, file: &Snapshot) -> Result<TakenOut, Unfit> {
        let unchanged = |bytes| Ok(TakenOut { bytes, changed: Vec::new() });
        let (Some(now), hash) = (&file.bytes, file.hash()) else { return unchanged(None) };
        if hash == self.before {
            return unchanged(Some(now.clone()));
        }
        if hash.as_ref() == Some(&self.after)
            && let Some(old) = edit::undo(now, &self.inserted)
        {
            return unchanged(self.before.is_some().then_some(old));
        }
        if let Some(earlier) = &self.earlier
            && hash.as_ref() == Some(&earlier.after)
        {
            // It was noted and not done.
            return earlier.taken_out(file);
        }
        let made = edit::Made::by(self.form, &self.inserted);
        let removed = edit::remove(self.form, now, &self.entries, made)?;
        let is_gone = removed.is_empty && self.before.is_none();
        Ok(TakenOut { bytes: (!is_gone).then_some(removed.bytes), changed: removed.changed })
    }
}

/// What a journal keeps of each client.
pub(crate) trait Kept: Serialize + DeserializeOwned {
    /// The journal's name in the folder of Vigil's state.
    const NAME: &str;
    /// The name of its lock.
    const LOCK: &str;
    /// The command that writes it.
    const COMMAND: &str;

    /// What was written is taken out; only what was left is noted.
    fn is_over(&self) -> bool {
        false
    }
}

impl Kept for Written {
    const NAME: &str = NAME;
    const LOCK: &str = "routes.lock";
    const COMMAND: &str = "vigil route";

    fn is_over(&self) -> bool {
        self.over
    }
}

/// The journal, held by one process at a time.
#[derive(Debug)]
pub(crate) struct Journal<T = Written> {
    file: PathBuf,
    clients: BTreeMap<String, T>,
    _lock: Option<File>,
}

/// Takes the lock, for which another process is waited for a while.
fn held(file: &File) -> io::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

impl<T: Kept> Journal<T> {
    /// Reads it.
    pub(crate) fn look(paths: &Paths) -> Result<Self, Failure> {
        let file = paths.state().join(T::NAME);
        let clients = match private::read_up_to(&file, guards::MOST)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                let what = format!("{} is not what Vigil wrote", file.display());
                Failure::new(
                    what,
                    "move it away; entries that name Vigil are then taken out by hand",
                )
            })?,
            None => BTreeMap::new(),
        };
        Ok(Self { file, clients, _lock: None })
    }

    /// Reads it once no other process changes it.
    pub(crate) fn hold(paths: &Paths) -> Result<Self, Failure> {
        paths.make(&[paths.state()])?;
        let path = paths.state().join(T::LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|file| held(&file).map(|()| file))
            .map_err(|source| match source.kind() {
                io::ErrorKind::WouldBlock => Failure::new(
                    format!("another `{}` is at work on the clients' settings", T::COMMAND),
                    "answer what it asks, or end it, and try again",
                ),
                _ => Failure::File { operation: "lock", path, source },
            })?;
        Ok(Self { _lock: Some(lock), ..Self::look(paths)? })
    }

    /// What was written for a client.
    pub(crate) fn of(&self, client: &str) -> Option<&T> {
        self.clients.get(client).filter(|written| !written.is_over())
    }

    /// The same, also where it is taken out and something was left.
    pub(crate) fn known(&self, client: &str) -> Option<&T> {
        self.clients.get(client)
    }

    /// Notes what is about to be written.
    pub(crate) fn note(&mut self, client: &str, written: T) -> Result<(), Failure> {
        self.clients.insert(client.to_owned(), written);
        self.save()
    }

    /// Forgets a client.
    pub(crate) fn forget(&mut self, client: &str) -> Result<(), Failure> {
        self.clients.remove(client);
        self.save()
    }

    fn save(&self) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(&self.clients)?;
        Ok(private::write(&self.file, &text)?)
    }
}

#[cfg(test)]
mod tests;
