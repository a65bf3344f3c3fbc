//! Where pi keeps its sessions, and what a file's place says about its lines.

use std::path::{Component, Path, PathBuf};

use vigil_proto::{SourceId, Timestamp};

use super::{Place, name};
use crate::source::transcript::{Options, client::Folder};

/// The variable that moves the client's folder; read besides the usual place.
pub(super) const AGENT: &str = "PI_CODING_AGENT_DIR";

/// The variable that moves the sessions alone.
pub(super) const SESSIONS: &str = "PI_CODING_AGENT_SESSION_DIR";

/// The folders that may hold sessions, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let agents = options.variable(AGENT).map(Path::to_path_buf);
    let agents = agents.into_iter().chain([options.home.join(".pi/agent")]);
    let moved = options.variable(SESSIONS).map(Path::to_path_buf);
    moved.into_iter().chain(agents.map(|agent| agent.join("sessions"))).collect()
}

/// True for sessions, given their path below the root: `--FOLDER--/TIME_ID.jsonl`, and
/// `TIME_ID.jsonl` where the user moved them.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let is_named = session(below_root).is_some();
    let is_lines = below_root.extension().is_some_and(|extension| extension == "jsonl");
    is_named && is_lines && below_root.parent().is_some_and(|folder| self::folder(folder).is_some())
}

/// How a folder is looked at: the root, and a project's, whose name is its path between dashes.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    let mut parts = below_root.components().map(Component::as_os_str);
    match (parts.next(), parts.next()) {
        (None, _) => Some(Folder::Lasting),
        (Some(folder), None) => {
            let folder = folder.to_string_lossy();
            (folder.starts_with("--") && folder.ends_with("--")).then_some(Folder::Lasting)
        }
        _ => None,
    }
}

/// The session that a file's name names, after the time.
pub(super) fn session(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    let (_, id) = stem.rsplit_once('_')?;
    (!id.is_empty()).then(|| name(id))
}

/// What the place of `path` says.
pub(super) fn place(path: &Path, fallback: Timestamp) -> Place {
    Place {
        source: SourceId::of(path.as_os_str().as_encoded_bytes()),
        session: session(path),
        fallback,
    }
}

#[cfg(test)]
mod tests;
