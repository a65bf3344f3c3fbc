//! Why a history is not read.

use std::io;

/// Each has a fixed word, under which it is a gap on record and a counter in `vigil status`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It, or the folder that it is in, may not be read.
    #[error("it cannot be read ({0})")]
    Unreadable(io::Error),
    /// It is larger than what is copied.
    #[error("it has {0} MiB, and at most {most} are read", most = super::copy::MOST / 1024 / 1024)]
    TooLarge(u64),
    /// No copy could be made.
    #[error("it cannot be copied ({0}); see that the disk is not full")]
    NotCopied(String),
    /// It was written whenever it was looked at.
    #[error("its browser has been writing it whenever it was looked at")]
    Busy,
    /// It is no database, or a broken one.
    #[error("it is damaged ({0})")]
    Damaged(String),
    /// It is a database of another form.
    #[error("it has a form that is not known; a newer Vigil may know it ({0})")]
    Form(String),
    /// The question took too long.
    #[error("to search it takes too long")]
    Slow,
}

impl Trouble {
    /// True when it lies in what the file holds, and lasts until that changes.
    pub(super) const fn is_of_the_file(&self) -> bool {
        matches!(self, Self::TooLarge(_) | Self::Damaged(_) | Self::Form(_) | Self::Slow)
    }

    /// The fixed word, and the counter.
    pub(super) const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unreadable(_) => ("browser-history-unreadable", "gap.browser-history-unreadable"),
            Self::TooLarge(_) => ("browser-history-too-large", "gap.browser-history-too-large"),
            Self::NotCopied(_) => ("browser-history-not-copied", "gap.browser-history-not-copied"),
            Self::Busy => ("browser-history-busy", "gap.browser-history-busy"),
            Self::Damaged(_) => ("browser-history-damaged", "gap.browser-history-damaged"),
            Self::Form(_) => ("browser-history-unknown-form", "gap.browser-history-unknown-form"),
            Self::Slow => ("browser-history-slow", "gap.browser-history-slow"),
        }
    }
}
