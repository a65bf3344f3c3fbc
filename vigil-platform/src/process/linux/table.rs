//! Walks /proc without allocating.

use std::{io, mem::MaybeUninit, ops::ControlFlow};

use rustix::fs::{CWD, Mode, OFlags, RawDir};

use super::{
    super::{ProcessError, Row},
    details::gone,
    folder::Folder,
    stat,
};

pub(crate) fn table(after: u32, mut visit: impl FnMut(&Row) -> ControlFlow<()>) -> io::Result<()> {
    // Without it no row has a time, which is the table's error and not each row's.
    stat::started(0)?;
    each_process(after, |pid| match row(pid) {
        Ok(row) => visit(&row),
        // It has ended since it was listed.
        Err(_) => ControlFlow::Continue(()),
    })
}

/// Calls `visit` with the number of every process above `after`, in rising order as the kernel
/// lists them.
pub(crate) fn each_process(
    after: u32,
    mut visit: impl FnMut(u32) -> ControlFlow<()>,
) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let proc = rustix::fs::openat(CWD, c"/proc", flags, Mode::empty())?;
    let mut buffer = [const { MaybeUninit::uninit() }; 8192];
    let mut entries = RawDir::new(proc, &mut buffer);
    while let Some(entry) = entries.next() {
        let Some(pid) = number(entry?.file_name().to_bytes()) else {
            continue;
        };
        if pid > after && visit(pid).is_break() {
            break;
        }
    }
    Ok(())
}

pub(crate) fn number(name: &[u8]) -> Option<u32> {
    std::str::from_utf8(name).ok()?.parse().ok()
}

pub(crate) fn row(pid: u32) -> Result<Row, ProcessError> {
    read_row(pid).map_err(gone)
}

fn read_row(pid: u32) -> io::Result<Row> {
    let folder = Folder::open(pid)?;
    let stat = folder.stat()?;
    let (uid, effective_uid) = folder.users()?;
    Ok(Row {
        pid,
        ppid: (stat.ppid != 0).then_some(stat.ppid),
        uid,
        effective_uid,
        started: stat::started(stat.start_ticks)?,
        cpu_us: stat.cpu_us,
        rss: stat.rss_pages.saturating_mul(u64::try_from(rustix::param::page_size()).unwrap_or(0)),
        state: stat.state,
        name: stat.name,
    })
}
