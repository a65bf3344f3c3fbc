//! The system's proxy settings: seeing them, leading them to a proxy of ours, and putting back what
//! was there. Every setting is put back by itself and only while it is ours: what somebody else has
//! changed meanwhile is left as it is, and told.
//!
//! The order is always the same: [`SysProxy::prepare`] reads and changes nothing; its [`Backup`] is
//! brought to a safe place; then [`SysProxy::apply`] writes; [`SysProxy::restore`] ends it, as often
//! as it is called. [`Keeper`] does that for one user, whatever is killed meanwhile.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use vigil_proto::rpc::Port;

mod backup;
#[cfg(feature = "user")]
mod keeper;
pub mod pac;

#[cfg_attr(target_os = "linux", path = "sysproxy/linux.rs")]
#[cfg_attr(target_os = "macos", path = "sysproxy/macos.rs")]
mod imp;

pub use self::backup::{Backup, BadBackup, Restored};
#[cfg(target_os = "macos")]
pub(crate) use self::imp::is_only_at_console;
#[cfg(feature = "user")]
pub use self::keeper::{KEPT, Keeper};

/// The path that the script is served at, wherever that is. A setting that names it is ours.
pub const PAC_PATH: &str = "/vigil-proxy.pac";

/// Where programs look for the proxy to use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// GNOME's settings, which its programs, Chromium and Firefox follow.
    Gnome,
    /// Variables of the sessions that systemd begins for the user from now on.
    Environment,
    /// A network service of macOS, by its identifier.
    Service(String),
}

/// Where the settings are to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To a script that is served at this port of loopback.
    Pac {
        /// The server's port, not the proxy's.
        served_at: Port,
    },
    /// To a proxy at this port of loopback, for everything.
    Manual {
        /// The proxy's port.
        proxy: Port,
    },
}

/// A setting as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Whose it is.
    pub way: Way,
    /// Its name there.
    pub key: String,
    /// Its value in the way's own writing.
    pub value: String,
}

/// Why settings were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum SysProxyError {
    /// There is nothing to set.
    #[error(
        "this system has no proxy settings that are known here; set `proxy.system` to \"off\" and have programs use the proxy by their variables"
    )]
    NoWay,
    /// Settings that are not ours lead somewhere already.
    #[error(
        "{way} has a proxy already ({what}); it is left alone: take it away first, or set `proxy.system` to \"off\""
    )]
    InUse {
        /// Whose settings.
        way: Way,
        /// Where they lead.
        what: String,
    },
    /// What an earlier run set has not been put back yet.
    #[error("an earlier change has not been put back; its backup is {}", .0.display())]
    Pending(PathBuf),
    /// Somebody else is at it.
    #[error("another process of Vigil's is at the proxy settings; end it and try again")]
    Busy,
    /// The backup cannot be read.
    #[error("{} cannot be used ({what}); look at the system's proxy settings, then delete it", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        what: BadBackup,
    },
    /// A way that the backup tells of is not there now.
    #[error("{0} cannot be reached now; log in to that desktop and start Vigil again")]
    Gone(Way),
    /// A setting was written and does not have the value.
    #[error("{way} did not take `{key}`; may it be changed at all?")]
    NotTaken {
        /// Whose.
        way: Way,
        /// Which.
        key: String,
    },
    /// The operating system or a program of it refused.
    #[error("{way}: cannot {action}")]
    Io {
        /// Whose.
        way: Way,
        /// What was tried.
        action: &'static str,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// The backup or its lock could not be handled.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// What an environment's variable holds.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The settings of this user's, or on macOS of this machine's.
#[derive(Debug)]
pub struct SysProxy {
    places: imp::Places,
}

impl SysProxy {
    /// What there is for a user with this home and environment.
    pub fn detect(home: &Path, env: &Lookup<'_>) -> Self {
        Self { places: imp::Places::detect(home, env, None) }
    }

    /// The same; `held` stays open for as long as any program that this runs lives.
    #[cfg_attr(not(feature = "user"), expect(dead_code, reason = "the keeper's"))]
    fn holding(home: &Path, env: &Lookup<'_>, held: Arc<File>) -> Self {
        Self { places: imp::Places::detect(home, env, Some(held)) }
    }

    /// The ways that there are.
    pub fn ways(&self) -> Vec<Way> {
        self.places.all().iter().map(|place| place.way()).collect()
    }

    /// The settings of all ways that have a value of somebody's choosing.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn current(&self) -> Result<Vec<Setting>, SysProxyError> {
        let mut settings = Vec::new();
        for place in self.places.all() {
            let values = place.read()?;
            settings.extend(values.into_iter().map(|(key, value)| Setting {
                way: place.way(),
                key: key.to_owned(),
                value,
            }));
        }
        Ok(settings)
    }

    /// What leading all ways to `route` would change, and what is there now. Changes nothing. A value
    /// of ours that is there already is never taken for anybody's own.
    ///
    /// # Errors
    /// There is no way, one is in use, or cannot be read.
    pub fn prepare(&self, route: Route) -> Result<Backup, SysProxyError> {
        let mut backup = Backup::default();
        for place in self.places.all() {
            if let Some(changes) = place.plan(route, &place.read()?)? {
                backup.add(place.way(), changes);
            }
        }
        if backup.is_empty() { Err(SysProxyError::NoWay) } else { Ok(backup) }
    }

    /// Writes what `backup` says is ours, and reads it back. The backup must be in a safe place.
    ///
    /// # Errors
    /// A setting could not be written or was not taken. Then [`Self::restore`].
    pub fn apply(&self, backup: &Backup) -> Result<(), SysProxyError> {
        backup.ways().try_for_each(|(way, changes)| {
            let place = self.places.at(way).ok_or_else(|| SysProxyError::Gone(way.clone()))?;
            backup::apply(&*place, changes)
        })
    }

    /// Puts back what was there, except where somebody else has changed a setting meanwhile, and
    /// reads it back. All ways are tried, whatever one of them says.
    ///
    /// # Errors
    /// Something that is still ours could not be put back: the backup is still needed.
    pub fn restore(&self, backup: &Backup) -> Result<Restored, SysProxyError> {
        let mut left = Vec::new();
        let mut failed = None;
        for (way, changes) in backup.ways() {
            let restored = self
                .places
                .at(way)
                .ok_or_else(|| SysProxyError::Gone(way.clone()))
                .and_then(|place| backup::restore(&*place, changes));
            match restored {
                Ok(more) => left.extend(more),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if left.is_empty() => Ok(Restored::Original),
            None => Ok(Restored::LeftAlone(left)),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gnome => f.write_str("GNOME's settings"),
            Self::Environment => f.write_str("the sessions' environment"),
            Self::Service(_) => f.write_str("the network service"),
        }
    }
}

/// Our script's address, as settings name it.
fn pac_url(served_at: Port) -> String {
    format!("http://127.0.0.1:{}{PAC_PATH}", served_at.raw())
}

/// Where a script of somebody else's comes from, in words for a log: without a name, a password, a path
/// or a query, which may be secret.
fn script_of(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match place.rsplit_once('@').map_or(place, |(_, host)| host) {
        "" => "a script".to_owned(),
        host => format!("a script from {host}"),
    }
}

/// Whether `url` is our script's address, at whichever port.
fn is_pac_url(url: &str) -> bool {
    url.strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix(PAC_PATH))
        .is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}
