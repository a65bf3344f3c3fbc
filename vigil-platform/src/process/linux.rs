//! Linux: /proc and prctl.

use std::{fs, io, time::Duration};

use rustix::process::DumpableBehavior;

use super::Cost;

#[path = "linux/details.rs"]
pub(crate) mod details;
#[path = "linux/folder.rs"]
pub(crate) mod folder;
#[path = "linux/stat.rs"]
pub(crate) mod stat;
#[path = "linux/table.rs"]
pub(crate) mod table;

pub(super) use details::details;
pub(crate) use table::each_process;
pub(super) use table::{row, table};

pub(super) const KNOWS_ENDED: bool = true;

/// A zombie answers signals but is gone.
pub(super) fn has_ended(pid: u32) -> bool {
    matches!(stat(pid).as_deref().and_then(|stat| stat.first().copied()), Some(b'Z' | b'X'))
}

/// `/proc/PID/stat` from the state on: the name before it may hold anything, parentheses too.
fn stat(pid: u32) -> Option<Vec<u8>> {
    let mut stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let state = (name_end + 2).min(stat.len());
    Some(stat.split_off(state))
}

pub(super) fn cost(pid: u32) -> Option<Cost> {
    let cpu = cpu_time(i32::try_from(pid).ok().filter(|pid| *pid > 0)?)?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    };
    let (memory, peak_memory) = (bytes("VmRSS"), bytes("VmHWM"));
    Some(Cost { cpu, memory: memory.unwrap_or(0), peak_memory: peak_memory.unwrap_or(0) })
}

/// The process's own clock. `/proc/PID/stat` counts in hundredths of a second, and the threads'
/// `schedstat` forget those that have ended.
fn cpu_time(pid: libc::pid_t) -> Option<Duration> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: `clock` is ours and outlives the call, which writes nothing else.
    #[expect(unsafe_code, reason = "a C function that no crate offers")]
    let found = unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) };
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is ours and outlives the call, which writes nothing else; a clock that does
    // not exist is refused.
    #[expect(unsafe_code, reason = "the safe wrappers know no other process's clock")]
    let read = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if found != 0 || read != 0 {
        return None;
    }
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// Not dumpable: no ptrace and no /proc/PID/mem for other processes of this user.
pub(super) fn forbid_inspection() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// To the kernel every thread is nice by itself. This is a third of what others get, when all want
/// more than there is.
pub(super) fn step_aside() -> io::Result<()> {
    Ok(rustix::process::setpriority_process(None, 5)?)
}
