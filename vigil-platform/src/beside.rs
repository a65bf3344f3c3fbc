//! One new file among those of another program: made whole under a passing name, looked at, and
//! only then given its own. No link is followed below the folder that is given, and nothing that is
//! there is ever replaced.

use std::{
    fs::File,
    io::{self, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::fs::MetadataExt as _,
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{self, AtFlags, Dir, Mode, OFlags},
    io::Errno,
};

use crate::process;

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Why the file was not made.
#[derive(Debug, thiserror::Error)]
pub enum BesideError {
    /// There is something of that name.
    #[error("{} is there already, and is left as it is", .0.display())]
    Exists(PathBuf),
    /// A folder on the way is another user's.
    #[error("{} belongs to another user", .0.display())]
    NotOurs(PathBuf),
    /// A link, or no folder at all, where a folder should be.
    #[error("{} is a link or no folder, and no link is followed there; put a folder in its place", .0.display())]
    Link(PathBuf),
    /// A name that leads elsewhere.
    #[error("`{0}` is no name of a file")]
    Name(String),
    /// Anything else.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

/// A complete file, private to its owner, that does not have its name yet. Gone when dropped.
#[derive(Debug)]
pub struct Beside {
    folder: OwnedFd,
    passing: String,
    name: String,
    path: PathBuf,
    identity: (u64, u64),
}

impl Beside {
    /// Writes `bytes` for the file `name` in the folder `below` of `root`. Folders that are missing
    /// below `root` are made, private to their owner.
    ///
    /// # Errors
    /// There is a file, a link is on the way, or it cannot be written.
    pub fn make(
        root: &Path,
        below: &[&str],
        name: &str,
        bytes: &[u8],
    ) -> Result<Self, BesideError> {
        below.iter().chain([&name]).try_for_each(|name| plain(name))?;
        let mut path = root.to_owned();
        let follow = FOLDER.difference(OFlags::NOFOLLOW);
        let mut folder = fs::open(root, follow, Mode::empty()).map_err(failed("open", &path))?;
        for part in below {
            path.push(part);
            match fs::mkdirat(&folder, *part, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(failed("make", &path)(error)),
            }
            folder = match fs::openat(&folder, *part, FOLDER, Mode::empty()) {
                Ok(folder) => folder,
                Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
                    return Err(BesideError::Link(path));
                }
                Err(error) => return Err(failed("open", &path)(error)),
            };
            let found = fs::fstat(&folder).map_err(failed("look at", &path))?;
            if found.st_uid != process::uid() {
                return Err(BesideError::NotOurs(path));
            }
        }
        path.push(name);
        match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => return Err(BesideError::Exists(path)),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(failed("look for", &path)(error)),
        }
        let passing = format!(".{name}.{}.part", std::process::id());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        forget_left_behind(&folder, name);
        let file = fs::openat(&folder, &passing, flags, Mode::RUSR | Mode::WUSR)
            .map_err(failed("make", &path))?;
        let mut made = Self { folder, passing, name: name.to_owned(), path, identity: (0, 0) };
        let mut file = File::from(file);
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| BesideError::Io {
            action: "write",
            path: made.path.clone(),
            source,
        })?;
        let found = file.metadata().map_err(|source| BesideError::Io {
            action: "look at",
            path: made.path.clone(),
            source,
        })?;
        made.identity = (found.dev(), found.ino());
        Ok(made)
    }

    /// Device and inode, which it keeps.
    pub const fn identity(&self) -> (u64, u64) {
        self.identity
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, unless something has taken that meanwhile.
    ///
    /// # Errors
    /// Something has, or the file system makes no second names.
    pub fn publish(self) -> Result<PathBuf, BesideError> {
        let folder = self.folder.as_fd();
        match fs::linkat(folder, &self.passing, folder, &self.name, AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Err(BesideError::Exists(self.path.clone())),
            Err(error) => return Err(failed("name", &self.path)(error)),
        }
        let _ = fs::fsync(folder);
        Ok(self.path.clone())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // The file itself stays when it has its name.
        let _ = fs::unlinkat(&self.folder, &self.passing, AtFlags::empty());
    }
}

/// Takes away what processes that were killed here have left of the file `name`.
fn forget_left_behind(folder: &OwnedFd, name: &str) {
    let begin = format!(".{name}.");
    let Ok(entries) = Dir::read_from(folder) else { return };
    for entry in entries.flatten() {
        let left = entry.file_name().to_bytes();
        if left.starts_with(begin.as_bytes()) && left.ends_with(b".part") {
            let _ = fs::unlinkat(folder, entry.file_name(), AtFlags::empty());
        }
    }
}

/// A name is one, and leads nowhere.
fn plain(name: &str) -> Result<(), BesideError> {
    let leads = name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']);
    if leads { Err(BesideError::Name(name.to_owned())) } else { Ok(()) }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(Errno) -> BesideError {
    let path = path.to_owned();
    move |error| BesideError::Io { action, path, source: error.into() }
}

#[cfg(test)]
mod tests;
