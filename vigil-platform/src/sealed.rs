//! Folders and files that nobody but their owner (or root) can change: what a privileged process may
//! believe. Names of files are given by us, never by a caller, and no link is followed to one.

use std::{
    fs::File,
    io::{self, Read},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{ffi::OsStrExt, fs::FileTypeExt},
    },
    path::{Component, Path, PathBuf},
};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags, Stat},
    io::Errno,
};

mod whole;

/// Why a folder or file is not believed.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// It is a link, or of another kind than it has to be.
    #[error("{} is a link, or not what it has to be", .0.display())]
    Kind(PathBuf),
    /// It is somebody else's.
    #[error("{} belongs to uid {owner}; give it to uid {wanted}", path.display())]
    Owner {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it has to be.
        wanted: u32,
    },
    /// Others may write there.
    #[error("others may write to {} (mode {mode:o}); take that right away", path.display())]
    Writable {
        /// What.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// More bytes than it may have.
    #[error("{} has more than {most} bytes", path.display())]
    TooLarge {
        /// What.
        path: PathBuf,
        /// The most.
        most: usize,
    },
    /// Another process holds it.
    #[error("{} is held by another vigild", .0.display())]
    Held(PathBuf),
}

impl SealedError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(Errno) -> Self {
        move |errno| match errno {
            Errno::LOOP | Errno::NOTDIR | Errno::ISDIR => Self::Kind(path.to_owned()),
            errno => Self::Io { action, path: path.to_owned(), source: errno.into() },
        }
    }
}

/// The uid this process acts as.
pub fn effective_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Files that are made from now on are their owner's alone (umask 077).
pub fn private_files() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// A folder that only its owner can change, and so can nobody in the folders above it, held open.
#[derive(Debug)]
pub struct Folder {
    held: OwnedFd,
    path: PathBuf,
    owner: u32,
}

impl Folder {
    /// The folder at `path`, which is absolute, belongs to `owner`, and has no link in its path.
    /// Each folder above it belongs to `owner` or root and is not writable by others, unless it is
    /// sticky (such as `/tmp`).
    ///
    /// # Errors
    /// It is not so.
    pub fn open(path: &Path, owner: u32) -> Result<Self, SealedError> {
        let held = walk(path, owner, OFlags::RDONLY)?;
        Ok(Self { held, path: path.to_owned(), owner })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it for reading and appending, made with mode 0600 when it is not there, and held
    /// against other processes for as long as it is open.
    ///
    /// # Errors
    /// It is a link, has a second name, is somebody else's, open to others, or held by another process.
    pub fn append(&self, name: &str) -> Result<File, SealedError> {
        let path = self.path.join(name);
        let flags = OFlags::RDWR
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.held, name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(SealedError::io("open", &path))?;
        let found = stat(&file, &path)?;
        is_plain(&path, &found)?;
        is_owners(&path, &found, self.owner)?;
        let mode = mode(&found);
        if mode & 0o077 != 0 {
            return Err(SealedError::Writable { path, mode });
        }
        let file = File::from(file);
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(SealedError::Held(path)),
            Err(std::fs::TryLockError::Error(source)) => {
                Err(SealedError::Io { action: "hold", path, source })
            }
        }
    }

    /// Sees to it that files made in it survive a power cut.
    ///
    /// # Errors
    /// The disk failed.
    pub fn sync(&self) -> Result<(), SealedError> {
        rustix::fs::fsync(&self.held).map_err(SealedError::io("sync", &self.path))
    }

    /// Makes room for a socket called `name`: removes one of ours that an earlier run left.
    ///
    /// # Errors
    /// Something else has the name.
    pub fn clear_socket(&self, name: &str) -> Result<(), SealedError> {
        let path = self.path.join(name);
        let found =
            match rustix::fs::statat(&self.held, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => found,
                Err(Errno::NOENT) => return Ok(()),
                Err(errno) => return Err(SealedError::io("look at", &path)(errno)),
            };
        if FileType::from_raw_mode(found.st_mode) != FileType::Socket {
            return Err(SealedError::Kind(path));
        }
        // Its mode is for those who connect: nobody but the folder's owner can exchange it.
        if found.st_uid != self.owner {
            let (owner, wanted) = (found.st_uid, self.owner);
            return Err(SealedError::Owner { path, owner, wanted });
        }
        rustix::fs::unlinkat(&self.held, name, rustix::fs::AtFlags::empty())
            .map_err(SealedError::io("remove", &path))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.held.as_fd()
    }
}

