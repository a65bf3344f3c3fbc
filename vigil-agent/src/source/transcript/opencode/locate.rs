//! Where opencode keeps its database.

use std::path::{Path, PathBuf};

use crate::source::transcript::{Options, client::Folder};

/// The variable that moves the folder of all programs' data; read besides the usual place. The
/// client uses `~/.local/share` on macOS too.
pub(super) const DATA: &str = "XDG_DATA_HOME";

/// The folders that may hold it, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let moved = options.variable(DATA).map(Path::to_path_buf);
    let usual = options.home.join(".local/share");
    moved.into_iter().chain([usual]).map(|data| data.join("opencode")).collect()
}

/// True for the database, given its path below the root. Other channels of the client than the
/// usual one put their names into the file's.
pub(super) fn is_transcript(below_root: &Path) -> bool {
    let name = below_root.to_string_lossy();
    name == "opencode.db" || (name.starts_with("opencode-") && name.ends_with(".db"))
}

/// Only the root itself.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    below_root.as_os_str().is_empty().then_some(Folder::Lasting)
}
