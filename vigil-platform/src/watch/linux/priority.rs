//! Lets the calling thread run ahead of others, as far as that is permitted.

use super::super::Priority;

/// What measurement found to be enough; above it are the kernel's own threads (50).
const FIFO: i32 = 20;

/// Raises the calling thread to `wanted` or as near as it may, and says where it is. `CAP_SYS_NICE`
/// or the limits `RLIMIT_RTPRIO` and `RLIMIT_NICE` permit it. The kernel stops threads like this
/// for a twentieth of each second, so it cannot take a machine over
/// (`kernel.sched_rt_runtime_us`).
pub(super) fn raise(wanted: Priority) -> Priority {
    if wanted >= Priority::Realtime && run_first() {
        return Priority::Realtime;
    }
    // To Linux the caller is the thread and not its process.
    if wanted >= Priority::Nice && rustix::process::setpriority_process(None, -20).is_ok() {
        return Priority::Nice;
    }
    Priority::Normal
}

#[expect(unsafe_code, reason = "no safe call sets a scheduling policy")]
fn run_first() -> bool {
    let parameter = libc::sched_param { sched_priority: FIFO };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: the call reads one `sched_param`, which outlives it; 0 is the calling thread. By
    // number, since one C library answers its own function with "not supported".
    let answer =
        unsafe { libc::syscall(libc::SYS_sched_setscheduler, 0, policy, &raw const parameter) };
    answer == 0
}
