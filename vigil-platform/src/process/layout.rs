//! What macOS says of a process, read by hand from bytes of a known length: pure functions, tested
//! everywhere. Layouts from `sys/proc_info.h` and `sys/sysctl.h`; where the C bindings know them
//! they are compared at compile time (`macos/libproc.rs`).

use super::{ARGV_BYTES, Name, State};

/// `struct proc_bsdinfo`.
pub(crate) const BSD_BYTES: usize = 136;
/// `struct proc_taskinfo`.
pub(crate) const TASK_BYTES: usize = 96;
/// `struct proc_vnodepathinfo`, and where the working directory's path is in it.
pub(crate) const FOLDERS_BYTES: usize = 2352;
pub(crate) const FOLDER: usize = 152;
/// `MAXPATHLEN`.
pub(crate) const PATH: usize = 1024;

/// Where the parts of `proc_bsdinfo` and `proc_taskinfo` are.
pub(crate) mod at {
    pub(crate) const STATUS: usize = 4;
    pub(crate) const PID: usize = 12;
    pub(crate) const PPID: usize = 16;
    pub(crate) const UID: usize = 20;
    pub(crate) const REAL_UID: usize = 28;
    pub(crate) const NAME: usize = 48;
    pub(crate) const START_SECONDS: usize = 120;
    pub(crate) const START_MICROS: usize = 128;
    pub(crate) const RESIDENT: usize = 8;
    pub(crate) const USER_TIME: usize = 16;
    pub(crate) const SYSTEM_TIME: usize = 24;
}

/// What `proc_bsdinfo` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bsd {
    pub(crate) pid: u32,
    pub(crate) ppid: u32,
    pub(crate) uid: u32,
    pub(crate) effective_uid: u32,
    pub(crate) started: i64,
    pub(crate) state: State,
    pub(crate) name: Name,
}

pub(crate) fn bsd(info: &[u8; BSD_BYTES]) -> Option<Bsd> {
    let name = info.get(at::NAME..at::NAME + Name::BYTES)?;
    let seconds = i64::from_ne_bytes(field(info, at::START_SECONDS)?);
    let micros = i64::from_ne_bytes(field(info, at::START_MICROS)?);
    Some(Bsd {
        pid: word(info, at::PID)?,
        ppid: word(info, at::PPID)?,
        uid: word(info, at::REAL_UID)?,
        effective_uid: word(info, at::UID)?,
        started: seconds.checked_mul(1_000_000)?.checked_add(micros)?,
        // `sys/proc.h`: SIDL, SRUN, SSLEEP, SSTOP, SZOMB.
        state: match word(info, at::STATUS)? {
            1 | 2 => State::Running,
            3 => State::Sleeping,
            4 => State::Stopped,
            5 => State::Ended,
            _ => State::Other,
        },
        name: Name::cut(until_zero(name)),
    })
}

/// Processor time in the machine's own ticks, and resident memory in bytes.
pub(crate) fn task(info: &[u8; TASK_BYTES]) -> Option<(u64, u64)> {
    let long = |at| field(info, at).map(u64::from_ne_bytes);
    let ticks = long(at::USER_TIME)?.checked_add(long(at::SYSTEM_TIME)?)?;
    Some((ticks, long(at::RESIDENT)?))
}

/// The working directory's path.
pub(crate) fn folder(info: &[u8; FOLDERS_BYTES]) -> Option<&[u8]> {
    info.get(FOLDER..FOLDER + PATH).map(until_zero).filter(|path| !path.is_empty())
}

/// The arguments in what `KERN_PROCARGS2` gives, and whether they were cut: their number, the file's
/// path, filling, the arguments, and then the environment, which is never looked at. An empty first
/// argument cannot be told from the filling, so it is left out.
pub(crate) fn arguments(all: &[u8]) -> Option<(Vec<u8>, bool)> {
    let count = u32::from_ne_bytes(field(all, 0)?);
    let rest = all.get(4..)?;
    let path = rest.iter().position(|byte| *byte == 0)?;
    let filling = rest.get(path..)?.iter().position(|byte| *byte != 0)?;
    let mut rest = rest.get(path + filling..)?;
    let mut arguments = Vec::new();
    for _ in 0..count {
        let length = match rest.iter().position(|byte| *byte == 0) {
            Some(end) => end + 1,
            // The kernel's answer ends within an argument.
            None => return Some((room(arguments, rest), true)),
        };
        let (argument, others) = rest.split_at_checked(length)?;
        if arguments.len() + length > ARGV_BYTES {
            return Some((room(arguments, argument), true));
        }
        arguments.extend_from_slice(argument);
        rest = others;
    }
    (!arguments.is_empty()).then_some((arguments, false))
}

/// As much more as there is room for.
fn room(mut arguments: Vec<u8>, more: &[u8]) -> Vec<u8> {
    let room = ARGV_BYTES.saturating_sub(arguments.len()).min(more.len());
    arguments.extend(more.get(..room).unwrap_or_default());
    arguments
}

pub(crate) fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_ne_bytes)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests;
