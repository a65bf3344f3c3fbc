//! A file of variables that systemd gives to what it starts for the user from then on
//! (`environment.d(5)`). Programs that run keep what they began with, so this leads to a proxy only
//! for a route that is meant to be there for all of them: never for a script, which no variable names.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::sysproxy::{
    Lookup, Route, SysProxyError, Way,
    backup::{Change, Place, Values, Write},
};

/// The one setting: the whole file.
pub(super) const FILE: &str = "60-vigil-proxy.conf";

/// What ours begins with.
const HEAD: &str = "# Vigil's, while its agent runs.\n";

/// A file of variables is not larger, in bytes.
const MAX: u64 = 64 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Environment {
    file: PathBuf,
}

impl Environment {
    /// The file's place, where systemd looks after users' sessions.
    pub(super) fn detect(home: &Path, env: &Lookup<'_>) -> Option<Self> {
        let folder = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
        // systemd's instance for this user has its sockets there.
        if !folder("XDG_RUNTIME_DIR")?.join("systemd").is_dir() {
            return None;
        }
        let config = folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        Some(Self { file: config.join("environment.d").join(FILE) })
    }

    /// The folder that it is in, which may have to be made.
    #[cfg(feature = "user")]
    pub(super) fn folder(&self) -> Option<&Path> {
        self.file.parent()
    }

    fn content(&self) -> io::Result<Option<String>> {
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&self.file);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() > MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut text = String::new();
        file.take(MAX).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// Puts `text` in the file's place, with the mode that it had.
    fn replace(&self, text: &str) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mode = fs::symlink_metadata(&self.file).map_or(0o600, |old| old.permissions().mode());
        let staged = self.file.with_extension("new");
        let _ = fs::remove_file(&staged);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(Permissions::from_mode(mode & 0o777))?;
        file.sync_all()?;
        fs::rename(&staged, &self.file)
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Place for Environment {
    fn way(&self) -> Way {
        Way::Environment
    }

    fn read(&self) -> Result<Values, SysProxyError> {
        let content = self.content().map_err(failed("read it"))?;
        Ok(content.map(|text| (FILE, text)).into_iter().collect())
    }

    fn write(&self, settings: &[Write<'_>]) -> Result<(), SysProxyError> {
        for (_, value) in settings {
            match value {
                Some(text) => self.replace(text),
                None => self.remove(),
            }
            .map_err(failed("change it"))?;
        }
        Ok(())
    }

    fn plan(&self, route: Route, now: &Values) -> Result<Option<Vec<Change>>, SysProxyError> {
        let Route::Manual { proxy } = route else {
            return Ok(None);
        };
        let mut ours = HEAD.to_owned();
        for (names, value) in [
            (["HTTPS_PROXY", "https_proxy"], format!("http://127.0.0.1:{}", proxy.raw())),
            (["NO_PROXY", "no_proxy"], "localhost,127.0.0.1,::1".to_owned()),
        ] {
            for name in names {
                ours.extend([name, "=", value.as_str(), "\n"]);
            }
        }
        let original = now.get(FILE).filter(|text| !text.starts_with(HEAD)).cloned();
        Ok(Some(vec![Change { key: FILE, original, ours: Some(ours) }]))
    }
}

fn failed(action: &'static str) -> impl FnOnce(io::Error) -> SysProxyError {
    move |source| SysProxyError::Io { way: Way::Environment, action, source }
}
