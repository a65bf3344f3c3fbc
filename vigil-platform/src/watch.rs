//! Processes as they begin, become another program, and end, told by the kernel. What is lost on
//! the way is counted and told in its place; nothing goes missing in silence. It never holds a
//! process up.
//!
//! A thread of its own reads the kernel's events and, for a process that became another program,
//! reads at once what it is about: one that lives for a millisecond can be asked only within that
//! millisecond. So the thread runs ahead of everything else where that is permitted.

use std::{fmt, io, time::Duration};

use crate::process::{Details, Name};

#[cfg_attr(target_os = "linux", path = "watch/linux.rs")]
#[cfg_attr(target_os = "macos", path = "watch/macos.rs")]
mod imp;
#[cfg_attr(
    all(not(target_os = "linux"), not(test)),
    expect(dead_code, reason = "nothing fills it there yet")
)]
mod queue;

/// How to watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Tell processes that begin. Without it a parent that had ended by then is not known.
    pub forks: bool,
    /// Tell processes that end. With neither of both the kernel sends only programs (Linux 6.6).
    pub exits: bool,
    /// The most that is asked for; what is given is in [`Watch::priority`].
    pub priority: Priority,
    /// How many bytes of events the kernel may keep for us. Without `CAP_NET_ADMIN` the system's
    /// own limit holds (`net.core.rmem_max`).
    pub receive_buffer: usize,
    /// How many events wait for whoever takes them.
    pub queue_events: usize,
    /// How many bytes the details of the waiting events may take.
    pub queue_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            forks: true,
            exits: true,
            priority: Priority::Realtime,
            receive_buffer: 8 << 20,
            queue_events: 8192,
            queue_bytes: 2 << 20,
        }
    }
}

/// How the reading thread is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Like every other thread.
    Normal,
    /// Nice -20.
    Nice,
    /// `SCHED_FIFO` 20: before every thread of the two above.
    Realtime,
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "normal priority",
            Self::Nice => "nice -20",
            Self::Realtime => "SCHED_FIFO 20",
        })
    }
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happened to a process.
    Change(Change),
    /// About here this many events are missing: the table is to be read again.
    Lost(Lost),
}

/// Events that are missing, and where they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// The kernel had no room for them: the thread did not read in time. These are of every kind of
    /// the kernel's, threads too.
    pub kernel: u64,
    /// Whoever takes the events was too slow.
    pub queue: u64,
}

/// Something that happened to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub what: What,
    /// When: microseconds since 1970.
    pub at: i64,
    /// The process.
    pub pid: u32,
    /// Its parent when it began, or when it was first looked at.
    pub ppid: Option<u32>,
    /// Its real user, where known: that of its parent until it could be asked itself.
    pub uid: Option<u32>,
    /// Whom it acts as, where that was asked; only with [`What::Exec`]. Another than its real user
    /// has secrets that are not that one's.
    pub acts_as: Option<u32>,
    /// As in [`process::Row`](crate::process::Row), where known.
    pub started: Option<i64>,
    /// Its name for itself; empty when it is not known.
    pub name: Name,
    /// What it is about, read when it became this program; only with [`What::Exec`].
    pub details: Option<Details>,
}

impl Change {
    /// Whether all is known that may be: for [`What::Exec`] every part of the details too.
    pub fn is_complete(&self) -> bool {
        let known = self.ppid.is_some() && self.uid.is_some() && self.started.is_some();
        known
            && (self.what != What::Exec || self.details.as_ref().is_some_and(Details::is_complete))
    }
}

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// It was begun by its parent and is still the same program.
    Fork,
    /// It became another program.
    Exec,
    /// It ended.
    Exit(Exit),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// By itself, with this code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

/// What was seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Changes put into the queue.
    pub told: u64,
    /// Those of them that are [`What::Exec`].
    pub execs: u64,
    /// Those of `execs` that are not complete: the process had ended before it was read, or may not
    /// be looked at.
    pub incomplete: u64,
    /// What is missing.
    pub lost: Lost,
}

/// Why processes cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The kernel's process events are sent to its first network namespace alone.
    #[error(
        "process events are sent to the initial network namespace only, and this is another one"
    )]
    OtherNetwork,
    /// Asked for, but the kernel does not say yes: so it is in another process or user namespace.
    #[error("the kernel does not answer: process events are not sent into a container")]
    Unanswered,
    /// The kernel refused; before Linux 6.6 `CAP_NET_ADMIN` is needed.
    #[error("not allowed to receive process events (before Linux 6.6 that needs CAP_NET_ADMIN)")]
    NotAllowed(#[source] io::Error),
    /// The kernel was built without them, or something else failed.
    #[error("cannot {operation} for process events")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The kernel's word.
        #[source]
        source: io::Error,
    },
    /// The reading thread is gone; no more is told.
    #[error("process events have ended: the thread that reads them stopped")]
    Stopped,
    /// This platform's half is not written yet.
    #[error("this build cannot watch processes on this platform yet (docs/MACOS.md)")]
    NotBuilt,
}

/// A running watch. Dropping it ends its thread.
#[derive(Debug)]
pub struct Watch(imp::Watch);

impl Watch {
    /// Begins to watch every process of the machine. Everything that happens after this returns is
    /// told, or counted as lost.
    ///
    /// # Errors
    /// See [`WatchError`].
    pub fn start(options: Options) -> Result<Self, WatchError> {
        imp::Watch::start(options).map(Self)
    }

    /// The next event; nothing when there is none for `wait`.
    ///
    /// # Errors
    /// [`WatchError::Stopped`], once everything before it was taken.
    pub fn next(&self, wait: Duration) -> Result<Option<Event>, WatchError> {
        self.0.next(wait)
    }

    /// How the reading thread is scheduled.
    pub fn priority(&self) -> Priority {
        self.0.priority()
    }

    /// How many bytes of events the kernel keeps for us at the most.
    pub fn receive_buffer(&self) -> usize {
        self.0.receive_buffer()
    }

    /// What was seen so far.
    pub fn counters(&self) -> Counters {
        self.0.counters()
    }
}

#[cfg(test)]
mod tests;
