//! macOS: libproc and sysctl. The hardened runtime of a signed program keeps other processes out of
//! its memory; there is nothing to ask for at run time.

use std::{io, ops::ControlFlow};

use rustix::io::Errno;

use super::{Cost, Details, ProcessError, Row, layout};

#[path = "macos/libproc.rs"]
pub(crate) mod libproc;

pub(super) const KNOWS_ENDED: bool = false;

/// Reads this often before it gives up on a process that keeps becoming another program.
const TRIES: usize = 4;

/// Not told apart here: a signal that arrives counts as running.
pub(super) fn has_ended(_pid: u32) -> bool {
    false
}

/// Not built yet.
pub(super) fn cost(_pid: u32) -> Option<Cost> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn forbid_inspection() -> io::Result<()> {
    Ok(())
}

/// Another user's process is told to root alone.
pub(super) fn table(after: u32, mut visit: impl FnMut(&Row) -> ControlFlow<()>) -> io::Result<()> {
    for pid in libproc::pids()?.into_iter().filter(|pid| *pid > after) {
        // It has ended since it was listed, or is not ours to see.
        if let Ok(row) = row(pid)
            && visit(&row).is_break()
        {
            break;
        }
    }
    Ok(())
}

pub(super) fn row(pid: u32) -> Result<Row, ProcessError> {
    let bsd = libproc::bsd(pid).map_err(gone)?;
    // One that has ended has none.
    let (ticks, rss) = libproc::task(pid).unwrap_or_default();
    Ok(Row {
        pid,
        ppid: (bsd.ppid != 0).then_some(bsd.ppid),
        uid: bsd.uid,
        effective_uid: bsd.effective_uid,
        started: bsd.started,
        cpu_us: libproc::to_micros(ticks),
        rss,
        state: bsd.state,
        name: bsd.name,
    })
}

/// Nothing says whether a process became another program in between, so all is read until two
/// readings agree.
pub(super) fn details(pid: u32, started: i64) -> Result<Details, ProcessError> {
    let mut before = read(pid, started)?;
    for _ in 0..TRIES {
        let now = read(pid, started)?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
    Err(ProcessError::Changing)
}

fn read(pid: u32, started: i64) -> Result<Details, ProcessError> {
    let check = || {
        let is_it = libproc::bsd(pid).map_err(gone)?.started == started;
        if is_it { Ok(()) } else { Err(ProcessError::Gone) }
    };
    check()?;
    let arguments = libproc::arguments(pid).ok().and_then(|all| layout::arguments(&all));
    let (argv, argv_cut) = arguments.map_or((None, false), |(argv, cut)| (Some(argv), cut));
    let details =
        Details { exe: libproc::file(pid).ok(), argv, argv_cut, cwd: libproc::folder(pid).ok() };
    check()?;
    Ok(details)
}

fn gone(error: io::Error) -> ProcessError {
    match Errno::from_io_error(&error) {
        Some(Errno::SRCH) => ProcessError::Gone,
        _ => ProcessError::Read(error),
    }
}

/// Work that takes its time and that nobody watches.
pub(super) fn step_aside() -> io::Result<()> {
    // SAFETY: it takes two numbers and changes the calling thread alone.
    #[expect(unsafe_code, reason = "a C function that no crate offers")]
    let refused =
        unsafe { libc::pthread_set_qos_class_self_np(libc::qos_class_t::QOS_CLASS_UTILITY, 0) };
    if refused == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(refused)) }
}
