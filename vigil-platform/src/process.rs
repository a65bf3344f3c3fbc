//! Processes: who we are, whether one still runs, and keeping our own memory out of dumps.

use std::io;

use rustix::{
    io::Errno,
    process::{Pid, Resource, Rlimit},
};

#[cfg_attr(target_os = "linux", path = "process/linux.rs")]
#[cfg_attr(target_os = "macos", path = "process/macos.rs")]
mod imp;

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

#[cfg(test)]
mod tests;
