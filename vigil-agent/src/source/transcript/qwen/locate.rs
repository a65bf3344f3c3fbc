//! Where Qwen Code keeps its sessions.

use std::path::{Component, Path, PathBuf};

use crate::source::transcript::{Options, client::Folder};

/// The variables that move the client's folder, and its sessions alone; read besides the usual
/// place.
pub(super) const HOME: &str = "QWEN_HOME";
pub(super) const RUNTIME: &str = "QWEN_RUNTIME_DIR";

/// The folder of a project's sessions, below the project's own.
const CHATS: &str = "chats";

/// The folders that hold the projects' folders, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let moved = [HOME, RUNTIME].into_iter().filter_map(|name| options.variable(name));
    let usual = options.home.join(".qwen");
    moved.map(Path::to_path_buf).chain([usual]).map(|home| home.join("projects")).collect()
}

/// True for sessions, given their path below the root: `PROJECT/chats/*.jsonl`.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    match parts.as_slice() {
        [_, chats, name] => *chats == CHATS && name.to_string_lossy().ends_with(".jsonl"),
        _ => false,
    }
}

/// Only the way to the sessions.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    match parts.as_slice() {
        [] | [_] => Some(Folder::Lasting),
        [_, chats] if *chats == CHATS => Some(Folder::Lasting),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
