//! The vault's folder: the public half of its key, while the vault is on, and the wrapped key of each
//! day, outside the database. It seals and it destroys; it cannot open anything.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use vigil_platform::{paths::PathError, private};
use vigil_proto::SealedValue;
use vigil_store::vault::{DayKey, MasterPublic, VaultError};

/// The folder's name in the folder of Vigil's state.
const FOLDER: &str = "vault";
/// The file with the public half of the vault's key.
const PUBLIC: &str = "public";
/// What the files with the keys of days end in; before it stands the day, in days since 1 January
/// 1970 (UTC).
const KEY: &str = ".key";

/// The vault of one user.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// While it is on.
    master: Option<MasterPublic>,
    /// The day that is sealed to now.
    today: Option<(u32, DayKey)>,
    /// What went wrong last, and on which day that was said in the log.
    trouble: Option<String>,
    told_on: Option<u32>,
}

/// Why the vault did not do something.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Its folder or a file in it.
    #[error(transparent)]
    File(#[from] PathError),
    /// A key.
    #[error(transparent)]
    Key(#[from] VaultError),
    /// It is on with another key.
    #[error("the vault is on already")]
    On,
}

impl Vault {
    /// The vault in the folder of Vigil's state, on or off as it was left. What keeps it from being on
    /// keeps nothing else from being recorded: it is off then, and says why.
    pub fn open(state: &Path) -> Self {
        let folder = state.join(FOLDER);
        let read = private::read(&folder.join(PUBLIC)).map_err(Trouble::from);
        let master = read.and_then(|bytes| Ok(bytes.map(|bytes| public(&bytes)).transpose()?));
        let (master, trouble) = match master {
            Ok(master) => (master, None),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the vault is off");
                (None, Some(error.to_string()))
            }
        };
        Self { folder, state: Mutex::new(State { master, trouble, ..State::default() }) }
    }

    /// Why it is off though it was left on, or why it did not take a value today.
    pub fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// The public half of its key, while it is on.
    pub fn public(&self) -> Option<MasterPublic> {
        self.state().master
    }

    /// Seals from now on to this key. Asked again with the same key, it stays on.
    ///
    /// # Errors
    /// It is on with another one, or its folder cannot be written.
    pub fn switch_on(&self, to: MasterPublic) -> Result<(), Trouble> {
        let mut state = self.state();
        match state.master {
            Some(master) if master == to => return Ok(()),
            Some(_) => return Err(Trouble::On),
            None => {}
        }
        private::ensure_dir(&self.folder)?;
        // Keys of days that an earlier vault left are nobody's.
        self.destroy(|_| true)?;
        private::write(&self.folder.join(PUBLIC), to.bytes())?;
        *state = State { master: Some(to), ..State::default() };
        Ok(())
    }

    /// Seals nothing any more and destroys the key of every day; gives how many there were.
    ///
    /// # Errors
    /// A file cannot be deleted.
    pub fn switch_off(&self) -> Result<u64, Trouble> {
        let mut state = self.state();
        *state = State::default();
        private::destroy(&self.folder.join(PUBLIC))?;
        Ok(self.destroy(|_| true)?)
    }

    /// Destroys the keys of the days before this one; gives how many there were.
    ///
    /// # Errors
    /// A file cannot be deleted.
    pub fn destroy_before(&self, day: u32) -> Result<u64, Trouble> {
        // Nobody makes one meanwhile.
        let _state = self.state();
        Ok(self.destroy(|of| of < day)?)
    }

    /// Destroys the key of every day, and goes on with a new one.
    ///
    /// # Errors
    /// A file cannot be deleted.
    pub fn destroy_all(&self) -> Result<u64, Trouble> {
        let mut state = self.state();
        state.today = None;
        Ok(self.destroy(|_| true)?)
    }

    /// The wrapped key of this day; none when it was destroyed.
    ///
    /// # Errors
    /// The file is not ours alone, or cannot be read.
    pub fn wrapped(&self, day: u32) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(private::read(&self.path(day))?)
    }

    /// The days that have a key, newest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn days(&self) -> Result<Vec<u32>, Trouble> {
        let files = private::list(&self.folder)?;
        let mut days: Vec<u32> = files.iter().filter_map(|path| day_of(path)).collect();
        days.sort_unstable_by(|one, other| other.cmp(one));
        Ok(days)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, day: u32) -> PathBuf {
        self.folder.join(format!("{day}{KEY}"))
    }

    fn destroy(&self, is_over: impl Fn(u32) -> bool) -> Result<u64, PathError> {
        let mut destroyed = 0;
        for path in private::list(&self.folder)? {
            if day_of(&path).is_some_and(&is_over) {
                destroyed += u64::from(private::destroy(&path)?);
            }
        }
        Ok(destroyed)
    }

    fn seal_at(&self, day: u32, value: &str) -> Result<Option<SealedValue>, Trouble> {
        let mut state = self.state();
        let Some(master) = state.master else { return Ok(None) };
        if state.today.as_ref().is_none_or(|(of, _)| *of != day) {
            let kept = private::read(&self.path(day))?;
            // One that is damaged opens nothing: another takes its place.
            let key = if let Some(Ok(key)) = kept.as_deref().map(DayKey::of) {
                key
            } else {
                let (key, wrapped) = master.new_day()?;
                private::write(&self.path(day), &wrapped)?;
                key
            };
            state.today = Some((day, key));
        }
        let Some((_, key)) = &state.today else { return Ok(None) };
        Ok(key.seal(value.as_bytes())?.map(|bytes| SealedValue { day, bytes }))
    }
}

impl vigil_detect::Vault for Vault {
    fn seal(&self, value: &str) -> Option<SealedValue> {
        let day = today();
        // The value is masked and told of either way.
        self.seal_at(day, value).unwrap_or_else(|error| {
            let mut state = self.state();
            if state.told_on != Some(day) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the vault takes no value"
                );
            }
            (state.told_on, state.trouble) = (Some(day), Some(error.to_string()));
            None
        })
    }
}

/// The day whose key is in this file, if that is what it is.
fn day_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_suffix(KEY)?.parse().ok()
}

/// Days since 1 January 1970 (UTC).
pub fn today() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / (24 * 60 * 60)).unwrap_or(u32::MAX)
}

fn public(bytes: &[u8]) -> Result<MasterPublic, VaultError> {
    bytes.try_into().map(MasterPublic::from_bytes).map_err(|_| VaultError::Damaged)
}

#[cfg(test)]
mod tests;
