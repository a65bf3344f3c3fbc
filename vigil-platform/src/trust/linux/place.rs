//! A folder that only its owner can change, and so can nobody on the way to it; and one file in it,
//! there whole or not at all. No link is followed on the way, and none at the end.

use std::{
    ffi::CStr,
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{self, AtFlags, Dir, FileType, Mode, OFlags},
    io::Errno,
};

use super::super::TrustError;

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The folder, held open.
#[derive(Debug)]
pub(super) struct Folder {
    held: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// The folder `below` (relative) `root`. Each one on the way belongs to root or to whom `root`
    /// belongs; others cannot write there, but members of `group` may.
    pub(super) fn open(root: &Path, below: &str, group: Option<u32>) -> Result<Self, TrustError> {
        let mut path = root.to_owned();
        let follow = FOLDER.difference(OFlags::NOFOLLOW);
        let mut held = fs::open(root, follow, Mode::empty()).map_err(failed("open", &path))?;
        let owner = fs::fstat(&held).map_err(failed("look at", &path))?.st_uid;
        for name in below.split('/') {
            path.push(name);
            held = fs::openat(&held, name, FOLDER, Mode::empty()).map_err(failed("open", &path))?;
            let found = fs::fstat(&held).map_err(failed("look at", &path))?;
            let mode = Mode::from_raw_mode(found.st_mode);
            let theirs = found.st_uid == 0 || found.st_uid == owner;
            let groups = found.st_gid == 0 || Some(found.st_gid) == group;
            if !theirs || mode.contains(Mode::WOTH) || mode.contains(Mode::WGRP) && !groups {
                return Err(TrustError::NotOurs(path));
            }
        }
        Ok(Self { held, path })
    }

    /// Writes the file `name`, for everybody to read. What was there under this name, a link too,
    /// is replaced at once.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), TrustError> {
        // Neither program takes this for a certificate: it does not end in `.crt`, and is hidden.
        let part = format!(".{name}.part");
        let path = self.path.join(&part);
        self.unlink_at(&part)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.held, &part, flags, Mode::RUSR | Mode::WUSR)
            .map_err(failed("make", &path))?;
        let mut file = File::from(file);
        let written = fs::fchmod(&file, Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(content))
            .and_then(|()| file.sync_all())
            .and_then(|()| Ok(fs::renameat(&self.held, &part, &self.held, name)?));
        if let Err(source) = written {
            // Left behind it would do no harm; the error is what matters.
            let _ = self.unlink_at(&part);
            return Err(TrustError::Io { action: "write", path, source });
        }
        self.sync()
    }

    /// Takes the file `name` away, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), TrustError> {
        self.unlink_at(name)?;
        self.sync()
    }

    /// Takes away every link whose target is `meant`.
    pub(super) fn unlink(&self, meant: impl Fn(&str) -> bool) -> Result<(), TrustError> {
        let entries = Dir::read_from(self.held.as_fd()).map_err(failed("list", &self.path))?;
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed("list", &self.path))?;
            let name = entry.file_name();
            // Where the kind is not told, readlink does.
            if matches!(entry.file_type(), FileType::Symlink | FileType::Unknown)
                && self.target(name).is_some_and(|target| meant(&target))
            {
                found.push(name.to_owned());
            }
        }
        for name in found {
            self.unlink_at(name.as_c_str())?;
        }
        self.sync()
    }

    /// Where a link leads; nothing when it is none, or not to a name of ours.
    fn target(&self, name: &CStr) -> Option<String> {
        fs::readlinkat(&self.held, name, Vec::new()).ok()?.into_string().ok()
    }

    fn unlink_at(&self, name: impl rustix::path::Arg) -> Result<(), TrustError> {
        match fs::unlinkat(&self.held, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed("remove a file of ours in", &self.path)(errno)),
        }
    }

    /// What was changed survives a power cut.
    fn sync(&self) -> Result<(), TrustError> {
        fs::fsync(&self.held).map_err(failed("sync", &self.path))
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(Errno) -> TrustError {
    move |errno| match errno {
        Errno::LOOP | Errno::NOTDIR => TrustError::NotOurs(path.to_owned()),
        errno => TrustError::Io { action, path: path.to_owned(), source: errno.into() },
    }
}
