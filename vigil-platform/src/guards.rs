//! Which clients ask Vigil before they run a command, how far it goes with each, and whether their
//! files still say so, as the journal of `vigil guard` has it. Only looked at here: the command writes
//! it, and alone knows the rest of what is in it.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use serde::Deserialize;
use serde_json::Value;
use vigil_proto::{Timestamp, guard::Mode};

use crate::{paths::PathError, private};

/// The journal's name in the folder of Vigil's state.
pub const NAME: &str = "guards.json";

/// Some eight clients with their lines.
pub const MOST: u64 = 4 * 1024 * 1024;

/// The largest settings file that is looked at, in bytes: no client has a larger one.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A client that asks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Guarded {
    /// How far Vigil goes with it.
    pub mode: Mode,
    /// Since when it asks.
    pub since: Timestamp,
    /// The file that says so.
    path: PathBuf,
    /// How it says so.
    #[serde(default)]
    form: String,
    /// What is said there.
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Entry {
    /// The event whose hook it is.
    #[serde(default)]
    name: String,
    value: String,
}

impl Guarded {
    /// True while its file says what was written, and the client heeds it. What may not be looked at
    /// is taken for said; what is no file says nothing.
    pub fn is_said(&self) -> bool {
        let bytes = match regular(&self.path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return false,
            Err(error) => return error.kind() == io::ErrorKind::PermissionDenied,
        };
        let text = String::from_utf8_lossy(&bytes);
        !self.entries.is_empty() && self.says(&text)
    }

    fn says(&self, text: &str) -> bool {
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        let settings = read(text.trim_start_matches('\u{feff}'));
        let is_on = |name: &str| {
            settings.as_ref().and_then(|all| all.get(name)).and_then(Value::as_bool) == Some(true)
        };
        if is_on("disableAllHooks") {
            return false;
        }
        if let (Some(settings), "hooks" | "versioned-hooks") = (&settings, self.form.as_str()) {
            return self.entries.iter().all(|entry| {
                let ours = read(&entry.value);
                let listed = settings.get("hooks").and_then(|hooks| hooks.get(&entry.name));
                let listed = listed.and_then(Value::as_array);
                ours.is_some_and(|ours| listed.is_some_and(|list| list.contains(&ours)))
            });
        }
        // White space is the client's affair where it writes the file anew. What has comments is read
        // by its client alone: here it is enough that the words are there.
        let text = squeezed(text);
        let is_said = |entry: &Entry| {
            let value = squeezed(&entry.value);
            if self.form == "whole" { text == value } else { text.contains(&value) }
        };
        self.entries.iter().all(is_said)
    }

    /// The file that says so.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The clients that ask, by their words; none where there is no journal.
///
/// # Errors
/// The journal is not ours alone, cannot be read, or is not what Vigil wrote.
pub fn on(state: &Path) -> Result<BTreeMap<String, Guarded>, PathError> {
    let path = state.join(NAME);
    let Some(bytes) = private::read_up_to(&path, MOST)? else { return Ok(BTreeMap::new()) };
    serde_json::from_slice(&bytes).map_err(|error| PathError::io("read", &path)(error.into()))
}

/// What is in a file; none where there is none, or something else, or more than any client has there.
/// Nobody who has to write into a pipe is waited for.
fn regular(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let nonblock = OFlags::NONBLOCK.bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(nonblock).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
        Err(_) => return Ok(None),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
