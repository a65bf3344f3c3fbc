//! Linux: /proc and prctl.

use std::{fs, io};

use rustix::process::DumpableBehavior;

pub(super) const KNOWS_ENDED: bool = true;

/// A zombie answers signals but is gone.
pub(super) fn has_ended(pid: u32) -> bool {
    let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // The state follows the name in parentheses, and the name may hold anything.
    let after_name = stat.iter().rposition(|byte| *byte == b')');
    let state = after_name.and_then(|end| stat.get(end + 2));
    matches!(state, Some(b'Z' | b'X'))
}

/// Not dumpable: no ptrace and no /proc/PID/mem for other processes of this user.
pub(super) fn forbid_inspection() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
