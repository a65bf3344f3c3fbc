//! The folders that are looked at often, because something may appear in them. A folder is
//! listed again only when its time of change has moved.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use vigil_platform::fswatch::{Watch, WatchError};

use super::{
    super::client::Folder as Kind,
    Root,
    discover::{self, Listing},
    follow::is_old,
};

/// A folder's time has a grain: what happens within it after a listing may leave no trace, so a
/// folder that changed this recently is listed once more.
const GRAIN: Duration = Duration::from_millis(100);

/// How deep a changed folder is listed.
const DEPTH: usize = 3;

#[derive(Debug)]
struct Folder {
    root: Root,
    /// Its time of change at the last listing.
    listed: Option<SystemTime>,
}

/// The folders and, where the platform has one, the watch on them.
#[derive(Debug)]
pub(super) struct Folders {
    known: HashMap<PathBuf, Folder>,
    watch: Option<Watch>,
}

impl Folders {
    pub(super) fn new() -> Self {
        let watch = Watch::new()
            .inspect_err(|error| tracing::warn!(%error, "new lines are seen up to a second later"))
            .ok();
        Self { known: HashMap::new(), watch }
    }

    /// The watch, while there is one.
    pub(super) fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    /// Looks at `folder` from now on. Watched before it is listed, so that nothing falls between.
    pub(super) fn add(&mut self, root: &Root, folder: PathBuf) {
        if self.known.contains_key(&folder) {
            return;
        }
        if let Some(watch) = &mut self.watch {
            match watch.add(&folder) {
                Ok(()) => {}
                Err(error) if error.is_gone() => return,
                Err(error @ WatchError::Limit(_)) => {
                    tracing::warn!("{error}");
                    self.watch = None;
                }
                Err(error) => tracing::debug!("{error}"),
            }
        }
        self.known.insert(folder, Folder { root: root.clone(), listed: None });
    }

    /// Looks at a passing folder that was old, because a file in it is written again.
    pub(super) fn add_again(&mut self, root: &Root, folder: &Path) {
        if !self.known.contains_key(folder) && kind(root, folder) == Some(Kind::Passing) {
            self.add(root, folder.to_path_buf());
        }
    }

    /// Forgets passing folders in which nothing appeared for a while, but those in which a file
    /// is in use.
    pub(super) fn forget_old(&mut self, is_in_use: impl Fn(&Path) -> bool) {
        let now = SystemTime::now();
        let old: Vec<PathBuf> = self
            .known
            .iter()
            .filter(|(path, folder)| {
                kind(&folder.root, path) == Some(Kind::Passing)
                    && folder.listed.is_some_and(|listed| is_old(listed, now))
                    && !is_in_use(path)
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in old {
            if let Some(watch) = &mut self.watch {
                watch.remove(&path);
            }
            self.known.remove(&path);
        }
    }

    /// What is in the folders that changed since they were listed, or of which `told` says so.
    /// New folders among it are added, and listed again once they are watched: what was made in
    /// them before that has left no other trace.
    pub(super) fn changed(&mut self, told: impl Fn(&Path) -> bool) -> Listing {
        let mut all = Listing::default();
        self.list_changed(&told, &mut all);
        if !all.folders.is_empty() {
            self.list_changed(&|_| false, &mut all);
        }
        all
    }

    fn list_changed(&mut self, told: &impl Fn(&Path) -> bool, all: &mut Listing) {
        let mut gone = Vec::new();
        let mut new = Vec::new();
        let now = SystemTime::now();
        for (path, folder) in &mut self.known {
            let Ok(modified) = fs::metadata(path).and_then(|metadata| metadata.modified()) else {
                gone.push(path.clone());
                continue;
            };
            if folder.listed == Some(modified) && !told(path) {
                continue;
            }
            let settled = now.duration_since(modified).is_ok_and(|age| age > GRAIN);
            folder.listed = settled.then_some(modified);
            let before = all.folders.len();
            discover::walk(&folder.root, path, DEPTH, all);
            let added = all.folders.get(before..).unwrap_or_default();
            new.extend(added.iter().map(|path| (folder.root.clone(), path.clone())));
        }
        for path in gone {
            if let Some(watch) = &mut self.watch {
                watch.remove(&path);
            }
            self.known.remove(&path);
        }
        for (root, path) in new {
            let is_looked_at = match kind(&root, &path) {
                Some(Kind::Lasting) => true,
                // There may be more old ones than a system watches.
                Some(Kind::Passing) => {
                    let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
                    !modified.is_ok_and(|modified| is_old(modified, now))
                }
                Some(Kind::Step) | None => false,
            };
            if is_looked_at {
                self.add(&root, path);
            }
        }
    }
}

/// How `folder` below `root` is looked at.
fn kind(root: &Root, folder: &Path) -> Option<Kind> {
    (root.client.folder)(folder.strip_prefix(&root.path).unwrap_or(folder))
}

#[cfg(test)]
mod tests;
