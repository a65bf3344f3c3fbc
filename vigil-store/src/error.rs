//! What can go wrong with the store, each with what to do about it.

use std::{io, path::PathBuf};

/// An operation on the store that failed.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::error_impl_error, reason = "read as `vigil_store::Error` everywhere")]
pub enum Error {
    /// Another process writes to this folder.
    #[error("the store in {} is in use{}; stop it with `vigil down`", path.display(), by(*pid))]
    InUse {
        /// The store's folder.
        path: PathBuf,
        /// Who holds it, when the lock file says so.
        pid: Option<u32>,
    },
    /// There is no store yet.
    #[error("no store in {}; `vigil up` or `vigil ingest --once` makes one", path.display())]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// A newer Vigil wrote it.
    #[error(
        "{} has schema {found}, newer than the {known} this Vigil knows; update Vigil",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// The disk or the file system's quota is full.
    #[error(
        "no space left for {}; free some space: nothing committed is lost, and what waits is \
         written as soon as there is room",
        path.display()
    )]
    Full {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is not a sound database.
    #[error(
        "{} is damaged; the next `vigil up` keeps it aside and begins a new one",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A file operation.
    #[error("cannot {operation} {}; check that the folder is yours and writable", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A database operation.
    #[error(
        "cannot {operation} in {}; if it stays so, `vigil status` and `vigil logs` say more",
        path.display()
    )]
    Sql {
        /// What was tried.
        operation: &'static str,
        /// The database.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: rusqlite::Error,
    },
    /// The writer has ended.
    #[error("the store in {} is closed; start Vigil again", path.display())]
    Closed {
        /// The database.
        path: PathBuf,
    },
    /// A time zone that is not known.
    #[error(
        "unknown time zone `{}`; give an IANA name such as Europe/Berlin or an offset such as \
         +02:00",
        name.escape_debug()
    )]
    Zone {
        /// What was given.
        name: String,
    },
    /// A question with a word in it that is none of ours.
    #[error("`{}` is no word for {what}; give {expected}", given.escape_debug())]
    Question {
        /// What it was given for.
        what: &'static str,
        /// What was given.
        given: String,
        /// What can be given.
        expected: String,
    },
    /// The store was written by an older Vigil, and only the agent brings it forward.
    #[error(
        "{} has schema {found}, older than the {known} this Vigil reads; `vigil up` brings it \
         forward",
        path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The one that is read here.
        known: u32,
    },
    /// A beginning of an id that fits more than one.
    #[error("`{}` is the beginning of more than one id; give more digits", prefix.escape_debug())]
    Ambiguous {
        /// What was given.
        prefix: String,
    },
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}

impl Error {
    /// True when the writer keeps everything and goes on trying: a full disk, or a lock that
    /// another process holds.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Sql { source, .. } => Trouble::of(source) == Trouble::Passing,
            _ => false,
        }
    }

    /// Sorts what SQLite said into what a user can act on.
    pub(crate) fn sql(
        operation: &'static str,
        path: impl Into<PathBuf>,
        source: rusqlite::Error,
    ) -> Self {
        let path = path.into();
        match Trouble::of(&source) {
            Trouble::Full => Self::Full { path, source },
            Trouble::Damage => Self::Damaged { path, source },
            Trouble::Passing | Trouble::Other => Self::Sql { operation, path, source },
        }
    }
}

/// What kind of trouble an SQLite error is, for deciding what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No room: keep everything and try again.
    Full,
    /// The outside world's fault, and it may pass: keep everything and try again.
    Passing,
    /// The file is broken: set it aside.
    Damage,
    /// Trying again would not help.
    Other,
}

impl Trouble {
    pub(crate) fn of(error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damage,
            Some(
                Code::SystemIoFailure
                | Code::CannotOpen
                | Code::ReadOnly
                | Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::PermissionDenied
                | Code::OutOfMemory
                | Code::FileLockingProtocolFailed,
            ) => Self::Passing,
            _ => Self::Other,
        }
    }
}
