//! What can go wrong, what to do about it, and the exit code that says so to scripts.

use std::{io, path::PathBuf, process::ExitCode};

use vigil_platform::paths::PathError;
use vigil_proto::{
    causes::Causes,
    config::layers::{LayerError, Origin},
};

/// Exit codes; a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything went well.
    Ok = 0,
    /// It failed, or there are findings and `--exit-code` was given.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// The agent does not run.
    NotRunning = 3,
    /// Not permitted.
    NotPermitted = 4,
    /// The configuration is wrong.
    BadConfig = 64,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The reader of our output has gone (`vigil events --jsonl | head`).
    #[error("nobody reads the output")]
    ReaderGone,
    /// Writing our output failed otherwise.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// A command that needs the agent.
    #[error("the agent is not running")]
    NotRunning,
    /// The agent runs and does not do what it should.
    #[error("the agent (pid {pid}) {what}")]
    Agent {
        /// Its process.
        pid: u32,
        /// What it did not do.
        what: String,
    },
    /// The run file that others could have written or read.
    #[error("{} cannot be trusted: {why}", path.display())]
    RunFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The configuration.
    #[error("{}", config_place(path, error))]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: LayerError,
    },
    /// A file that could not be read or written.
    #[error("cannot {operation} {}: {source}", path.display())]
    File {
        /// `read`, `write`, ...
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Where Vigil's files are is not known.
    #[error(transparent)]
    Paths(#[from] PathError),
    /// The store.
    #[error(transparent)]
    Store(#[from] vigil_store::Error),
    /// An argument that clap could not judge.
    #[error("{message}")]
    Usage {
        /// What is wrong with it.
        message: String,
        /// What to give instead.
        hint: String,
    },
    /// Only somebody else may do it.
    #[error("{message}")]
    NotPermitted {
        /// What may not be done.
        message: String,
        /// How it is done.
        hint: String,
    },
    /// Anything else, with its own remedy.
    #[error("{message}")]
    Other {
        /// What went wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Failure {
    /// A failure in words.
    pub(crate) fn new(message: impl Into<String>, hint: &str) -> Self {
        Self::Other { message: message.into(), hint: Some(hint.to_owned()) }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::ReaderGone => Exit::Ok,
            Self::NotRunning => Exit::NotRunning,
            Self::Usage { .. } => Exit::Usage,
            Self::Config { .. } => Exit::BadConfig,
            Self::RunFile { .. }
            | Self::NotPermitted { .. }
            | Self::Paths(PathError::OtherOwner { .. }) => Exit::NotPermitted,
            Self::File { source, .. }
            | Self::Paths(PathError::Io { source, .. })
            | Self::Store(vigil_store::Error::File { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                Exit::NotPermitted
            }
            _ => Exit::Failed,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let words = match self {
            Self::NotRunning => "start it with `vigil up`",
            Self::Agent { .. } => "`vigil logs` shows what it says",
            Self::RunFile { .. } => "stop the agent, remove the file and start `vigil up` again",
            Self::File { operation: "make" | "replace" | "write", source, .. }
                if matches!(
                    source.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                "run Vigil as the user whose agents it records, and let that user write there"
            }
            Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "run Vigil as the user whose agents it records"
            }
            Self::Usage { hint, .. } | Self::NotPermitted { hint, .. } => hint,
            Self::Config { error: LayerError { hint, .. }, .. } | Self::Other { hint, .. } => {
                return hint.clone();
            }
            Self::Paths(_) | Self::Store(_) => return Causes(self).told().1,
            Self::ReaderGone | Self::Output(_) | Self::File { .. } => return None,
        };
        Some(words.to_owned())
    }

    /// What went wrong, without the remedy that [`hint`](Self::hint) gives, and with its causes.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Paths(_) | Self::Store(_) => Causes(self).told().0,
            _ => self.to_string(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Output(error),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

fn config_place(path: &std::path::Path, error: &LayerError) -> String {
    match &error.origin {
        Origin::File { line } => format!("{}:{line}: {}", path.display(), error.message),
        origin => format!("{origin}: {}", error.message),
    }
}
