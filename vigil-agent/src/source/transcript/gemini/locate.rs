//! Where Gemini CLI keeps its sessions, and what a file's place says about its lines.

use std::{
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use vigil_proto::{SourceId, Timestamp};

use super::{LONGEST_FACT, Place, short};
use crate::source::transcript::{Options, client::Folder};

/// The variable that moves the client's home; read besides the usual place.
pub(super) const HOME: &str = "GEMINI_CLI_HOME";

/// The folder of a project's sessions, below the project's own.
const CHATS: &str = "chats";

/// The file beside it in which the client notes the project's path.
const PROJECT: &str = ".project_root";

/// The folders that hold the projects' folders, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let moved = options.variable(HOME).map(Path::to_path_buf);
    let homes = moved.into_iter().chain([options.home.clone()]);
    homes.map(|home| home.join(".gemini").join("tmp")).collect()
}

/// True for sessions, given their path below the root: `PROJECT/chats/session-*.jsonl`, and
/// sub-agents' below a folder with the session's id.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let name = below_root.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    let is_chat = parts.get(1).is_some_and(|part| *part == CHATS) && name.ends_with(".jsonl");
    match parts.len() {
        3 => is_chat && name.starts_with("session-"),
        4 => is_chat,
        _ => false,
    }
}

/// Only the way to the sessions.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    let parts: Vec<_> = below_root.components().map(Component::as_os_str).collect();
    match parts.as_slice() {
        [] | [_] => Some(Folder::Lasting),
        [_, chats] if *chats == CHATS => Some(Folder::Lasting),
        [_, chats, _] if *chats == CHATS => Some(Folder::Passing),
        _ => None,
    }
}

/// What the place of `path` says.
pub(super) fn place(root: &Path, path: &Path, fallback: Timestamp) -> Place {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let parent = match names.as_slice() {
        [_, chats, session, _] if chats == CHATS => Some((session.to_string(), stem.into_owned())),
        _ => None,
    };
    let project = names.first().filter(|_| names.len() > 2).map(|name| root.join(&**name));
    Place {
        source: SourceId::of(path.as_os_str().as_encoded_bytes()),
        parent,
        cwd: project.and_then(|project| noted(&project.join(PROJECT))),
        fallback,
    }
}

/// The path that the client noted in `file`.
fn noted(file: &Path) -> Option<String> {
    if !fs::symlink_metadata(file).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(file).ok()?.take(LONGEST_FACT as u64).read_to_string(&mut text).ok()?;
    short(text.trim()).filter(|path| path.starts_with('/')).map(str::to_owned)
}

#[cfg(test)]
mod tests;
