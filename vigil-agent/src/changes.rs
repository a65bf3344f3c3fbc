//! What was changed on this machine and noted by whoever changed it, taken into the record. A note is
//! forgotten only once its event is committed; one that is taken in twice is one event.

use std::path::Path;

use vigil_platform::{changes::Changes, paths::PathError};
use vigil_proto::{Kind, Sensitive, change::Change, event::ConfigChange};

use crate::pipeline::{Closed, Inlet, own_event};

/// The notes wait still.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// They cannot be read, or not be forgotten.
    #[error(transparent)]
    Notes(#[from] PathError),
    /// The agent is ending.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Takes in what waits in the folder `state` and says how many those were. Blocking, until they are
/// committed.
///
/// # Errors
/// The notes cannot be had, or the pipeline has ended; they wait then.
pub fn take_in(state: &Path, inlet: &Inlet) -> Result<usize, NotTaken> {
    let waiting = Changes::hold(state)?.waiting()?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let mut taken = 0;
    for change in waiting.changes() {
        match change {
            Ok(Change { at, what, detail }) => {
                let key = format!("{what}: {detail}");
                let kind = Kind::ConfigChange(ConfigChange {
                    what: Sensitive::from(what.as_str()),
                    detail: Sensitive::new(detail),
                });
                inlet.send(own_event(&key, at, kind))?;
                taken += 1;
            }
            Err(error) => tracing::warn!(%error, "a line of the noted changes is none"),
        }
    }
    // Whoever notes meanwhile does not wait for this.
    inlet.flush()?;
    Changes::hold(state)?.forget(&waiting)?;
    Ok(taken)
}

/// The same, with no more than words about it in the log when it does not come about.
pub fn try_take_in(state: &Path, inlet: &Inlet) {
    if let Err(error) = take_in(state, inlet) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "noted changes are not on record yet"
        );
    }
}
