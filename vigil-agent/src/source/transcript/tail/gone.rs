//! Notices files that were read and are there no more: what a client deletes stays on record, and
//! that it was deleted is on record too. A file that was moved or compressed has not vanished, and
//! one that comes back is not gone.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use vigil_proto::{
    Batch, Checkpoint, Source, SourceId, Timestamp, Witness,
    batch::{Fate, FileFate},
};

use super::{
    super::{TranscriptError, client::Client},
    Tail,
    discover::Found,
    opened::Opened,
};

/// What stands behind a file's name once it was compressed.
const COMPRESSED: [&str; 3] = ["zst", "gz", "xz"];

/// The most files of one name that are looked into for what was in another.
const MOST_ALIKE: usize = 64;

/// Every file that there is.
struct Here<'a> {
    all: &'a [Found],
    paths: HashMap<&'a Path, &'a Found>,
    /// By name; made when something is missing.
    named: OnceCell<HashMap<&'a OsStr, Vec<&'a Found>>>,
}

impl<'a> Here<'a> {
    fn new(all: &'a [Found]) -> Self {
        let paths = all.iter().map(|found| (&*found.path, found)).collect();
        Self { all, paths, named: OnceCell::new() }
    }

    fn has(&self, path: &Path) -> bool {
        self.paths.contains_key(path)
    }

    fn get(&self, path: &Path) -> Option<&'a Found> {
        self.paths.get(path).copied()
    }

    fn named(&self, name: &OsStr) -> &[&'a Found] {
        let named = self.named.get_or_init(|| {
            let mut named: HashMap<&OsStr, Vec<&Found>> = HashMap::new();
            for found in self.all {
                if let Some(name) = found.path.file_name() {
                    named.entry(name).or_default().push(found);
                }
            }
            named
        });
        named.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The files that are known to have vanished; none while nobody has looked.
#[derive(Debug, Default)]
pub(super) struct Gone {
    files: HashSet<Arc<Path>>,
    /// True once what vanished while nobody looked was looked for.
    looked: bool,
}

impl Tail {
    /// Tells the store which files are there no more, and which have come back. `all` is every file
    /// that there is.
    pub(super) fn look_for_gone(&mut self, all: &[Found]) -> Result<(), TranscriptError> {
        let here = Here::new(all);
        if !self.gone.looked {
            self.gone.looked = true;
            self.look_for_earlier(&here)?;
        }
        let missing: Vec<(Arc<Path>, &'static Client)> = self
            .files
            .iter()
            .filter(|(path, tracked)| {
                let was_read = tracked.checkpoint.is_some() || !tracked.loaded;
                was_read && !here.has(path)
            })
            .filter_map(|(path, tracked)| Some((Arc::clone(path), tracked.client?)))
            .collect();
        for (path, client) in missing {
            self.missing(client, path, &here)?;
        }
        let back: Vec<&Found> = self.gone.files.iter().filter_map(|path| here.get(path)).collect();
        for found in back {
            self.is_back(found)?;
        }
        Ok(())
    }

    /// A file is there, and had vanished. What is to be read is back by that; this is for what has
    /// nothing new to read.
    pub(super) fn is_back(&mut self, found: &Found) -> Result<(), TranscriptError> {
        if self.gone.files.contains(&found.path) && !self.is_news(found) {
            self.gone.files.remove(&found.path);
            self.send_fate(&found.path, Fate::Back)?;
        }
        Ok(())
    }

    /// What vanished while nobody looked.
    fn look_for_earlier(&mut self, here: &Here<'_>) -> Result<(), TranscriptError> {
        for known in self.known.files() {
            let path: Arc<Path> = Path::new(known.place.as_str()).into();
            // Of a path that does not stand there as it is nobody can say what has become of it.
            if SourceId::of(path.as_os_str().as_encoded_bytes()) != known.source {
                continue;
            }
            if known.gone {
                self.gone.files.insert(path);
            } else if !here.has(&path)
                && let Some(client) = self.client_of(&path)
            {
                self.missing(client, path, here)?;
            }
        }
        Ok(())
    }

    /// Whose file it is, by the folder that it is in; none when nobody looks there now.
    fn client_of(&self, path: &Path) -> Option<&'static Client> {
        let mut roots = self.roots.iter();
        let root = roots
            .find(|root| path.starts_with(&root.path) || path.starts_with(real(&root.path)))?;
        Some(root.client)
    }

    fn missing(
        &mut self,
        client: &'static Client,
        path: Arc<Path>,
        here: &Here<'_>,
    ) -> Result<(), TranscriptError> {
        // It may be there and not be listed: a link that leads elsewhere, a folder that cannot be
        // read.
        let is_gone = fs::symlink_metadata(&path).is_err_and(|error| {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        });
        if !is_gone || self.gone.files.contains(&path) {
            return Ok(());
        }
        if is_compressed(&path) || self.is_elsewhere(client, &path, here) {
            return self.send_fate(&path, Fate::Moved);
        }
        self.send_fate(&path, Fate::Vanished)?;
        self.gone.files.insert(path);
        Ok(())
    }

    /// True when another file of the client has the same name and begins with what was read.
    fn is_elsewhere(&self, client: &'static Client, path: &Path, here: &Here<'_>) -> bool {
        let alike = path.file_name().map(|name| here.named(name)).unwrap_or_default();
        if alike.is_empty() {
            return false;
        }
        let tracked =
            self.files.get(path).and_then(|tracked| tracked.checkpoint.as_deref().cloned());
        let id = SourceId::of(path.as_os_str().as_encoded_bytes());
        let Some(read) = tracked.or_else(|| self.inlet.checkpoint(id)) else { return false };
        let mut alike = alike.iter().filter(|found| found.client == client).take(MOST_ALIKE);
        alike.any(|found| {
            let (device, inode) = found.identity;
            let there = Checkpoint { device, inode, ..read.clone() };
            Opened::new(found, Some(&there), self.inlet.hasher())
                .is_ok_and(|opened| !opened.restarted)
        })
    }

    fn send_fate(&self, path: &Path, what: Fate) -> Result<(), TranscriptError> {
        let mut batch = Batch::new(Source {
            id: SourceId::of(path.as_os_str().as_encoded_bytes()),
            witness: Witness::Transcript,
            place: path.to_string_lossy().as_ref().into(),
        });
        batch.fate = Some(FileFate { what, at: Timestamp::from(SystemTime::now()) });
        self.inlet.send(batch)?;
        Ok(())
    }
}

/// The folder as it is found below its real name, whether it is there or not.
fn real(folder: &Path) -> PathBuf {
    if let Ok(real) = folder.canonicalize() {
        return real;
    }
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => folder.to_path_buf(),
    }
}

fn is_compressed(path: &Path) -> bool {
    COMPRESSED.iter().any(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        fs::symlink_metadata(PathBuf::from(name)).is_ok_and(|metadata| metadata.is_file())
    })
}

#[cfg(test)]
mod tests;
