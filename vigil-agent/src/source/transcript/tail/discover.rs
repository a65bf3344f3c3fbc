//! Finds transcripts. Follows no link that leads out of the folder that the client itself uses.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    super::{
        client::{Client, Format},
        database,
    },
    Root,
};

/// How deep below the root files are looked for.
const DEPTH: usize = 6;

/// A file that was found. There may be a hundred thousand, so that names are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Whose it is.
    pub(super) client: &'static Client,
    /// The client's folder.
    pub(super) root: Arc<Path>,
    /// The file.
    pub(super) path: Arc<Path>,
    /// Its size in bytes.
    pub(super) len: u64,
    /// When it was written last.
    pub(super) modified: SystemTime,
    /// Device and inode.
    pub(super) identity: (u64, u64),
}

impl Found {
    /// Where it ends now: a byte, or the number of a database's last record; none when that cannot
    /// be read.
    pub(super) fn end(&self) -> Option<u64> {
        match self.client.format {
            Format::Lines => Some(self.len),
            Format::Database(log) => {
                database::Reader::open(&self.path, log).and_then(|reader| reader.last()).ok()
            }
        }
    }
}

/// What is directly in a folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Transcripts.
    pub(super) files: Vec<Found>,
    /// Folders that can hold more of them.
    pub(super) folders: Vec<PathBuf>,
}

/// Every transcript below `roots` (as [`existing`] gives them).
pub(super) fn all(roots: &[Root]) -> Listing {
    let mut all = Listing::default();
    for root in roots {
        walk(root, &root.path, DEPTH, &mut all);
    }
    all
}

/// The roots that exist, each once however many names lead to it.
pub(super) fn existing(roots: &[Root]) -> Vec<Root> {
    let mut real: Vec<Root> = Vec::new();
    for Root { client, path } in roots {
        if let Ok(path) = path.canonicalize() {
            let root = Root { client, path: path.into() };
            if !real.contains(&root) {
                real.push(root);
            }
        }
    }
    real
}

/// Everything in `folder` and below it.
pub(super) fn walk(root: &Root, folder: &Path, depth: usize, all: &mut Listing) {
    let listing = list(root, folder);
    all.files.extend(listing.files);
    for folder in listing.folders {
        if depth > 0 {
            walk(root, &folder, depth - 1, all);
        }
        all.folders.push(folder);
    }
}

/// What is in `folder`, itself somewhere below `root`. A folder that is gone has nothing.
fn list(root: &Root, folder: &Path) -> Listing {
    let mut listing = Listing::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::debug!(folder = %folder.display(), %error, "cannot list a folder");
            }
            return listing;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(mut kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            // Within the client's own folder a link is as good as the file; elsewhere it could
            // make Vigil read anything.
            let inside = path.canonicalize().is_ok_and(|target| target.starts_with(&root.path));
            let target = fs::metadata(&path).ok().filter(|_| inside);
            let Some(target) = target.filter(fs::Metadata::is_file) else { continue };
            kind = target.file_type();
        }
        let below = path.strip_prefix(&root.path).unwrap_or(&path);
        if kind.is_dir() && (root.client.folder)(below).is_some() {
            listing.folders.push(path);
        } else if kind.is_file() && (root.client.is_transcript)(below) {
            listing.files.extend(look_at(root.client, &root.path, path.into()));
        }
    }
    listing
}

/// The file at `path` as it is now; none when it is gone.
pub(super) fn look_at(client: &'static Client, root: &Arc<Path>, path: Arc<Path>) -> Option<Found> {
    let metadata = fs::metadata(&path).ok()?;
    let (len, modified) = match client.format {
        Format::Lines => (metadata.len(), metadata.modified().ok()),
        Format::Database(_) => database::seen(&path, &metadata),
    };
    metadata.is_file().then(|| Found {
        client,
        root: Arc::clone(root),
        path,
        len,
        modified: modified.unwrap_or(SystemTime::UNIX_EPOCH),
        identity: (metadata.dev(), metadata.ino()),
    })
}
