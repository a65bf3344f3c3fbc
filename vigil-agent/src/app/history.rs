//! Has the histories of browsers read, when the user asks for it. What an agent left that was killed while
//! it read one is removed in any case.

use std::{path::Path, thread::JoinHandle};

use anyhow::Context as _;
use vigil_store::Reader;

use super::Setup;
use crate::{
    pipeline::Inlet,
    shutdown::Shutdown,
    source::history::{self, INTERVAL, Options, Pauses},
};

/// Starts it; none when it is off.
pub(super) fn start(
    setup: &Setup,
    inlet: &Inlet,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let copies = history::copies(setup.paths.state());
    if let Err(error) = history::clear(&copies) {
        tracing::error!(%error, "an old copy of a browser's history cannot be removed");
    }
    if !setup.config.capture.browser_history {
        return Ok(None);
    }
    let options = Options {
        home: setup.paths.home().to_path_buf(),
        copies,
        interval: INTERVAL,
        pauses: pauses(setup.paths.data()),
    };
    let thread = history::follow(options, inlet.clone(), shutdown.clone())
        .context("cannot start reading the histories of browsers")?;
    Ok(Some(thread))
}

/// Pauses as they are on record.
fn pauses(data: &Path) -> Pauses {
    let data = data.to_path_buf();
    Pauses::new(move || {
        let pauses = Reader::open(&data).and_then(|reader| reader.pauses());
        pauses
            .map_err(|error| tracing::warn!(%error, "it is not known when recording was paused"))
            .ok()
    })
}
