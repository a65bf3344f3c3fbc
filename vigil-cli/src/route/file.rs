//! A client's settings file as it is found, and its replacement: whole or not at all, and only when
//! nobody changed it in between. Never outside the home, never within a Git work tree.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
};

use vigil_platform::process;

use super::edit::MOST;

/// Why a file is not touched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{} is not below your home", .0.display())]
    Outside(PathBuf),
    #[error("{} is in the Git work tree {}, and would be seen there as a change", path.display(), tree.display())]
    GitTree { path: PathBuf, tree: PathBuf },
    #[error("{} leads to nothing", .0.display())]
    Dangling(PathBuf),
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} belongs to somebody else", .0.display())]
    OtherOwner(PathBuf),
    #[error("{} has another name too (a hard link), which would be left behind", .0.display())]
    HardLink(PathBuf),
    #[error("{} is larger than any settings file", .0.display())]
    TooLarge(PathBuf),
    #[error("{} was changed by somebody meanwhile; nothing was written", .0.display())]
    Changed(PathBuf),
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The path the client reads.
    pub(crate) path: PathBuf,
    /// Where that leads, links followed.
    pub(crate) real: PathBuf,
    /// True when a link below the home is followed on the way.
    pub(crate) is_link: bool,
    /// `None` when there is no file.
    pub(crate) bytes: Option<Vec<u8>>,
    mode: u32,
}

impl Snapshot {
    /// Reads `path`, which must be below `home`.
    pub(crate) fn read(home: &Path, path: &Path) -> Result<Self, Refusal> {
        let failed = |operation, path: &Path| {
            let path = path.to_owned();
            move |source| Refusal::Io { operation, path, source }
        };
        let real_home = fs::canonicalize(home).map_err(failed("resolve", home))?;
        let below = path.strip_prefix(home).or_else(|_| path.strip_prefix(&real_home));
        let below = below.map_err(|_| Refusal::Outside(path.to_owned()))?;
        let real = resolve(path)?;
        if !real.starts_with(&real_home) || below.components().any(|part| part.as_os_str() == "..")
        {
            return Err(Refusal::Outside(real));
        }
        let tree = real.ancestors().skip(1).find(|f| fs::symlink_metadata(f.join(".git")).is_ok());
        if let Some(tree) = tree {
            return Err(Refusal::GitTree { tree: tree.to_owned(), path: real });
        }
        let is_link = real != real_home.join(below);
        let (bytes, mode) = match fs::symlink_metadata(&real) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, 0o600),
            Err(error) => return Err(failed("look at", &real)(error)),
            Ok(metadata) => {
                check(&real, &metadata)?;
                let bytes = fs::read(&real).map_err(failed("read", &real))?;
                (Some(bytes), metadata.permissions().mode() & 0o7777)
            }
        };
        Ok(Self { path: path.to_owned(), real, is_link, bytes, mode })
    }

    /// What is in it; nothing when there is no file.
    pub(crate) fn content(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }

    /// A hash of what is in it; `None` when there is no file.
    pub(crate) fn hash(&self) -> Option<String> {
        self.bytes.as_deref().map(hash)
    }

    /// True when others on this machine may read it.
    pub(crate) const fn is_open_to_others(&self) -> bool {
        self.bytes.is_some() && self.mode & 0o044 != 0
    }

    /// True of a file that its owner has made one that is not to be written.
    pub(crate) const fn is_read_only(&self) -> bool {
        self.bytes.is_some() && self.mode & 0o200 == 0
    }

    /// The folders above it that are missing, the outermost first.
    pub(crate) fn missing_folders(&self) -> Vec<PathBuf> {
        let mut missing: Vec<PathBuf> =
            self.real.ancestors().skip(1).take_while(|f| !f.exists()).map(Path::to_owned).collect();
        missing.reverse();
        missing
    }

    /// Puts `new` in its place, if it still is what was read. `before` runs when all is ready.
    pub(crate) fn replace(&self, new: &[u8], before: impl FnOnce()) -> Result<(), Refusal> {
        for folder in self.missing_folders() {
            let made = DirBuilder::new().mode(0o700).create(&folder);
            made.map_err(|source| Refusal::Io { operation: "make", path: folder, source })?;
        }
        let staged = self.stage(new)?;
        before();
        self.is_still()?;
        let placed = match self.bytes {
            Some(_) => fs::rename(&staged.0, &self.real),
            // A link never replaces what somebody made meanwhile.
            None => fs::hard_link(&staged.0, &self.real),
        };
        placed.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Refusal::Changed(self.real.clone()),
            _ => Refusal::Io { operation: "replace", path: self.real.clone(), source },
        })?;
        self.sync_folder()
    }

    /// Removes it, if it still is what was read, and those `folders` that are empty then.
    pub(crate) fn remove(&self, folders: &[PathBuf]) -> Result<(), Refusal> {
        self.is_still()?;
        let removed = fs::remove_file(&self.real);
        removed.map_err(|source| Refusal::Io {
            operation: "remove",
            path: self.real.clone(),
            source,
        })?;
        self.sync_folder()?;
        for folder in folders.iter().rev() {
            // One that somebody uses is not empty, and stays.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    fn is_still(&self) -> Result<(), Refusal> {
        let now = match resolve(&self.path)? {
            real if real == self.real => fs::read(&real).ok(),
            _ => return Err(Refusal::Changed(self.path.clone())),
        };
        if now.as_deref().map(hash) == self.hash() {
            Ok(())
        } else {
            Err(Refusal::Changed(self.real.clone()))
        }
    }

    fn stage(&self, new: &[u8]) -> Result<Staged, Refusal> {
        let mut name = std::ffi::OsString::from(".");
        name.push(self.real.file_name().unwrap_or_default());
        name.push(".vigil-new");
        let staged = Staged(self.real.with_file_name(name));
        let failed = |source| Refusal::Io { operation: "write", path: staged.0.clone(), source };
        // Left behind by one of us that was killed here: only one runs at a time.
        match fs::remove_file(&staged.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&staged.0)
            .map_err(failed)?;
        file.write_all(new)
            .and_then(|()| file.set_permissions(Permissions::from_mode(self.mode)))
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Ok(staged)
    }

    fn sync_folder(&self) -> Result<(), Refusal> {
        let folder = self.real.parent().unwrap_or(&self.real);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| Refusal::Io {
            operation: "sync",
            path: folder.to_owned(),
            source,
        })
    }
}

/// A hash of a file's content, in hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A complete file beside its destination; gone when dropped, unless it was renamed.
struct Staged(PathBuf);

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

/// Where a path leads, also when it or folders above it are not there yet.
fn resolve(path: &Path) -> Result<PathBuf, Refusal> {
    match fs::canonicalize(path) {
        Ok(real) => return Ok(real),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => {
            return Err(Refusal::Io { operation: "resolve", path: path.to_owned(), source });
        }
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(Refusal::Dangling(path.to_owned()));
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok(resolve(folder)?.join(name)),
        _ => Err(Refusal::NotAFile(path.to_owned())),
    }
}

fn check(path: &Path, metadata: &fs::Metadata) -> Result<(), Refusal> {
    let path = || path.to_owned();
    if !metadata.is_file() {
        return Err(Refusal::NotAFile(path()));
    }
    if metadata.uid() != process::uid() {
        return Err(Refusal::OtherOwner(path()));
    }
    if metadata.nlink() > 1 {
        return Err(Refusal::HardLink(path()));
    }
    if metadata.len() > MOST as u64 {
        return Err(Refusal::TooLarge(path()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
