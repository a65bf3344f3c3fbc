//! What may be led to a caller's proxy: the machine's setting, or a file that stands for it in tests.
//! Both compare before they write, and look afterwards.

use std::{error::Error, io, path::Path};

use serde::{Deserialize, Serialize};
use vigil_platform::{
    machineproxy::{self, MachineProxyError, PutBack},
    places,
    sealed::{Folder, SealedError},
};
use vigil_proto::rpc::{Port, Uid, Unsupported};

use crate::flags::{Proxied, Setup};

/// A proxy setting. There are the two below, and no others.
pub(super) trait Setting {
    /// What would be changed and what is there now, to be kept. Changes nothing, and takes nothing of
    /// ours for what was there.
    fn plan(&self, port: Port) -> Result<Vec<u8>, Wrong>;

    /// Does what is planned, if everything is still as it was, and reads it back.
    fn set(&self, port: Port, plan: &[u8]) -> Result<(), Wrong>;

    /// Puts back what is still ours, and reads it back.
    fn put_back(&self, plan: &[u8]) -> Result<PutBack, Wrong>;

    /// Whether it reaches nobody but this user.
    fn is_for(&self, uid: Uid) -> io::Result<bool>;

    /// The folder it is in, if that has to be writable.
    fn folder(&self) -> Option<&Folder> {
        None
    }
}

/// Why a setting was not read or changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error("there is no proxy setting now")]
    Nowhere,
    #[error("the machine has a proxy already, which is left alone")]
    InUse,
    #[error("somebody changed the proxy setting meanwhile")]
    Changed,
    #[error("what was kept of the proxy setting cannot be read")]
    Kept,
    #[error("the proxy setting cannot be read or changed")]
    Failed(#[source] Box<dyn Error>),
}

/// The one that `setup` says.
///
/// # Errors
/// The file is in a folder that is not ours alone.
pub(super) fn of(setup: &Setup) -> Result<Result<Box<dyn Setting>, Unsupported>, SealedError> {
    match &setup.proxy {
        Proxied::File(path) => {
            let file = StandIn::open(path, setup.owner)?;
            Ok(Ok(Box::new(file)))
        }
        _ if places::PROXY_IS_USERS => Ok(Err(Unsupported::UserSide)),
        Proxied::Machine => Ok(Ok(Box::new(Machine))),
        Proxied::Nobodys => Ok(Err(Unsupported::ThisMachine)),
    }
}

/// The machine's own.
struct Machine;

impl Setting for Machine {
    fn plan(&self, port: Port) -> Result<Vec<u8>, Wrong> {
        Ok(machineproxy::plan(port)?.into_bytes())
    }

    fn set(&self, port: Port, plan: &[u8]) -> Result<(), Wrong> {
        Ok(machineproxy::set(port, text(plan)?)?)
    }

    fn put_back(&self, plan: &[u8]) -> Result<PutBack, Wrong> {
        Ok(machineproxy::put_back(text(plan)?)?)
    }

    fn is_for(&self, uid: Uid) -> io::Result<bool> {
        machineproxy::is_only_at_console(uid)
    }
}

fn text(plan: &[u8]) -> Result<&str, Wrong> {
    std::str::from_utf8(plan).map_err(|_| Wrong::Kept)
}

impl From<MachineProxyError> for Wrong {
    fn from(error: MachineProxyError) -> Self {
        match error {
            MachineProxyError::Nowhere => Self::Nowhere,
            MachineProxyError::InUse => Self::InUse,
            MachineProxyError::Changed => Self::Changed,
            error @ MachineProxyError::Failed(_) => Self::Failed(error.into()),
        }
    }
}

/// A file that stands for the machine's setting.
struct StandIn {
    folder: Folder,
    name: String,
}

/// No such file has more bytes.
const MOST: usize = 64 * 1024;

/// What our value begins with; a port follows.
const OURS: &str = "vigil proxy 127.0.0.1:";

/// What was in the file (nothing: there was none) and what we put there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Swap {
    original: Option<Vec<u8>>,
    ours: Vec<u8>,
}

impl StandIn {
    fn open(path: &Path, owner: u32) -> Result<Self, SealedError> {
        let (folder, name) = (path.parent(), path.file_name().and_then(|name| name.to_str()));
        let (Some(folder), Some(name)) = (folder, name) else {
            return Err(SealedError::Kind(path.to_owned()));
        };
        Ok(Self { folder: Folder::open(folder, owner)?, name: name.to_owned() })
    }

    fn read(&self) -> Result<Option<Vec<u8>>, Wrong> {
        Ok(self.folder.read(&self.name, MOST)?)
    }

    /// Nothing takes the file away.
    fn swap(&self, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), Wrong> {
        if self.read()?.as_deref() != expected {
            return Err(Wrong::Changed);
        }
        match new {
            Some(new) => self.folder.replace(&self.name, new)?,
            None => self.folder.remove(&self.name)?,
        }
        if self.read()?.as_deref() == new { Ok(()) } else { Err(Wrong::Changed) }
    }

    fn swap_for(&self, port: Port) -> Result<Swap, Wrong> {
        let original = self.read()?.filter(|found| !found.starts_with(OURS.as_bytes()));
        Ok(Swap { original, ours: format!("{OURS}{}\n", port.raw()).into_bytes() })
    }
}

impl Setting for StandIn {
    fn plan(&self, port: Port) -> Result<Vec<u8>, Wrong> {
        postcard::to_allocvec(&self.swap_for(port)?).map_err(|error| Wrong::Failed(error.into()))
    }

    fn set(&self, port: Port, plan: &[u8]) -> Result<(), Wrong> {
        let (now, plan) = (self.read()?, swap(plan)?);
        if self.swap_for(port)? != plan {
            return Err(Wrong::Changed);
        }
        self.swap(now.as_deref(), Some(&plan.ours))
    }

    fn put_back(&self, plan: &[u8]) -> Result<PutBack, Wrong> {
        let (now, plan) = (self.read()?, swap(plan)?);
        if now == plan.original {
            return Ok(PutBack::Original);
        }
        if now.as_ref() != Some(&plan.ours) {
            return Ok(PutBack::LeftAlone);
        }
        self.swap(Some(&plan.ours), plan.original.as_deref()).map(|()| PutBack::Original)
    }

    fn is_for(&self, _: Uid) -> io::Result<bool> {
        Ok(true)
    }

    fn folder(&self) -> Option<&Folder> {
        Some(&self.folder)
    }
}

fn swap(plan: &[u8]) -> Result<Swap, Wrong> {
    postcard::from_bytes(plan).map_err(|_| Wrong::Kept)
}

impl From<SealedError> for Wrong {
    fn from(error: SealedError) -> Self {
        Self::Failed(error.into())
    }
}
