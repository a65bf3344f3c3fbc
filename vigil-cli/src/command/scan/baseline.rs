//! A baseline: what is known and accepted, by fingerprints alone. Its own random key makes them, so
//! that two baselines cannot be compared. Whoever has the file can test guesses of a value against
//! it, which is hopeless for a token and easy for a short password.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use vigil_detect::{Fingerprint, FingerprintKey};
use vigil_proto::hex;

use crate::failure::Failure;

/// What the file says it is.
const SCHEMA: &str = "vigil.baseline/1";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    schema: String,
    key: String,
    known: BTreeSet<Known>,
}

/// One value that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Known {
    #[serde(rename = "type")]
    kind: String,
    fingerprint: String,
}

impl Known {
    pub(super) fn new(kind: &str, fingerprint: Fingerprint) -> Self {
        Self { kind: kind.to_owned(), fingerprint: fingerprint.to_string() }
    }
}

/// A baseline that is read, or to be written.
#[derive(Debug)]
pub(super) struct Baseline {
    path: PathBuf,
    key: [u8; 32],
    known: BTreeSet<Known>,
}

impl Baseline {
    /// What stands in the file at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let hint =
            "`vigil scan PATH --write-baseline FILE` writes one, `--update-baseline` adds to it";
        let text = fs::read_to_string(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                Failure::new(format!("there is no baseline {}", path.display()), hint)
            }
            _ => Failure::File { operation: "read", path: path.to_owned(), source },
        })?;
        let wrong = |why: &str| {
            let message = format!("{} is no baseline: {why}", path.display());
            Failure::new(message, hint)
        };
        let written: Written =
            serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        if written.schema != SCHEMA {
            return Err(wrong("its schema is another one"));
        }
        let key = hex::decode(&written.key).and_then(|key| key.try_into().ok());
        let key = key.ok_or_else(|| wrong("its key is not 64 hex digits"))?;
        Ok(Self { path: path.to_owned(), key, known: written.known })
    }

    /// One to be written at `path`, with the key of the one that is there.
    pub(super) fn to_write(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            return Ok(Self { known: BTreeSet::new(), ..Self::read(path)? });
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| {
            Failure::new(format!("there is no randomness: {error}"), "try again")
        })?;
        Ok(Self { path: path.to_owned(), key, known: BTreeSet::new() })
    }

    pub(super) fn fingerprints(&self) -> FingerprintKey {
        FingerprintKey::from_bytes(self.key)
    }

    pub(super) fn has(&self, known: &Known) -> bool {
        self.known.contains(known)
    }

    pub(super) fn add(&mut self, known: Known) {
        self.known.insert(known);
    }

    /// Writes the file; gives how many values it has.
    pub(super) fn write(&self) -> Result<usize, Failure> {
        let (schema, key) = (SCHEMA.to_owned(), hex::encode(&self.key));
        let written = Written { schema, key, known: self.known.clone() };
        let mut text = serde_json::to_string_pretty(&written).map_err(io::Error::from)?;
        text.push('\n');
        fs::write(&self.path, text).map_err(|source| Failure::File {
            operation: "write",
            path: self.path.clone(),
            source,
        })?;
        Ok(self.known.len())
    }
}
