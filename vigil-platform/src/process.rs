//! Processes: the table of all of them, what one of them is about, who we are, whether one still
//! runs, and keeping our own memory out of dumps. It never reads a process's environment or memory,
//! and never changes another process.

use std::{io, ops::ControlFlow, time::Duration};

use rustix::{
    io::Errno,
    process::{Pid, Resource, Rlimit},
};

#[cfg_attr(target_os = "linux", path = "process/linux.rs")]
#[cfg_attr(target_os = "macos", path = "process/macos.rs")]
pub(crate) mod imp;
#[cfg(any(target_os = "macos", test))]
mod layout;
mod row;

pub use row::{ARGV_BYTES, Details, Name, PATH_BYTES, ProcessError, Row, State};

/// Calls `visit` with every process that is numbered above `after`, in rising order, until it
/// breaks. A process that ends meanwhile is left out.
///
/// Linux: two small files are read for each process (about 20 microseconds of CPU), and nothing is
/// allocated.
///
/// # Errors
/// The table cannot be read at all.
pub fn table(after: u32, visit: impl FnMut(&Row) -> ControlFlow<()>) -> io::Result<()> {
    imp::table(after, visit)
}

/// One process's row.
///
/// # Errors
/// [`ProcessError::Gone`] when there is no such process.
pub fn row(pid: u32) -> Result<Row, ProcessError> {
    imp::row(pid)
}

/// What the process `pid` that began at `started` (see [`Row::started`]) is about. All parts are of
/// one program: when it becomes another one meanwhile, they are read again. A part that may not be
/// read, or that the process has not, is `None`.
///
/// Linux: five small reads (about 25 microseconds of CPU). Another user's file and folder need
/// `CAP_SYS_PTRACE`.
///
/// # Errors
/// [`ProcessError::Gone`] when it has ended, also when its number is another's by now;
/// [`ProcessError::Changing`] when it kept becoming another program.
pub fn details(pid: u32, started: i64) -> Result<Details, ProcessError> {
    imp::details(pid, started)
}

/// Our real uid.
pub fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Whether [`is_running`] tells a process that has ended, but was not yet waited for by its parent,
/// from one that runs.
pub const KNOWS_ENDED: bool = imp::KNOWS_ENDED;

/// True while a process with this number runs, whoever owns it. One that has ended and only waits
/// for its parent does not run (see [`KNOWS_ENDED`]).
pub fn is_running(pid: u32) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return false;
    };
    match rustix::process::test_kill_process(number) {
        Ok(()) | Err(Errno::PERM) => !imp::has_ended(pid),
        Err(_) => false,
    }
}

/// Whether the process `pid` was begun by `above`, or by one that was, as far as all between them
/// still run.
pub fn descends_from(pid: u32, above: u32) -> bool {
    /// Nobody begins processes this deep.
    const DEEPEST: usize = 256;
    let mut next = Some(pid);
    for _ in 0..DEEPEST {
        next = next.and_then(|pid| row(pid).ok()).and_then(|row| row.ppid);
        if next.is_none_or(|pid| pid == above) {
            break;
        }
    }
    next == Some(above)
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// User and system time of all its threads, those that have ended included; to the nanosecond.
    pub cpu: Duration,
    /// What it holds now, in bytes; 0 once it has ended.
    pub memory: u64,
    /// The most memory it ever held, in bytes; 0 once it has ended.
    pub peak_memory: u64,
}

impl Cost {
    /// The larger of both, figure by figure.
    #[must_use]
    pub fn max(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or_default();
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            peak_memory: self.peak_memory.max(other.peak_memory),
        }
    }
}

/// CPU time of the thread that asks.
pub fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// What a process has used so far; for a child also after it has ended, until it is waited for.
/// `None` when it is gone or the platform does not say (see docs/MACOS.md).
pub fn cost(pid: u32) -> Option<Cost> {
    imp::cost(pid)
}

/// Raises the number of files this process may have open as far as it may by itself, and gives
/// the number in force. Desktop systems start programs with 256 or 1024, which a proxy uses up.
pub fn raise_open_files() -> u64 {
    /// Beyond this macOS refuses, and nothing here needs more (`OPEN_MAX` in `sys/syslimits.h`).
    const ENOUGH: u64 = 10_240;
    let now = rustix::process::getrlimit(Resource::Nofile);
    // No value is no limit.
    let (current, maximum) = (now.current.unwrap_or(ENOUGH), now.maximum.unwrap_or(ENOUGH));
    let wanted = maximum.min(ENOUGH);
    if current >= wanted {
        return current;
    }
    let raised = Rlimit { current: Some(wanted), maximum: now.maximum };
    match rustix::process::setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(_) => current,
    }
}

/// Keeps this process's memory out of core dumps and, where the platform can, from being read or
/// traced by the user's other processes. Call it first in every process that holds keys.
///
/// # Errors
/// The operating system refused; the process then runs as before.
pub fn disable_core_dumps() -> io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, none)?;
    imp::forbid_inspection()
}

/// From now on the calling thread steps aside for other threads wherever there is not enough CPU for
/// all: for work that may come later, beside work that somebody waits for.
///
/// # Errors
/// The system refuses; the thread then runs on as before.
pub fn step_aside() -> io::Result<()> {
    imp::step_aside()
}

#[cfg(test)]
mod tests;
