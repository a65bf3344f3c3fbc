//! That the user has recording paused, noted in the folder of Vigil's state: a pause outlasts the
//! agent, and what was written meanwhile is left out by whoever reads next.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use vigil_proto::Timestamp;

use crate::{paths::PathError, private};

/// The note's name in the folder of Vigil's state.
pub const NAME: &str = "paused.json";

/// A pause whose gaps are not all on record yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When it began.
    pub since: Timestamp,
    /// When it ended; none while it lasts.
    pub until: Option<Timestamp>,
}

impl Noted {
    /// When the pause began that lasts still.
    pub fn lasting(self) -> Option<Timestamp> {
        self.until.is_none().then_some(self.since)
    }
}

/// What is noted; none without a pause. A note that says nothing readable is a pause of all time:
/// rather too little is recorded than what was not to be.
///
/// # Errors
/// The note is not ours alone, or cannot be read.
pub fn read(state: &Path) -> Result<Option<Noted>, PathError> {
    let bytes = private::read(&state.join(NAME))?;
    let always = Noted { since: Timestamp::from_micros(1), until: None };
    Ok(bytes.map(|bytes| serde_json::from_slice(&bytes).unwrap_or(always)))
}

/// Notes it.
///
/// # Errors
/// The folder is not writable, or the disk is full.
pub fn write(state: &Path, noted: Noted) -> Result<(), PathError> {
    let path = state.join(NAME);
    let bytes =
        serde_json::to_vec(&noted).map_err(|error| PathError::io("write", &path)(error.into()))?;
    private::write(&path, &bytes)
}

/// Takes the note away.
///
/// # Errors
/// The folder is not writable.
pub fn remove(state: &Path) -> Result<(), PathError> {
    let path = state.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PathError::io("remove", &path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use vigil_proto::Timestamp;

    use super::{NAME, Noted, read, remove, write};
    use crate::private;

    #[test]
    fn a_pause_is_noted_until_it_is_taken_away() {
        let state = tempfile::tempdir().unwrap();
        let at = Timestamp::from_micros;
        assert_eq!(read(state.path()).unwrap(), None);
        remove(state.path()).unwrap();

        let lasts = Noted { since: at(1_700_000_000_000_001), until: None };
        write(state.path(), lasts).unwrap();
        assert_eq!(read(state.path()).unwrap(), Some(lasts));
        assert_eq!(lasts.lasting(), Some(lasts.since));

        let over = Noted { until: Some(at(1_700_000_000_000_002)), ..lasts };
        write(state.path(), over).unwrap();
        assert_eq!(read(state.path()).unwrap(), Some(over));
        assert_eq!(over.lasting(), None);

        remove(state.path()).unwrap();
        assert_eq!(read(state.path()).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_understood_is_a_pause() {
        let state = tempfile::tempdir().unwrap();
        private::write(&state.path().join(NAME), b"[").unwrap();

        let noted = read(state.path()).unwrap().unwrap();

        assert!(noted.lasting().is_some());
    }
}
