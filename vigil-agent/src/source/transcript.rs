//! What clients write on disk. Reads every transcript to its end, then follows what is written;
//! never changes, locks or moves a file of a client.
//!
//! [`tail`] knows files and nothing of any client; each client is a module of its own that knows
//! its records and nothing of files; [`client`] is the table of them.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use vigil_proto::batch::KnownFile;

use crate::{
    pipeline::{Closed, Inlet},
    shutdown::Shutdown,
};

mod aider;
mod claude;
mod client;
mod codex;
mod copilot;
mod database;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gemini;
mod instant;
mod lines;
mod opencode;
mod parser;
mod pi;
mod qwen;
mod repair;
mod restore;
#[cfg(test)]
mod rig;
mod seat;
mod tail;
mod text;

pub use self::{
    restore::{NotResumable, Resumable, resumable},
    tail::ReadCounts,
};

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The user's home folder.
    pub home: PathBuf,
    /// The variables that move clients' folders, as far as they are set.
    pub variables: BTreeMap<&'static str, PathBuf>,
    /// Folders in which clients have worked: one client writes there and nowhere else.
    pub projects: Vec<PathBuf>,
    /// The files that were read before.
    pub known: Known,
}

/// Says which files were ever read, whether they are there still or not. By itself it knows of none.
#[derive(Clone)]
pub struct Known(Arc<dyn Fn() -> Vec<KnownFile> + Send + Sync>);

impl Known {
    /// As `files` says.
    pub fn new(files: impl Fn() -> Vec<KnownFile> + Send + Sync + 'static) -> Self {
        Self(Arc::new(files))
    }

    fn files(&self) -> Vec<KnownFile> {
        (self.0)()
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::new(Vec::new)
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

impl Options {
    /// The transcripts of the user whose home is `home`, with the variables that move clients'
    /// folders as this process sees them.
    pub fn from_env(home: impl AsRef<Path>) -> Self {
        let variables = client::ALL.iter().flat_map(|client| client.variables);
        let variables = variables
            .filter_map(|name| Some((*name, PathBuf::from(std::env::var_os(name)?))))
            .filter(|(_, folder)| folder.is_absolute())
            .collect();
        let home = home.as_ref().to_path_buf();
        Self { home, variables, projects: Vec::new(), known: Known::default() }
    }

    /// What the variable `name` holds.
    pub fn variable(&self, name: &str) -> Option<&Path> {
        self.variables.get(name).map(PathBuf::as_path)
    }
}

/// A client whose transcripts are read, and where they are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Its word, as in `exclude.clients`.
    pub client: &'static str,
    /// Its folders, whether they exist yet or not.
    pub folders: Vec<PathBuf>,
}

/// Every client whose transcripts are read.
pub fn reads(options: &Options) -> Vec<Reads> {
    let clients = client::ALL.iter();
    let mut reads: Vec<Reads> =
        clients.map(|row| Reads { client: row.name, folders: (row.roots)(options) }).collect();
    reads.sort_by_key(|reads| reads.client);
    reads
}

/// Hears how the first reading gets on.
pub trait Progress {
    /// So many bytes are to be read in all.
    fn bytes_total(&self, bytes: u64);

    /// So many more bytes have been read.
    fn advance(&self, bytes: u64);

    /// What was there at the start has been read; may be said more than once.
    fn caught_up(&self) {}
}

/// Nobody is told.
impl Progress for () {
    fn bytes_total(&self, _: u64) {}

    fn advance(&self, _: u64) {}
}

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// Nothing more can be recorded.
    #[error("cannot record transcripts: {0}; see the agent's log for why the store stopped")]
    Closed(#[from] Closed),
}

/// Reads every transcript to its end and returns when all of it is in the inlet. What cannot be
/// read is counted and left for the next time. Reads nothing while recording is paused.
///
/// # Errors
/// [`TranscriptError::Closed`] when the pipeline ended.
pub fn ingest_once(
    options: &Options,
    inlet: &Inlet,
    progress: &dyn Progress,
) -> Result<ReadCounts, TranscriptError> {
    let mut tail = tail::Tail::new(options, inlet.clone());
    tail.catch_up(progress)?;
    Ok(tail.counts())
}

/// Reads every transcript to its end, the newest first, then whatever is written, until
/// `shutdown`. Runs in a thread of its own.
///
/// # Errors
/// When the thread cannot be started.
pub fn follow(
    options: Options,
    inlet: Inlet,
    shutdown: Shutdown,
    progress: Arc<dyn Progress + Send + Sync>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("transcripts".to_owned()).spawn(move || {
        let mut tail = tail::Tail::new(&options, inlet);
        if let Err(error) = tail.follow(&shutdown, &*progress) {
            tracing::warn!("{error}");
        }
    })
}
