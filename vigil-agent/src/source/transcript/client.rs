//! The clients whose files are read, each a row of facts and functions; the tailer knows no more
//! of any of them.

use std::path::{Path, PathBuf};

use vigil_proto::Timestamp;

use super::{
    Options, aider, claude, codex, copilot, database, gemini, opencode,
    parser::{Parser, Rules},
    pi, qwen,
};

/// Every client there is.
pub(super) const ALL: &[&Client] = &[
    &aider::FILES,
    &claude::FILES,
    &codex::FILES,
    &copilot::FILES,
    &gemini::FILES,
    &opencode::FILES,
    &pi::FILES,
    &qwen::FILES,
];

/// A client that writes files of lines.
#[derive(Debug)]
pub(super) struct Client {
    /// As it stands in `exclude.clients` and with every session.
    pub(super) name: &'static str,
    /// The variables that move its folders; see [`Options::variable`].
    pub(super) variables: &'static [&'static str],
    /// The folders that may hold its files, whether they exist yet or not.
    pub(super) roots: fn(&Options) -> Vec<PathBuf>,
    /// True for files that are transcripts, given their path below the root.
    pub(super) is_transcript: fn(&Path) -> bool,
    /// How a folder is looked at, given its path below the root; none when no transcript can be
    /// in it or below it.
    pub(super) folder: fn(&Path) -> Option<Folder>,
    /// The folder beside a transcript in use in which more may appear.
    pub(super) beside: Option<fn(&Path) -> PathBuf>,
    /// What its files are.
    pub(super) format: Format,
    /// A parser for a file of its own, going on from saved memory (empty at the start).
    pub(super) parser: for<'a> fn(Rules<'a>, &File<'_>, &[u8]) -> Box<dyn Parser + 'a>,
}

/// What the files of a client are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// Files of lines, at the end of which the client writes.
    Lines,
    /// SQLite databases with a table to which the client appends.
    Database(&'static database::Log),
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Client {}

/// How a folder below a client's root is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// New files are to be seen at once, for as long as there is the folder.
    Lasting,
    /// The same, until nothing has appeared in it for a while.
    Passing,
    /// On the way to others: looked through together with everything else.
    Step,
}

/// A file that is about to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    /// The client's folder.
    pub(super) root: &'a Path,
    pub(super) path: &'a Path,
    /// The time of lines that give none, before the first that does.
    pub(super) fallback: Timestamp,
    /// When its lines are read.
    pub(super) seen_at: Timestamp,
}
