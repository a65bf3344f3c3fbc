//! Files of a sealed folder that are written whole or not at all, and folders in it.

use std::{fs::File, io::Write as _};

use rustix::{
    fs::{AtFlags, Mode, OFlags},
    io::Errno,
};

use super::{Folder, SealedError};

impl Folder {
    /// The folder called `name` in this one, made (0700) when it is not there.
    ///
    /// # Errors
    /// It cannot be made, or something else has the name.
    pub fn within(&self, name: &str) -> Result<Self, SealedError> {
        let path = self.path.join(name);
        match rustix::fs::mkdirat(&self.held, name, Mode::RWXU) {
            Ok(()) => self.sync()?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(SealedError::io("make", &path)(errno)),
        }
        Self::open(&path, self.owner)
    }

    /// What the file `name` holds, as [`super::read`] gives it.
    ///
    /// # Errors
    /// The file or the folder is not its owner's alone, or it is too large.
    pub fn read(&self, name: &str, most: usize) -> Result<Option<Vec<u8>>, SealedError> {
        super::read(&self.path.join(name), self.owner, most)
    }

    /// Puts a file with `bytes` and mode 0600 in the place of what has this name, a link too: whoever
    /// looks sees the old one or the new one, and the new one survives a power cut.
    ///
    /// # Errors
    /// It cannot be written. What was there is as it was.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), SealedError> {
        self.put(name, bytes, Mode::RUSR | Mode::WUSR)
    }

    /// The same with mode 0644: everybody may read it.
    ///
    /// # Errors
    /// As with [`Self::replace`].
    pub fn publish(&self, name: &str, bytes: &[u8]) -> Result<(), SealedError> {
        self.put(name, bytes, Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH)
    }

    fn put(&self, name: &str, bytes: &[u8], mode: Mode) -> Result<(), SealedError> {
        let part = format!(".{name}.part");
        let path = self.path.join(&part);
        self.unlink(&part)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.held, &part, flags, Mode::RUSR | Mode::WUSR)
            .map_err(SealedError::io("make", &path))?;
        let mut file = File::from(file);
        let written = file
            .write_all(bytes)
            .and_then(|()| Ok(rustix::fs::fchmod(&file, mode)?))
            .and_then(|()| file.sync_all())
            .and_then(|()| Ok(rustix::fs::renameat(&self.held, &part, &self.held, name)?));
        if let Err(source) = written {
            // Left behind it would do no harm; the error is what matters.
            let _ = self.unlink(&part);
            return Err(SealedError::Io { action: "write", path, source });
        }
        self.sync()
    }

    /// Takes the file `name` away, if it is there.
    ///
    /// # Errors
    /// It cannot be taken away.
    pub fn remove(&self, name: &str) -> Result<(), SealedError> {
        self.unlink(name)?;
        self.sync()
    }

    fn unlink(&self, name: &str) -> Result<(), SealedError> {
        match rustix::fs::unlinkat(&self.held, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(SealedError::io("remove", &self.path.join(name))(errno)),
        }
    }
}

#[cfg(test)]
mod tests;
