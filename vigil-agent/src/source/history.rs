//! What browsers themselves remember of visits to AI web sites: when, and which conversation, and nothing
//! of what was said. For browsers without the extension; nothing of it happens unless it is asked for.
//!
//! A history that changed is copied, the copy is searched for the listed hosts alone, and it is deleted. The
//! browser's own files are only ever read, never locked and never written.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use vigil_proto::Timestamp;

use crate::{pipeline::Inlet, shutdown::Shutdown};

mod address;
mod copy;
mod database;
mod record;
mod trouble;
mod watch;

use self::watch::Watch;

/// How often histories are looked at.
pub const INTERVAL: Duration = Duration::from_mins(1);

/// From when to when recording was paused; one without an end lasts, or ended with its agent.
pub type Paused = Vec<(Timestamp, Option<Timestamp>)>;

/// Says when recording was paused; nothing when that cannot be had.
#[derive(Clone)]
pub struct Pauses(Arc<dyn Fn() -> Option<Paused> + Send + Sync>);

impl Pauses {
    /// As `pauses` says.
    pub fn new(pauses: impl Fn() -> Option<Paused> + Send + Sync + 'static) -> Self {
        Self(Arc::new(pauses))
    }

    fn get(&self) -> Option<Paused> {
        (self.0)()
    }
}

impl fmt::Debug for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pauses").finish_non_exhaustive()
    }
}

/// Where to look, and how often.
#[derive(Clone, Debug)]
pub struct Options {
    /// The user's home folder.
    pub home: PathBuf,
    /// The folder for copies; nothing else may be in it.
    pub copies: PathBuf,
    /// The least time between two looks.
    pub interval: Duration,
    /// What was visited meanwhile is left out.
    pub pauses: Pauses,
}

/// Where copies are made, below the folder of Vigil's state.
pub fn copies(state: &Path) -> PathBuf {
    state.join("browser-history")
}

/// Removes the copy that an agent left which was killed. To be asked for at each start, histories being read
/// or not.
///
/// # Errors
/// It is there still.
pub fn clear(copies: &Path) -> io::Result<()> {
    copy::clear(copies)
}

/// Reads histories, then whatever is visited, until `shutdown`. Runs in a thread of its own.
///
/// # Errors
/// When the thread cannot be started.
pub fn follow(options: Options, inlet: Inlet, shutdown: Shutdown) -> io::Result<JoinHandle<()>> {
    let began = Timestamp::from(SystemTime::now());
    thread::Builder::new().name("history".to_owned()).spawn(move || {
        let mut watch = Watch::new(options, inlet, began);
        while !shutdown.is_requested() {
            match watch.look(&shutdown) {
                Ok(next) => shutdown.sleep(next),
                Err(closed) => {
                    tracing::warn!("histories of browsers are no longer read: {closed}");
                    return;
                }
            };
        }
    })
}

#[cfg(test)]
mod tests;
