//! One user's settings, led to us and put back with a backup on disk: written before the first
//! change, never over another, and deleted when everything was read back. Whoever is killed where,
//! the next one to open it puts things right.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{Backup, Lookup, Restored, Route, SysProxy, SysProxyError};
use crate::{
    made::{self, Whose},
    paths::PathError,
    private,
};

/// The backup's name in the folder for Vigil's state.
pub const KEPT: &str = "system-proxy.backup";

/// The lock's name there.
const LOCK: &str = "system-proxy.lock";

/// No backup is larger, in bytes.
const BACKUP_MAX: u64 = 1024 * 1024;

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The only one at the user's settings, for as long as it and the programs that it runs live.
pub struct Keeper<'a> {
    home: &'a Path,
    env: &'a Lookup<'a>,
    lock: Arc<File>,
    backup: PathBuf,
}

impl<'a> Keeper<'a> {
    /// Waits for whoever is at the settings, for `patience` at the longest. `state` is our folder.
    ///
    /// # Errors
    /// The other one does not end, or the lock cannot be had at all.
    pub fn open(
        state: &Path,
        home: &'a Path,
        env: &'a Lookup<'a>,
        patience: Duration,
    ) -> Result<Self, SysProxyError> {
        let path = state.join(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed("open", &path))?;
        let until = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(LOOK_EVERY);
                }
                Err(TryLockError::WouldBlock) => return Err(SysProxyError::Busy),
                Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
            }
        }
        Ok(Self { home, env, lock: Arc::new(file), backup: state.join(KEPT) })
    }

    /// Leads the settings to `route`. When that fails half-way, what was there is put back.
    ///
    /// # Errors
    /// There is a backup already, or the settings could not be read or written.
    pub fn enable(&self, route: Route) -> Result<(), SysProxyError> {
        if fs::symlink_metadata(&self.backup).is_ok() {
            return Err(SysProxyError::Pending(self.backup.clone()));
        }
        let proxy = self.proxy();
        let backup = proxy.prepare(route)?;
        let missing = proxy.places.folder().map(made::missing).unwrap_or_default();
        made::note(self.state(), Whose::Proxy, &missing)
            .map_err(|error| failed("write", &self.backup)(into_io(error)))?;
        private::write(&self.backup, backup.to_text().as_bytes())
            .map_err(|error| failed("write", &self.backup)(into_io(error)))?;
        proxy.apply(&backup).inspect_err(|_| {
            // Why it failed matters more; the backup stays when this fails too.
            let _ = self.restore();
        })
    }

    /// Puts back what an [`Self::enable`], of whichever process, has changed. Without a backup it does
    /// nothing, and does not even look at the settings.
    ///
    /// # Errors
    /// Something could not be put back. The backup stays, to be tried again.
    pub fn restore(&self) -> Result<Option<Restored>, SysProxyError> {
        let Some(backup) = self.kept()? else {
            return Ok(None);
        };
        let restored = self.proxy().restore(&backup)?;
        let noted = |error| failed("read", &self.backup)(into_io(error));
        for folder in made::read(self.state(), Whose::Proxy).map_err(noted)?.iter().rev() {
            // One that somebody uses is not empty, and stays.
            let _ = fs::remove_dir(folder);
        }
        made::forget(self.state(), Whose::Proxy).map_err(noted)?;
        fs::remove_file(&self.backup).map_err(failed("delete", &self.backup))?;
        Ok(Some(restored))
    }

    fn state(&self) -> &Path {
        self.backup.parent().unwrap_or(&self.backup)
    }

    /// The lock is the open file's, not the process's: a program that one of us ran and did not live
    /// to see the end of holds it still, so that nobody puts back what it then changes.
    fn proxy(&self) -> SysProxy {
        SysProxy::holding(self.home, self.env, Arc::clone(&self.lock))
    }

    fn kept(&self) -> Result<Option<Backup>, SysProxyError> {
        use io::Read as _;
        let path = &self.backup;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(path);
        let file: File = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", path)(error)),
        };
        let mut text = String::new();
        file.take(BACKUP_MAX).read_to_string(&mut text).map_err(failed("read", path))?;
        Backup::from_text(&text)
            .map(Some)
            .map_err(|what| SysProxyError::Backup { path: path.clone(), what })
    }
}

impl fmt::Debug for Keeper<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("backup", &self.backup).finish_non_exhaustive()
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SysProxyError {
    let path = path.to_owned();
    move |source| SysProxyError::File { action, path, source }
}

fn into_io(error: PathError) -> io::Error {
    match error {
        PathError::Io { source, .. } => source,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
