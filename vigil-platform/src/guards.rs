//! Which clients ask Vigil before they run a command, how far it goes with each, and whether their
//! files still say so, as the journal of `vigil guard` has it. Only looked at here: the command writes
//! it, and alone knows the rest of what is in it.

use std::{collections::BTreeMap, fs::File, io::Read as _, path::Path, path::PathBuf};

use serde::Deserialize;
use vigil_proto::{Timestamp, guard::Mode};

use crate::{paths::PathError, private};

/// The journal's name in the folder of Vigil's state.
pub const NAME: &str = "guards.json";

/// Some eight clients with their lines.
const MOST: u64 = 4 * 1024 * 1024;

/// The largest settings file that is looked at, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A client that asks.
#[derive(Clone, Debug, Deserialize)]
pub struct Guarded {
    /// How far Vigil goes with it.
    pub mode: Mode,
    /// Since when it asks.
    pub since: Timestamp,
    /// The file that says so.
    path: PathBuf,
    /// What is said there.
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
struct Entry {
    value: String,
}

impl Guarded {
    /// True while its file says what was written. What cannot be looked at is taken for said.
    pub fn is_said(&self) -> bool {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) => return error.kind() != std::io::ErrorKind::NotFound,
        };
        let mut text = String::new();
        if file.take(LARGEST).read_to_string(&mut text).is_err() {
            return true;
        }
        // White space is the client's affair where it writes the file anew.
        let text = squeezed(&text);
        self.entries.iter().all(|entry| text.contains(&squeezed(&entry.value)))
    }

    /// The file that says so.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The clients that ask, by their words. None that can be read where the journal is not what Vigil
/// wrote.
///
/// # Errors
/// The journal is not ours alone, or cannot be read.
pub fn on(state: &Path) -> Result<BTreeMap<String, Guarded>, PathError> {
    let bytes = private::read_up_to(&state.join(NAME), MOST)?.unwrap_or_default();
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
