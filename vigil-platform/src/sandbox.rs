//! What a process of the daemon gives up before it reads a stranger's byte. Each part is given up for
//! good: there is no way back within the process, nor in one that it starts.
//!
//! | part | may | may not |
//! |---|---|---|
//! | [`Part::Starter`] | wait for the others and end them | everything else |
//! | [`Part::Reader`] | read the kernel's tables; answer connections | write to any file, start or inspect a program, signal another process |
//! | [`Part::Mutator`] | write below its own folder; answer the reader; ask who listens on a port | read another user's anything, reach a network, start a program |
//! | [`Part::Helper`] | start programs; write in the folders of the certificate store; set the packet filter | write elsewhere, reach a network, and what no program of ours does (load a module, trace, mount) |

use std::{io, os::fd::BorrowedFd};

#[cfg_attr(target_os = "linux", path = "sandbox/linux.rs")]
#[cfg_attr(target_os = "macos", path = "sandbox/macos.rs")]
mod imp;

/// A process of the daemon.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Starts the others and waits.
    Starter,
    /// Reads tables for callers.
    Reader,
    /// Changes what callers ask to have changed.
    Mutator {
        /// The only folder it may write below.
        state: BorrowedFd<'a>,
        /// The only other file it may read (and may be missing), by the folder it is in.
        enrolment: Option<BorrowedFd<'a>>,
    },
    /// Starts the few programs that the mutator needs. They hold to the same.
    Helper {
        /// The only folders that may be written below, besides that for temporary files.
        writes: &'a [BorrowedFd<'a>],
    },
}

/// What holds from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Rights of the superuser were given up, or there were none.
    pub rights: bool,
    /// System calls are filtered.
    pub calls: bool,
    /// Files are out of reach but for the named folders.
    pub files: bool,
}

/// Gives up what `part` does not need. Before there is a second thread.
///
/// # Errors
/// Something could not be given up that every supported system can give up: do not go on.
pub fn enter(part: Part<'_>) -> io::Result<Held> {
    crate::process::disable_core_dumps()?;
    imp::enter(part)
}

/// Ends this process as soon as the one that started it has ended, where the platform can.
///
/// # Errors
/// The operating system refused.
pub fn end_with_parent() -> io::Result<()> {
    imp::end_with_parent()
}
