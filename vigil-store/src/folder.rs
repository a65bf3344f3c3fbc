//! The store's folder: its files, their permissions, and the lock that lets one process write.
//! Never reads or writes the database itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process,
};

use crate::error::Error;

const DATABASE: &str = "vigil.db";
const LOCK: &str = "vigil.lock";

/// A file of this name in the store's folder says that the database was found damaged by somebody who
/// only reads: whoever opens it next for writing looks through all of it first.
pub const DOUBTED: &str = "vigil.doubted";

/// That file in `dir`.
pub(crate) fn doubted(dir: &Path) -> PathBuf {
    dir.join(DOUBTED)
}

/// The database in `dir`.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// Everything SQLite keeps for the database in `dir`.
pub(crate) fn files(dir: &Path) -> [PathBuf; 3] {
    [DATABASE, "vigil.db-wal", "vigil.db-shm"].map(|name| dir.join(name))
}

/// Bytes of those files, as the file system reports them.
pub(crate) fn bytes(dir: &Path) -> u64 {
    files(dir).iter().filter_map(|file| fs::metadata(file).ok()).map(|meta| meta.len()).sum()
}

/// Makes the folder and the database file, for their owner alone, and mends their permissions
/// when somebody widened them. SQLite gives its other files the database's permissions.
pub(crate) fn prepare(dir: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| failed("create", dir, source))?;
    restrict(dir, 0o700)?;
    let database = database(dir);
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&database)
        .map_err(|source| failed("create", &database, source))?;
    files(dir).iter().filter(|file| file.exists()).try_for_each(|file| restrict(file, 0o600))
}

fn restrict(path: &Path, mode: u32) -> Result<(), Error> {
    let meta = fs::metadata(path).map_err(|source| failed("look at", path, source))?;
    if meta.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(|source| failed("restrict", path, source))
}

/// The right to write to a folder; given back when dropped, or by the kernel when the process
/// dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `dir`, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|source| failed("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The pid is a courtesy; a lock file without one is still a lock.
                let pid = match file.read_to_string(&mut text) {
                    Ok(_) => text.trim().parse().ok(),
                    Err(_) => None,
                };
                return Err(Error::InUse { path: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path, source)),
        }
        restrict(&path, 0o600)?;
        // A full disk must not keep Vigil from starting over a courtesy.
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", process::id()));
        if let Err(error) = noted {
            tracing::debug!(%error, "cannot note the pid in the lock file");
        }
        Ok(Self { _file: file })
    }
}

pub(crate) fn failed(operation: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { operation, path: path.to_owned(), source }
}
