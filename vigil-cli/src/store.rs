//! Opens the store for reading. A store that does not exist yet is no failure: it is empty.

use vigil_platform::paths::Paths;
use vigil_store::{Error, Reader};

use crate::failure::Failure;

/// What to do when there is nothing to show yet.
pub(crate) const NOTHING_YET: &str =
    "Start Claude Code while Vigil records, or run `vigil ingest --once`.";

/// The store, or none when nothing was ever recorded.
pub(crate) fn open(paths: &Paths) -> Result<Option<Reader>, Failure> {
    match Reader::open(paths.data()) {
        Ok(reader) => Ok(Some(reader)),
        Err(Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
