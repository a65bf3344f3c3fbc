//! Landlock by its three system calls (linux/landlock.h): files below the named folders, and nothing
//! else of the file system. A kernel without it is said so, not refused.

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
};

const CREATE_RULESET_VERSION: u32 = 1;
const RULE_PATH_BENEATH: libc::c_int = 1;

const EXECUTE: u64 = 1 << 0;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SYM: u64 = 1 << 12;
const TRUNCATE: u64 = 1 << 14;
/// What the kernel can take away: all of the first version, then one more in each.
const FIRST: u64 = (1 << 13) - 1;
const REFER: u64 = 1 << 13;
const IOCTL_DEV: u64 = 1 << 15;

/// Whom a process may signal: those that it starts, and nobody else. Of the sixth version.
const SCOPE_SIGNAL: u64 = 1 << 1;
pub(super) const SCOPED: i64 = 6;

/// `struct landlock_ruleset_attr` of the sixth version. Earlier kernels know its beginning.
#[repr(C)]
struct Ruleset {
    handled_access_fs: u64,
    handled_access_net: u64,
    scoped: u64,
}

/// Bytes of the struct's first version.
const RULESET_FIRST: usize = 8;

/// `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent_fd: i32,
}

const _: () = assert!(size_of::<Ruleset>() == 24);
const _: () = assert!(size_of::<PathBeneath>() == 12);

/// What is left of a folder, or of a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Reading the files in it.
    Read,
    /// Its files: reading, making, writing, removing.
    Files,
    /// Reading, and starting programs.
    Programs,
    /// Everything but devices and sockets.
    Everything,
    /// Reading and writing what is no folder.
    Device,
}

impl Access {
    const fn bits(self) -> u64 {
        match self {
            Self::Read => READ_FILE | READ_DIR,
            Self::Files => Self::Read.bits() | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE,
            Self::Programs => Self::Read.bits() | EXECUTE,
            Self::Everything => {
                Self::Files.bits() | EXECUTE | MAKE_DIR | REMOVE_DIR | MAKE_SYM | REFER
            }
            Self::Device => READ_FILE | WRITE_FILE | TRUNCATE,
        }
    }
}

/// Leaves what `rules` say, and nothing else of the file system. False when this kernel has no
/// Landlock. With `alone`, nobody but what is started from here on can be signalled, where the kernel
/// knows how (6.12).
pub(super) fn restrict(rules: &[(BorrowedFd<'_>, Access)], alone: bool) -> io::Result<bool> {
    let Some(version) = version() else { return Ok(false) };
    let handled = FIRST
        | if version >= 2 { REFER } else { 0 }
        | if version >= 3 { TRUNCATE } else { 0 }
        | if version >= 5 { IOCTL_DEV } else { 0 };
    let scoped = if alone && version >= SCOPED { SCOPE_SIGNAL } else { 0 };
    let size = if version >= SCOPED { size_of::<Ruleset>() } else { RULESET_FIRST };
    let ruleset = Ruleset { handled_access_fs: handled, handled_access_net: 0, scoped };
    let ruleset = create(&ruleset, size)?;
    for (folder, access) in rules {
        allow(&ruleset, *folder, access.bits() & handled)?;
    }
    enforce(&ruleset)?;
    Ok(true)
}

#[expect(unsafe_code, reason = "a system call without a safe wrapper")]
pub(super) fn version() -> Option<i64> {
    // SAFETY: with this flag the kernel reads no memory of ours: no attribute, size 0.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<Ruleset>(),
            0_usize,
            CREATE_RULESET_VERSION,
        )
    };
    (version > 0).then_some(version)
}

#[expect(unsafe_code, reason = "a system call without a safe wrapper")]
fn create(ruleset: &Ruleset, size: usize) -> io::Result<OwnedFd> {
    // SAFETY: the kernel reads as many bytes as the size says, which are the struct's or fewer.
    let made = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::from_ref(ruleset),
            size.min(size_of::<Ruleset>()),
            0_u32,
        )
    };
    let made = i32::try_from(done(made)?).map_err(io::Error::other)?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

#[expect(unsafe_code, reason = "a system call without a safe wrapper")]
fn allow(ruleset: &OwnedFd, folder: BorrowedFd<'_>, access: u64) -> io::Result<()> {
    let rule = PathBeneath { allowed_access: access, parent_fd: folder.as_raw_fd() };
    // SAFETY: both descriptors are open, and the kernel reads one struct of the kind it is told.
    let done_with = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            RULE_PATH_BENEATH,
            std::ptr::from_ref(&rule),
            0_u32,
        )
    };
    done(done_with).map(drop)
}

#[expect(unsafe_code, reason = "a system call without a safe wrapper")]
fn enforce(ruleset: &OwnedFd) -> io::Result<()> {
    // SAFETY: two numbers, no memory of ours.
    done(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0_u32) })
        .map(drop)
}

fn done(answer: libc::c_long) -> io::Result<libc::c_long> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}
