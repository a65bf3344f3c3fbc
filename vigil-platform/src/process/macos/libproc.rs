//! The calls of libproc and sysctl, each into bytes of a checked length. Read from headers; never
//! run on a Mac (docs/MACOS.md).

use std::{ffi::c_void, io, mem::offset_of};

use super::super::layout::{
    self, BSD_BYTES, Bsd, FOLDER, FOLDERS_BYTES, PATH, TASK_BYTES, at, until_zero,
};

/// `sys/proc_info.h`.
const PROC_ALL_PIDS: u32 = 1;
/// Also processes that have ended (`proc_pidinfo`'s argument for `PROC_PIDTBSDINFO`).
const ENDED_TOO: u64 = 1;
/// `PROC_PIDPATHINFO_MAXSIZE`.
const FILE: usize = 4 * PATH;
/// What the kernel passes to a program at the most (`ARG_MAX` of `sys/syslimits.h`).
const ARG_MAX: usize = 1024 * 1024;
/// More processes than macOS can have (`kern.maxproc` is at most a few tens of thousands).
const PROCESSES: usize = 100_000;

const _: () = assert!(size_of::<libc::proc_bsdinfo>() == BSD_BYTES);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_status) == at::STATUS);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_pid) == at::PID);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_ppid) == at::PPID);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_uid) == at::UID);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_ruid) == at::REAL_UID);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_comm) == at::NAME);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_start_tvsec) == at::START_SECONDS);
const _: () = assert!(offset_of!(libc::proc_bsdinfo, pbi_start_tvusec) == at::START_MICROS);
const _: () = assert!(size_of::<libc::proc_taskinfo>() == TASK_BYTES);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_resident_size) == at::RESIDENT);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_total_user) == at::USER_TIME);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_total_system) == at::SYSTEM_TIME);
const _: () = assert!(size_of::<libc::proc_vnodepathinfo>() == FOLDERS_BYTES);
const _: () = assert!(offset_of!(libc::proc_vnodepathinfo, pvi_cdir) == 0);
const _: () = assert!(offset_of!(libc::vnode_info_path, vip_path) == FOLDER);

/// Every process's number, rising.
#[expect(unsafe_code, reason = "no safe call lists processes")]
pub(crate) fn pids() -> io::Result<Vec<u32>> {
    let mut pids = vec![0_u32; PROCESSES];
    let room = size(size_of_val(pids.as_slice()))?;
    // SAFETY: `pids` is valid for writes of `room` bytes, and any bits are a valid u32.
    let written = unsafe { libc::proc_listpids(PROC_ALL_PIDS, 0, pids.as_mut_ptr().cast(), room) };
    let written = told(written)?;
    pids.truncate(written / size_of::<u32>());
    pids.retain(|pid| *pid != 0);
    pids.sort_unstable();
    pids.dedup();
    Ok(pids)
}

pub(crate) fn bsd(pid: u32) -> io::Result<Bsd> {
    let mut info = [0; BSD_BYTES];
    whole(pid, libc::PROC_PIDTBSDINFO, ENDED_TOO, &mut info)?;
    layout::bsd(&info).filter(|bsd| bsd.pid == pid).ok_or_else(odd)
}

/// Processor time in ticks, and resident memory in bytes.
pub(crate) fn task(pid: u32) -> io::Result<(u64, u64)> {
    let mut info = [0; TASK_BYTES];
    whole(pid, libc::PROC_PIDTASKINFO, 0, &mut info)?;
    layout::task(&info).ok_or_else(odd)
}

/// The working directory.
pub(crate) fn folder(pid: u32) -> io::Result<Vec<u8>> {
    let mut info = [0; FOLDERS_BYTES];
    whole(pid, libc::PROC_PIDVNODEPATHINFO, 0, &mut info)?;
    layout::folder(&info).map(<[u8]>::to_vec).ok_or_else(odd)
}

/// The file that it runs.
#[expect(unsafe_code, reason = "no safe call gives a process's file")]
pub(crate) fn file(pid: u32) -> io::Result<Vec<u8>> {
    let mut buffer = [0_u8; FILE];
    let room = u32::try_from(buffer.len()).map_err(io::Error::other)?;
    // SAFETY: `buffer` is valid for writes of `room` bytes.
    let written = unsafe { libc::proc_pidpath(number(pid)?, buffer.as_mut_ptr().cast(), room) };
    path(buffer.get(..told(written)?).ok_or_else(odd)?)
}

