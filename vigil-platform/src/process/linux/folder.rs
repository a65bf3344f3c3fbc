//! One process's folder below /proc, held open: whatever is read through it is of that very
//! process. After its end every read fails, also when its number is another's by then.

use std::{
    ffi::CStr,
    io::{self, Write},
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use super::stat::{self, STAT_BYTES, STATUS_BYTES, Stat};
use rustix::{
    fs::{CWD, Mode, OFlags},
    io::Errno,
};

/// `/proc/PID`.
pub(crate) struct Folder(OwnedFd);

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Folder {
    /// # Errors
    /// `ENOENT` when there is no such process.
    pub(crate) fn open(pid: u32) -> io::Result<Self> {
        let mut path = [0_u8; 24];
        write!(path.as_mut_slice(), "/proc/{pid}\0")?;
        let path = CStr::from_bytes_until_nul(&path).map_err(io::Error::other)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(CWD, path, flags, Mode::empty())?))
    }

    /// As much of a file as `buffer` holds.
    pub(crate) fn read<'a>(&self, file: &CStr, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let file =
            rustix::fs::openat(&self.0, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        let mut length = 0;
        while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match rustix::io::read(&file, rest) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(buffer.get(..length).unwrap_or_default())
    }

    /// As much of a small generated file as one read gives. The kernel makes `stat` and `status`
    /// whole for the first one.
    pub(crate) fn read_once<'a>(&self, file: &CStr, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let file =
            rustix::fs::openat(&self.0, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut *buffer))?;
        Ok(buffer.get(..length).unwrap_or_default())
    }

    /// Where a link points to; nothing when it may not be known or is longer than `N`.
    pub(crate) fn link<const N: usize>(&self, link: &CStr) -> Option<Vec<u8>> {
        let mut buffer = [const { MaybeUninit::<u8>::uninit() }; N];
        let (target, rest) = rustix::fs::readlinkat_raw(&self.0, link, &mut buffer).ok()?;
        // A target that fills the buffer may have been longer.
        (!rest.is_empty() && !target.is_empty()).then(|| target.to_vec())
    }

    /// `stat`, read.
    pub(crate) fn stat(&self) -> io::Result<Stat> {
        let mut buffer = [0; STAT_BYTES];
        stat::parse(self.read_once(c"stat", &mut buffer)?).ok_or_else(odd)
    }

    /// The real and the effective user.
    pub(crate) fn users(&self) -> io::Result<(u32, u32)> {
        let mut buffer = [0; STATUS_BYTES];
        stat::users(self.read_once(c"status", &mut buffer)?).ok_or_else(odd)
    }
}

fn odd() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a process's file below /proc has another form")
}