/// What the file at `path` holds, at most `most` bytes; nothing when there is none. The folder it is
/// in is looked at like [`Folder::open`] does, each time.
///
/// # Errors
/// The file or its folder is not `owner`'s alone, or it is too large.
pub fn read(path: &Path, owner: u32, most: usize) -> Result<Option<Vec<u8>>, SealedError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(SealedError::Kind(path.to_owned()));
    };
    let folder = match walk(folder, owner, STEP) {
        Err(SealedError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        folder => folder?,
    };
    // Not waiting for whoever writes into it, should it be a pipe.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(&folder, name.as_bytes(), flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(SealedError::io("open", path)(errno)),
    };
    let found = stat(&file, path)?;
    is_plain(path, &found)?;
    is_owners(path, &found, owner)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    File::from(file).take(limit).read_to_end(&mut bytes).map_err(|source| SealedError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    if bytes.len() > most {
        return Err(SealedError::TooLarge { path: path.to_owned(), most });
    }
    Ok(Some(bytes))
}

/// Whether `path` is a socket; a link to one is none.
pub fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// How a folder is held that is only gone through. Linux needs no right to read it, and Landlock none
/// either.
#[cfg(target_os = "linux")]
const STEP: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const STEP: OFlags = OFlags::RDONLY;

/// The folder at `path`, one step at a time, each from the folder that was looked at: nothing can be
/// exchanged in between.
fn walk(path: &Path, owner: u32, last: OFlags) -> Result<OwnedFd, SealedError> {
    let is_plain = path.components().enumerate().all(|(at, part)| match part {
        Component::RootDir => at == 0,
        Component::Normal(_) => at > 0,
        _ => false,
    });
    if !is_plain {
        return Err(SealedError::Kind(path.to_owned()));
    }
    let always = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut seen = PathBuf::from("/");
    let mut held = rustix::fs::openat(CWD, "/", STEP | always, Mode::empty())
        .map_err(SealedError::io("open", &seen))?;
    let steps = path.components().count();
    for (at, part) in path.components().enumerate().skip(1) {
        above(&seen, &stat(&held, &seen)?, owner)?;
        seen.push(part);
        let how = if at + 1 == steps { last } else { STEP };
        held = rustix::fs::openat(&held, part.as_os_str(), how | always, Mode::empty())
            .map_err(SealedError::io("open", &seen))?;
    }
    is_owners(path, &stat(&held, path)?, owner)?;
    Ok(held)
}

fn stat(file: impl AsFd, path: &Path) -> Result<Stat, SealedError> {
    rustix::fs::fstat(file).map_err(SealedError::io("look at", path))
}

#[cfg_attr(
    target_os = "linux",
    expect(clippy::useless_conversion, reason = "a mode has half a word on macOS")
)]
fn mode(stat: &Stat) -> u32 {
    u32::from(Mode::from_raw_mode(stat.st_mode).bits())
}

fn above(path: &Path, stat: &Stat, owner: u32) -> Result<(), SealedError> {
    const STICKY: u32 = 0o1000;
    if stat.st_uid != 0 && stat.st_uid != owner {
        return Err(SealedError::Owner {
            path: path.to_owned(),
            owner: stat.st_uid,
            wanted: owner,
        });
    }
    let mode = mode(stat);
    if mode & 0o022 != 0 && mode & STICKY == 0 {
        return Err(SealedError::Writable { path: path.to_owned(), mode });
    }
    Ok(())
}

fn is_owners(path: &Path, stat: &Stat, owner: u32) -> Result<(), SealedError> {
    if stat.st_uid != owner {
        return Err(SealedError::Owner {
            path: path.to_owned(),
            owner: stat.st_uid,
            wanted: owner,
        });
    }
    let mode = mode(stat);
    if mode & 0o022 != 0 {
        return Err(SealedError::Writable { path: path.to_owned(), mode });
    }
    Ok(())
}

/// A file with one name: a second one could stand where others may write.
fn is_plain(path: &Path, stat: &Stat) -> Result<(), SealedError> {
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_nlink == 1 {
        Ok(())
    } else {
        Err(SealedError::Kind(path.to_owned()))
    }
}

#[cfg(test)]
mod tests;
