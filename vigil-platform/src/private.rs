//! Files and folders that only their owner may read. A file is written whole or not at all, and
//! what is found on disk is used only when it is ours and was not readable by others.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::OFlags;

use crate::{
    paths::{PathError, mode_of},
    process,
};

/// Makes `folder` and what is missing above it, private to its owner (0700), and mends its mode
/// when it is wider. Folders above that exist already are left as they are.
///
/// # Errors
/// It is a link, not a folder, another user's, or cannot be made.
pub fn ensure_dir(folder: &Path) -> Result<(), PathError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .or_else(|error| match error.kind() {
            // A dangling link or a file: the checks below name it.
            io::ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })
        .map_err(PathError::io("create", folder))?;
    let metadata = fs::symlink_metadata(folder).map_err(PathError::io("look at", folder))?;
    if metadata.is_symlink() {
        return Err(PathError::Link(folder.to_owned()));
    }
    if !metadata.is_dir() {
        return Err(PathError::NotAFolder(folder.to_owned()));
    }
    check_owner(folder, &metadata)?;
    if mode_of(&metadata) != 0o700 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .map_err(PathError::io("make private", folder))?;
    }
    Ok(())
}

/// Writes `bytes` to `path` with mode 0600: a reader sees the old file or the new one, and after
/// this returns the new one survives a power cut.
///
/// # Errors
/// The folder is missing or not writable, or the disk is full; the old file is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    let staged = stage(path, bytes)?;
    fs::rename(&staged.0, path).map_err(PathError::io("replace", path))?;
    sync_parent(path)
}

/// The 32 random bytes kept in `path`, made on first use. Two processes that start together get
/// the same key.
///
/// # Errors
/// The file is another user's, readable by others, of another length, or cannot be made.
pub fn read_or_create_key(path: &Path) -> Result<[u8; 32], PathError> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|source| PathError::Random { path: path.to_owned(), source })?;
    let staged = stage(path, &key)?;
    // A link never replaces: whoever comes second reads the first one's key.
    match fs::hard_link(&staged.0, path) {
        Ok(()) => {
            sync_parent(path)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key(path)?
            .ok_or_else(|| PathError::io("read", path)(io::ErrorKind::NotFound.into())),
        Err(error) => Err(PathError::io("create", path)(error)),
    }
}

/// Reads a small file that only its owner can read; `None` when there is none.
///
/// # Errors
/// The file is a link, another user's, readable by others, or longer than 64 KiB.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    read_up_to(path, 64 * 1024)
}

/// The files in `folder`; none when it does not exist.
///
/// # Errors
/// It cannot be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, PathError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(PathError::io("read", folder)(error)),
    };
    let paths: io::Result<_> = entries.map(|entry| Ok(entry?.path())).collect();
    paths.map_err(PathError::io("read", folder))
}

/// Overwrites a file of ours with zeros and deletes it; false when there is none. What the disk
/// itself, or a copy that somebody made, still has of it is beyond reach.
///
/// # Errors
/// It is a link, another user's, or cannot be written or deleted.
pub fn destroy(path: &Path) -> Result<bool, PathError> {
    let opened = OpenOptions::new().write(true).custom_flags(careful()).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(PathError::io("open", path)(error)),
    };
    let metadata = file.metadata().map_err(PathError::io("look at", path))?;
    check_is_file(path, &metadata)?;
    check_owner(path, &metadata)?;
    io::copy(&mut io::repeat(0).take(metadata.len()), &mut file)
        .and_then(|_| file.sync_all())
        .map_err(PathError::io("overwrite", path))?;
    fs::remove_file(path).map_err(PathError::io("delete", path))?;
    sync_parent(path)?;
    Ok(true)
}

/// The same for a file of at most `most` bytes.
///
/// # Errors
/// The file is a link, no file, another user's, readable by others, or longer than that.
pub fn read_up_to(path: &Path, most: u64) -> Result<Option<Vec<u8>>, PathError> {
    let Some((file, length)) = open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    if length > most {
        return Err(PathError::io("read", path)(io::ErrorKind::FileTooLarge.into()));
    }
    file.take(most).read_to_end(&mut bytes).map_err(PathError::io("read", path))?;
    Ok(Some(bytes))
}

fn read_key(path: &Path) -> Result<Option<[u8; 32]>, PathError> {
    let Some((mut file, length)) = open(path)? else { return Ok(None) };
    if length != 32 {
        return Err(PathError::BadKey { path: path.to_owned(), length });
    }
    let mut key = [0; 32];
    file.read_exact(&mut key).map_err(PathError::io("read", path))?;
    Ok(Some(key))
}

/// The file `path` and its length, when it is ours alone.
fn open(path: &Path) -> Result<Option<(File, u64)>, PathError> {
    let opened = OpenOptions::new().read(true).custom_flags(careful()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PathError::io("open", path)(error)),
    };
    let metadata = file.metadata().map_err(PathError::io("look at", path))?;
    check_is_file(path, &metadata)?;
    check_owner(path, &metadata)?;
    let mode = mode_of(&metadata);
    if mode & 0o077 != 0 {
        return Err(PathError::Readable { path: path.to_owned(), mode });
    }
    Ok(Some((file, metadata.len())))
}

/// A complete file beside its destination; gone when dropped, unless it was renamed.
struct Staged(PathBuf);

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, PathError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let staged = Staged(path.with_file_name(name));
    // Left behind by a process with our number that was killed here.
    let _ = fs::remove_file(&staged.0);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(careful())
        .open(&staged.0)
        .map_err(PathError::io("create", &staged.0))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(PathError::io("write", &staged.0))?;
    Ok(staged)
}

fn sync_parent(path: &Path) -> Result<(), PathError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(PathError::io("sync", parent))
}

fn check_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), PathError> {
    let (owner, us) = (metadata.uid(), process::uid());
    if owner == us {
        Ok(())
    } else {
        Err(PathError::OtherOwner { path: path.to_owned(), owner, us })
    }
}

/// A pipe has no length, and nobody may ever write into it.
fn check_is_file(path: &Path, metadata: &fs::Metadata) -> Result<(), PathError> {
    if metadata.is_file() {
        Ok(())
    } else {
        let kind = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        Err(PathError::io("read", path)(kind))
    }
}

/// No link is followed, and what is no file is not waited for.
fn careful() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

#[cfg(test)]
mod tests;
