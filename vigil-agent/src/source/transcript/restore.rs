//! A recorded session as the file from which its client goes on. Pure, but for looking where the
//! client's folders are; whoever asks writes the file.

use std::path::{Path, PathBuf};

use vigil_proto::archive::Archived;

use super::{Options, claude};

/// The file that a client resumes a session from.
#[derive(Debug)]
pub struct Resumable {
    /// The folder that is the client's own, and is there.
    pub root: PathBuf,
    /// The folders below it, from the outermost.
    pub below: Vec<String>,
    /// The file's name.
    pub name: String,
    /// What it holds: lines of JSON.
    pub text: String,
    /// How many.
    pub lines: u64,
    /// The command with which the client goes on.
    pub resume: String,
    /// What is not in it, in words.
    pub left_out: Vec<String>,
}

/// Why there is no such file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotResumable {
    /// Its client's format is only read so far.
    #[error("sessions of {0} cannot be written back yet, only those of Claude Code")]
    Client(String),
    /// The id would have to be a file's name, and may be anything.
    #[error("the session's id is no UUID, so it is not made the name of a file")]
    Id,
    /// A folder of the client is not there, or a path is not known.
    #[error("{0}")]
    Place(String),
    /// Only somebody else saw it, or retention has deleted it.
    #[error("nothing of what its client wrote is recorded any more")]
    Empty,
    /// Its sub-agents' own files were read, and not its.
    #[error("only a sub-agent's thread is recorded; that cannot be written back")]
    OnlySubagents,
}

/// The file for the session, where its client looks for it.
///
/// # Errors
/// There is none; the words say why.
pub fn resumable(options: &Options, archived: &Archived) -> Result<Resumable, NotResumable> {
    match archived.client.as_str() {
        claude::CLIENT => claude::resumable(options, archived),
        other => Err(NotResumable::Client(other.to_owned())),
    }
}

/// Splits the place of a file into the folder that is there and is a root's parent, and the names
/// below it. None when `place` is in none of `roots`.
pub(super) fn within<'r>(roots: &'r [PathBuf], place: &Path) -> Option<(&'r Path, Vec<String>)> {
    roots.iter().find_map(|root| {
        let below = place.strip_prefix(root).ok()?;
        let names: Option<Vec<String>> =
            below.iter().map(|name| name.to_str().map(str::to_owned)).collect();
        Some((root.as_path(), names?))
    })
}
