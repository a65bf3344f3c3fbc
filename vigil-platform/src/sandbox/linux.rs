//! Linux: capabilities, `no_new_privs`, Landlock and seccomp, in this order.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd},
};

use rustix::{
    process::{Resource, Rlimit, Signal},
    thread::{CapabilitySet, CapabilitySets},
};

use self::landlock::Access;
use super::{Held, Part};

#[path = "linux/calls.rs"]
mod calls;
#[path = "linux/landlock.rs"]
mod landlock;

/// What reading other users' executables, folders and open files takes (`SYS_PTRACE` and
/// `DAC_READ_SEARCH`), hearing of processes that begin and end (`NET_ADMIN`), and being there before
/// they have ended again (`SYS_NICE`).
const READER: CapabilitySet = CapabilitySet::SYS_PTRACE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::SYS_NICE);

/// What setting the packet filter takes. The certificate store takes nothing: all of it is root's.
const HELPER: CapabilitySet = CapabilitySet::NET_ADMIN;

/// Larger than any file that a program of ours writes.
const FILE: u64 = 64 * 1024 * 1024;

pub(super) fn enter(part: Part<'_>) -> io::Result<Held> {
    let keep = match part {
        Part::Reader => READER,
        Part::Helper { .. } => HELPER,
        Part::Starter | Part::Mutator { .. } => CapabilitySet::empty(),
    };
    keep_only(keep)?;
    rustix::thread::set_no_new_privs(true)?;
    let files = match part {
        // Landlock would take /proc/PID/exe and cwd from the reader, even as root.
        Part::Reader => false,
        Part::Starter => landlock::restrict(&[], false)?,
        Part::Mutator { state, enrolment } => {
            let enrolment = enrolment.map(|folder| (folder, Access::Read));
            let state = (state, Access::Files);
            let rules: Vec<_> = [Some(state), enrolment].into_iter().flatten().collect();
            landlock::restrict(&rules, false)?
        }
        Part::Helper { writes } => programs_write(writes)?,
    };
    if matches!(part, Part::Helper { .. }) {
        let file = Rlimit { current: Some(FILE), maximum: Some(FILE) };
        rustix::process::setrlimit(Resource::Fsize, file)?;
    }
    let open_files = Rlimit { current: Some(256), maximum: Some(256) };
    rustix::process::setrlimit(Resource::Nofile, open_files)?;
    let calls = calls::filter(part)?;
    Ok(Held { rights: true, calls, files })
}

/// Leaves everything to be read and to be started, and these folders to be written below.
fn programs_write(folders: &[BorrowedFd<'_>]) -> io::Result<bool> {
    let (root, null) = (File::open("/")?, File::open("/dev/null")?);
    // Where there is no such folder, nobody writes there.
    let temporary = File::open("/tmp").ok();
    let mut rules = vec![(root.as_fd(), Access::Programs), (null.as_fd(), Access::Device)];
    rules.extend(temporary.iter().map(|folder| (folder.as_fd(), Access::Everything)));
    rules.extend(folders.iter().map(|folder| (*folder, Access::Everything)));
    landlock::restrict(&rules, true)
}

/// Every set, the bounding set too where we may change it.
fn keep_only(keep: CapabilitySet) -> io::Result<()> {
    let have = rustix::thread::capabilities(None)?;
    if have.effective.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all().iter() {
            if !keep.contains(capability) {
                // A kernel that does not know a capability has none to take away.
                match rustix::thread::remove_capability_from_bounding_set(capability) {
                    Ok(()) | Err(rustix::io::Errno::INVAL) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
    }
    rustix::thread::clear_ambient_capability_set()?;
    let keep = keep & have.permitted;
    let sets =
        CapabilitySets { effective: keep, permitted: keep, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets)?;
    let now = rustix::thread::capabilities(None)?;
    if now != sets {
        return Err(io::Error::other("the kernel kept rights that were given up"));
    }
    Ok(())
}

pub(super) fn end_with_parent() -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?)
}

#[cfg(test)]
#[path = "linux/tests.rs"]
mod tests;
