//! Where aider keeps its histories, and what a file's place says about its lines.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use vigil_proto::{SourceId, Timestamp};

use super::Place;
use crate::source::transcript::{Options, client::Folder};

/// The client writes it into the folder that it works in, or the root of that Git work tree.
const HISTORY: &str = ".aider.chat.history.md";

/// Letters of what tells one folder from another.
const MARK: usize = 8;

/// The folders that hold a history: of those in which other clients have worked, and of the home
/// folder. The client's own are known to nobody else.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let folders = options.projects.iter().chain([&options.home]);
    folders.filter(|folder| folder.join(HISTORY).is_file()).cloned().collect()
}

/// True for a history, given its path below the root.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    below_root == Path::new(HISTORY)
}

/// How a folder is looked at: nothing is looked for below a project's own.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    below_root.as_os_str().is_empty().then_some(Folder::Step)
}

/// What the place of `path` says.
pub(super) fn place(path: &Path, fallback: Timestamp, zone: TimeZone) -> Place {
    let folder = path.parent().unwrap_or(path);
    let hash = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
    Place {
        source: SourceId::of(path.as_os_str().as_encoded_bytes()),
        folder: folder.to_string_lossy().into_owned(),
        mark: hash.chars().take(MARK).collect(),
        fallback,
        zone,
    }
}
