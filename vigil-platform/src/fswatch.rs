//! Which folders changed. A hint, never the truth: the kernel's queues overflow and folders appear
//! before they can be watched, so whoever uses this also looks for itself from time to time.

use std::{
    collections::BTreeSet,
    io, mem,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use notify::{
    ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

/// The most changed folders remembered between two calls of [`Watch::wait`]; beyond it the answer
/// is "look everywhere".
const MAX_DIRS: usize = 4096;

/// Why a folder is not watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The platform's watcher did not start.
    #[error("cannot watch folders; Vigil falls back to looking for itself")]
    Start(#[source] notify::Error),
    /// The kernel's limit on watches is reached.
    #[error("cannot watch {}: this user's limit of watches is reached; raise it with `sudo sysctl fs.inotify.max_user_watches=524288`", .0.display())]
    Limit(PathBuf),
    /// The folder is gone, or may not be read.
    #[error("cannot watch {}", path.display())]
    Add {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: notify::Error,
    },
}

impl WatchError {
    /// True when the folder was simply not there (any more).
    pub fn is_gone(&self) -> bool {
        let Self::Add { source, .. } = self else {
            return false;
        };
        match &source.kind {
            ErrorKind::PathNotFound => true,
            ErrorKind::Io(error) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// What changed since the last question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Watched folders in which something was made, written, renamed or removed.
    pub dirs: BTreeSet<PathBuf>,
    /// True when something was lost: look everywhere.
    pub rescan: bool,
}

impl Changes {
    /// True when nothing is known to have changed.
    pub fn is_empty(&self) -> bool {
        self.dirs.is_empty() && !self.rescan
    }
}

/// A set of watched folders. Not recursive: each folder is added by itself.
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    shared: Arc<Shared>,
}

/// Ends a [`Watch::wait`] early, from another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    watched: BTreeSet<PathBuf>,
    changes: Changes,
    woken: bool,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// The platform's watcher did not start.
    pub fn new() -> Result<Self, WatchError> {
        let shared = Arc::new(Shared::default());
        let inner = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event| inner.record(event));
        Ok(Self { watcher: watcher.map_err(WatchError::Start)?, shared })
    }

    /// Watches what happens directly in `dir`. Adding it twice is harmless. Look into the folder
    /// *after* adding it, else what was written meanwhile is missed.
    ///
    /// # Errors
    /// The folder is gone or may not be read, or the user's limit of watches is reached.
    pub fn add(&mut self, dir: &Path) -> Result<(), WatchError> {
        if self.shared.lock().watched.contains(dir) {
            return Ok(());
        }
        self.watcher.watch(dir, RecursiveMode::NonRecursive).map_err(|source| {
            match source.kind {
                ErrorKind::MaxFilesWatch => WatchError::Limit(dir.to_owned()),
                _ => WatchError::Add { path: dir.to_owned(), source },
            }
        })?;
        self.shared.lock().watched.insert(dir.to_owned());
        Ok(())
    }

    /// No longer watches `dir`.
    pub fn remove(&mut self, dir: &Path) {
        if self.shared.lock().watched.remove(dir) {
            // A folder that is gone has lost its watch already.
            let _ = self.watcher.unwatch(dir);
        }
    }

    /// Waits until something changed, a [`Waker`] was used or `timeout` is over, and says what
    /// changed since the last call. Empty after a wake-up or a timeout.
    pub fn wait(&self, timeout: Duration) -> Changes {
        let state = self.shared.lock();
        let (mut state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, timeout, |state| state.changes.is_empty() && !state.woken)
            .unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
        let changes = mem::take(&mut state.changes);
        // A removed folder has lost its watch: forget it, so that it can be added again.
        for dir in &changes.dirs {
            if !dir.is_dir() {
                state.watched.remove(dir);
            }
        }
        changes
    }

    /// A handle that ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.shared))
    }
}

impl Waker {
    /// Ends the current wait, or the next one if none is going on.
    pub fn wake(&self) {
        self.0.lock().woken = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, event: notify::Result<Event>) {
        let mut state = self.lock();
        match event {
            Ok(event) if event.need_rescan() => state.changes.rescan = true,
            // Reading is not a change; our own reading would wake us for ever.
            Ok(event) if is_read(event.kind) => return,
            Ok(event) => event.paths.iter().for_each(|path| state.note(path)),
            Err(_) => state.changes.rescan = true,
        }
        if !state.changes.is_empty() {
            self.changed.notify_all();
        }
    }
}

impl State {
    fn note(&mut self, path: &Path) {
        if self.changes.dirs.len() >= MAX_DIRS {
            self.changes.rescan = true;
            return;
        }
        let parent = path.parent().filter(|parent| self.watched.contains(*parent));
        let itself = Some(path).filter(|path| self.watched.contains(*path));
        for dir in parent.into_iter().chain(itself) {
            if !self.changes.dirs.contains(dir) {
                self.changes.dirs.insert(dir.to_owned());
            }
        }
    }
}

fn is_read(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests;
