//! What a process is about, read so that no part is of another process or program.

use std::io;

use rustix::io::Errno;

use super::{
    super::{ARGV_BYTES, Details, PATH_BYTES, ProcessError, State},
    folder::Folder,
    stat::{self, Stat},
};

/// Reads this often before it gives up on a process that keeps becoming another program.
const TRIES: usize = 4;

pub(crate) fn details(pid: u32, started: i64) -> Result<Details, ProcessError> {
    details_with(pid, started, || {})
}

/// `between` runs after the parts were read, before they are known to belong together.
fn details_with(
    pid: u32,
    started: i64,
    mut between: impl FnMut(),
) -> Result<Details, ProcessError> {
    let folder = Folder::open(pid).map_err(gone)?;
    for _ in 0..TRIES {
        let before = folder.stat().map_err(gone)?;
        if stat::started(before.start_ticks).map_err(ProcessError::Read)? != started {
            return Err(ProcessError::Gone);
        }
        let details = read(&folder);
        between();
        // Of the same process it is, since the folder is; but it may run another program by now.
        let after = folder.stat().map_err(gone)?;
        if before.image == after.image && has_ended(&before) == has_ended(&after) {
            return Ok(details);
        }
    }
    Err(ProcessError::Changing)
}

/// Every part as it is now. The arguments come first: they, the file and the folder are lost the
/// moment the process ends.
pub(crate) fn read(folder: &Folder) -> Details {
    let mut argv = vec![0; ARGV_BYTES + 1];
    let length = folder.read(c"cmdline", &mut argv).map_or(0, <[u8]>::len);
    argv.truncate(length);
    let (argv, argv_cut) = whole(argv);
    Details {
        argv,
        argv_cut,
        exe: folder.link::<PATH_BYTES>(c"exe"),
        cwd: folder.link::<PATH_BYTES>(c"cwd"),
    }
}

/// The arguments with their ends. Nothing at all is a process of the kernel's, or one that has
/// ended.
fn whole(mut argv: Vec<u8>) -> (Option<Vec<u8>>, bool) {
    let Some(last) = argv.last().copied() else {
        return (None, false);
    };
    let is_cut = argv.len() > ARGV_BYTES;
    argv.truncate(ARGV_BYTES);
    // A process that wrote over its arguments may have lost the end of the last one.
    if last != 0 && argv.len() < ARGV_BYTES {
        argv.push(0);
    }
    argv.shrink_to_fit();
    (Some(argv), is_cut)
}

fn has_ended(stat: &Stat) -> bool {
    stat.state == State::Ended
}

pub(crate) fn gone(error: io::Error) -> ProcessError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::SRCH) => ProcessError::Gone,
        _ => ProcessError::Read(error),
    }
}

#[cfg(test)]
#[path = "details/tests.rs"]
mod tests;
