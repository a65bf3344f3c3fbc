//! Where Codex keeps its rollouts, and what a file's place says about its lines.

use std::path::{Component, Path, PathBuf};

use vigil_proto::{SourceId, Timestamp};

use super::Place;
use crate::source::transcript::{Options, client::Folder};

/// The variable that moves the client's folder; read besides the usual place.
pub(super) const HOME: &str = "CODEX_HOME";

/// The folders that hold rollouts: those in use, by the day of their first line, and those that
/// the user archived.
const FOLDERS: [&str; 2] = ["sessions", "archived_sessions"];

/// Year, month and day.
const DAY: usize = 3;

/// A UUID as it is written.
const UUID: usize = 36;

/// The folders that may hold rollouts, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let moved = options.variable(HOME).map(Path::to_path_buf);
    let homes = moved.into_iter().chain([options.home.join(".codex")]);
    homes.flat_map(|home| FOLDERS.map(|folder| home.join(folder))).collect()
}

/// True for rollouts, given their path below the root: `YYYY/MM/DD/rollout-*.jsonl`, and without
/// the folders where they are archived.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let name = below_root.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let is_rollout = name.starts_with("rollout-") && name.ends_with(".jsonl");
    is_rollout && below_root.components().count() <= DAY + 1
}

/// How a folder is looked at: a day's only while it is in use.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    let is_number = |part: &std::ffi::OsStr| {
        !part.is_empty() && part.as_encoded_bytes().iter().all(u8::is_ascii_digit)
    };
    match parts.len() {
        depth if depth > DAY || !parts.into_iter().all(is_number) => None,
        DAY => Some(Folder::Passing),
        _ => Some(Folder::Lasting),
    }
}

/// What the place of `path` says.
pub(super) fn place(path: &Path, fallback: Timestamp) -> Place {
    let name = path.file_name().unwrap_or_default();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let uuid = stem.len().checked_sub(UUID).and_then(|start| stem.get(start..));
    let is_uuid = |text: &&str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Place {
        source: SourceId::of(&[CLIENT_FILES, name.as_encoded_bytes()].concat()),
        thread: uuid.filter(is_uuid).map(str::to_owned),
        fallback,
    }
}

/// Before a file's name, so that no other client's file has the same id.
const CLIENT_FILES: &[u8] = b"codex rollout\0";

#[cfg(test)]
mod tests;
