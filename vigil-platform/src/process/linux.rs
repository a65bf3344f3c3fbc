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
    /// `USER_HZ`, the same on every architecture that Rust supports.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = String::from_utf8(stat(pid)?).ok()?;
    // utime and stime are fields 14 and 15; the state is field 3.
    let ticks: u64 = stat.split(' ').skip(11).take(2).map(|ticks| ticks.parse().unwrap_or(0)).sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = kib.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Some(Cost {
        cpu: Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND),
        peak_memory: kib.unwrap_or(0) * 1024,
    })
}

/// Not dumpable: no ptrace and no /proc/PID/mem for other processes of this user.
pub(super) fn forbid_inspection() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
