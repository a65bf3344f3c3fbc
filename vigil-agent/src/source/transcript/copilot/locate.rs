//! Where Copilot CLI keeps its sessions, and what a file's place says about its lines.

use std::path::{Component, Path, PathBuf};

use vigil_proto::{SourceId, Timestamp};

use super::Place;
use crate::source::transcript::{Options, client::Folder};

/// The variable that moves the client's folder; read besides the usual place.
pub(super) const HOME: &str = "COPILOT_HOME";

/// The log within a session's folder.
const LOG: &str = "events.jsonl";

/// The folders that may hold sessions, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let moved = options.variable(HOME).map(Path::to_path_buf);
    let homes = moved.into_iter().chain([options.home.join(".copilot")]);
    homes.map(|home| home.join("session-state")).collect()
}

/// True for logs, given their path below the root: `SESSION/events.jsonl`, and `SESSION.jsonl`
/// of older versions.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    match parts.as_slice() {
        [file] => Path::new(file).extension().is_some_and(|extension| extension == "jsonl"),
        [_, file] => *file == LOG,
        _ => false,
    }
}

/// How a folder is looked at: a session's own only while it is in use.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    match below_root.components().count() {
        0 => Some(Folder::Lasting),
        1 => Some(Folder::Passing),
        _ => None,
    }
}

/// What the place of `path` says.
pub(super) fn place(path: &Path, fallback: Timestamp) -> Place {
    let is_log = path.file_name().is_some_and(|name| name == LOG);
    let name = if is_log { path.parent().and_then(Path::file_name) } else { path.file_stem() };
    Place {
        source: SourceId::of(path.as_os_str().as_encoded_bytes()),
        session: name.map(|name| super::name(name.to_string_lossy().into_owned())),
        fallback,
    }
}

#[cfg(test)]
mod tests;
