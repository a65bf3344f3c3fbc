//! Where Vigil keeps its files. `VIGIL_HOME` moves everything below one folder; without it the
//! places are those of the platform. Locating changes nothing on disk; [`Paths::ensure`] does.

use std::{
    ffi::OsString,
    fs, io, iter,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
};

use crate::{
    made::{self, Whose},
    private, process,
};

#[cfg_attr(target_os = "linux", path = "paths/linux.rs")]
#[cfg_attr(target_os = "macos", path = "paths/macos.rs")]
mod imp;

/// Where Vigil's files are on macOS, below a home. What is shown of a Mac elsewhere says so, too.
pub const MACOS_FOLDER: &str = "Library/Application Support/Vigil";

/// The longest path a Unix socket may have, in bytes. macOS allows 103 and Linux 107; one limit
/// for both keeps a home folder movable.
pub const SOCKET_PATH_MAX: usize = 103;

/// Why a place cannot be found or used.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Neither `HOME` nor a stand-in is set.
    #[error(
        "HOME is not set, so there is no place for Vigil's files; set HOME to an absolute folder"
    )]
    NoHome,
    /// `HOME` is not an absolute path.
    #[error("HOME is `{}`, which is not an absolute path; set it to one", .0.display())]
    RelativeHome(PathBuf),
    /// A folder that must be ours is a link.
    #[error("{} is a symbolic link; Vigil keeps private files only in a real folder: replace the link, or set VIGIL_HOME to another folder", .0.display())]
    Link(PathBuf),
    /// A folder that must be ours is something else.
    #[error("{} is not a folder; move it away, or set VIGIL_HOME to another folder", .0.display())]
    NotAFolder(PathBuf),
    /// A file or folder that must be ours is another user's.
    #[error("{} belongs to uid {owner}, not to you (uid {us}); run as its owner, or set VIGIL_HOME to a folder of your own", path.display())]
    OtherOwner {
        /// The file or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// A secret file that others may read.
    #[error("{} can be read by others (mode {mode:03o}); if nobody else used it, run `chmod 600` on it, else delete it", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file of the wrong length.
    #[error("{} is damaged: it holds {length} bytes instead of 32; restore it from a backup, or delete it to have a new one made", path.display())]
    BadKey {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for {}", path.display())]
    Random {
        /// The key that was to be made.
        path: PathBuf,
        /// Why.
        #[source]
        source: getrandom::Error,
    },
    /// An operation on a file failed.
    #[error("cannot {operation} {}; check its permissions and that the disk is not full", path.display())]
    Io {
        /// What was tried: `create`, `write`, ...
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl PathError {
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source }
    }
}

/// Vigil's places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    config_file: PathBuf,
    data: PathBuf,
    state: PathBuf,
    run: PathBuf,
    ca: PathBuf,
}

/// Whether this process's environment moves everything below a folder of its own, as `VIGIL_HOME`
/// does.
pub fn are_moved() -> bool {
    std::env::var_os("VIGIL_HOME").is_some_and(|root| !root.is_empty())
}

impl Paths {
    /// From this process's environment.
    ///
    /// # Errors
    /// `HOME` is missing or not absolute.
    pub fn locate() -> Result<Self, PathError> {
        Self::from_lookup(&|name| std::env::var_os(name))
    }

    /// From any environment: `lookup` answers what a variable holds. An empty variable counts
    /// as not set.
    ///
    /// # Errors
    /// `HOME` is missing or not absolute.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, PathError> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = set("HOME").ok_or(PathError::NoHome)?;
        if !home.is_absolute() {
            return Err(PathError::RelativeHome(home));
        }
        if let Some(root) = set("VIGIL_HOME") {
            let root = std::path::absolute(&root).map_err(PathError::io("resolve", &root))?;
            return Ok(Self::below(&root, home));
        }
        // The XDG rules ignore a relative path.
        let absolute = |name: &str| set(name).filter(|path| path.is_absolute());
        Ok(imp::places(home, &absolute))
    }

    /// Everything below `root`; the clients' files stay below `home`.
    pub fn below(root: &Path, home: PathBuf) -> Self {
        Self {
            home,
            config_file: root.join("config").join("config.toml"),
            data: root.join("data"),
            state: root.join("state"),
            run: root.join("run"),
            ca: root.join("ca"),
        }
    }

    /// The user's home: where the clients' own files are looked for. Never moved by `VIGIL_HOME`.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// `config.toml`, whether or not it exists.
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// The store.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Logs and what may be lost without losing records.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// What lives only while the agent runs: `agent.json`, sockets.
    pub fn run(&self) -> &Path {
        &self.run
    }

    /// The certificate authority.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// Makes every folder, private to its owner (0700), and mends the mode of one that is not. Which
    /// of them were not there is noted ([`made`]), those above them too.
    ///
    /// # Errors
    /// A folder is a link, not a folder, another user's, or cannot be made.
    pub fn ensure(&self) -> Result<(), PathError> {
        self.make(&self.folders().map(|(_, folder)| folder))
    }

    /// The same for some of them.
    ///
    /// # Errors
    /// As with [`Self::ensure`].
    pub fn make(&self, folders: &[&Path]) -> Result<(), PathError> {
        let all = iter::once(&self.data.as_path()).chain(folders).copied().collect::<Vec<_>>();
        let missing: Vec<PathBuf> = all.iter().flat_map(|folder| made::missing(folder)).collect();
        // The note's own place first.
        private::ensure_dir(&self.data)?;
        if !missing.is_empty() {
            made::note(&self.data, Whose::Own, &missing)?;
        }
        all.into_iter().try_for_each(private::ensure_dir)
    }

    /// Every folder of Vigil's own, each with what it is for.
    pub fn folders(&self) -> [(&'static str, &Path); 5] {
        let config = self.config_file.parent().unwrap_or(&self.config_file);
        [
            ("run", &self.run),
            ("state", &self.state),
            ("config", config),
            ("ca", &self.ca),
            ("data", &self.data),
        ]
    }

    /// Where the Unix socket `name` goes: in [`run`](Self::run), or in a short private folder
    /// below `/tmp` when that path would be too long. The short folder is made here.
    ///
    /// # Errors
    /// The short folder cannot be made or is not ours.
    pub fn socket_path(&self, name: &str) -> Result<PathBuf, PathError> {
        let plain = self.run.join(name);
        if plain.as_os_str().len() <= SOCKET_PATH_MAX {
            return Ok(plain);
        }
        let folder = self.short_folder();
        private::ensure_dir(&folder)?;
        Ok(folder.join(name))
    }

    /// The short folder of [`Self::socket_path`], whether it is there or not.
    pub fn short_folder(&self) -> PathBuf {
        PathBuf::from(format!(
            "/tmp/vigil-{}-{:016x}",
            process::uid(),
            fnv1a(self.run.as_os_str().as_bytes())
        ))
    }
}

/// A short stable name for a folder. Not a secret and not proof of anything: the folder's owner
/// and mode are checked before it is used.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The permission bits of `path`, without following a link.
pub(crate) fn mode_of(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o777
}

#[cfg(test)]
mod tests;