/// What `KERN_PROCARGS2` gives: see [`layout::arguments`].
#[expect(unsafe_code, reason = "no safe call gives a process's arguments")]
pub(crate) fn arguments(pid: u32) -> io::Result<Vec<u8>> {
    let mut name = [libc::CTL_KERN, libc::KERN_PROCARGS2, number(pid)?];
    let mut all = vec![0_u8; ARG_MAX];
    let mut length = all.len();
    // SAFETY: `name` is an array of three numbers, as is said; `all` is valid for writes of `length`
    // bytes; nothing is set.
    let answer = unsafe {
        libc::sysctl(
            name.as_mut_ptr(),
            3,
            all.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    all.truncate(length);
    Ok(all)
}

/// Descriptors and their kinds (`struct proc_fdinfo`), at most `most`.
pub(crate) fn descriptors(pid: u32, most: usize) -> io::Result<Vec<[u8; 8]>> {
    let mut found = vec![[0_u8; 8]; most];
    let written = info(pid, libc::PROC_PIDLISTFDS, 0, found.as_flattened_mut())?;
    found.truncate(written / 8);
    Ok(found)
}

/// About a descriptor.
#[expect(unsafe_code, reason = "no safe call tells of another process's descriptor")]
pub(crate) fn descriptor(
    pid: u32,
    descriptor: i32,
    flavor: i32,
    buffer: &mut [u8],
) -> io::Result<()> {
    let room = size(buffer.len())?;
    let to: *mut c_void = buffer.as_mut_ptr().cast();
    // SAFETY: `buffer` is valid for writes of `room` bytes.
    let written = unsafe { libc::proc_pidfdinfo(number(pid)?, descriptor, flavor, to, room) };
    if told(written)? == buffer.len() { Ok(()) } else { Err(odd()) }
}

/// Microseconds of the machine's ticks.
pub(crate) fn to_micros(ticks: u64) -> u64 {
    let (numerator, denominator) = timebase();
    let nanos = u128::from(ticks) * u128::from(numerator) / u128::from(denominator.max(1));
    u64::try_from(nanos / 1000).unwrap_or(u64::MAX)
}

#[expect(unsafe_code, reason = "no safe call gives the length of a tick")]
#[expect(deprecated, reason = "the bindings that replace it are one more crate")]
fn timebase() -> (u32, u32) {
    let mut base = libc::mach_timebase_info { numer: 1, denom: 1 };
    // SAFETY: `base` is valid for writes of one `mach_timebase_info`.
    let _ = unsafe { libc::mach_timebase_info(&raw mut base) };
    (base.numer, base.denom)
}

fn whole(pid: u32, flavor: i32, argument: u64, buffer: &mut [u8]) -> io::Result<()> {
    let written = info(pid, flavor, argument, buffer)?;
    if written == buffer.len() { Ok(()) } else { Err(odd()) }
}

#[expect(unsafe_code, reason = "no safe call tells of a process")]
fn info(pid: u32, flavor: i32, argument: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let room = size(buffer.len())?;
    let to: *mut c_void = buffer.as_mut_ptr().cast();
    // SAFETY: `buffer` is valid for writes of `room` bytes.
    told(unsafe { libc::proc_pidinfo(number(pid)?, flavor, argument, to, room) })
}

/// How much was written; 0 and less is an error of the kernel's.
fn told(written: i32) -> io::Result<usize> {
    match usize::try_from(written) {
        Ok(0) | Err(_) => Err(io::Error::last_os_error()),
        Ok(written) => Ok(written),
    }
}

fn path(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let path = until_zero(bytes);
    if path.is_empty() { Err(odd()) } else { Ok(path.to_vec()) }
}

fn number(pid: u32) -> io::Result<i32> {
    i32::try_from(pid).map_err(|_| rustix::io::Errno::SRCH.into())
}

fn size(bytes: usize) -> io::Result<i32> {
    i32::try_from(bytes).map_err(io::Error::other)
}

fn odd() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the kernel's answer about a process has another form",
    )
}
