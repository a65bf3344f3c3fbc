//! macOS: the primary network service's settings.

use std::{io, path::Path};

use vigil_proto::rpc::{Port, Uid};

use super::{MachineProxyError, PutBack};
use crate::sysproxy::{self, Backup, Restored, Route, SysProxy, SysProxyError};

fn machine() -> SysProxy {
    // Nothing of a user's is looked at here.
    SysProxy::detect(Path::new("/"), &|_| None)
}

pub(super) fn plan(port: Port) -> Result<String, MachineProxyError> {
    Ok(machine().prepare(Route::Manual { proxy: port }).map_err(wrong)?.to_text())
}

pub(super) fn set(port: Port, plan: &str) -> Result<(), MachineProxyError> {
    let (machine, plan) = (machine(), read(plan)?);
    if machine.prepare(Route::Manual { proxy: port }).map_err(wrong)? != plan {
        return Err(MachineProxyError::Changed);
    }
    machine.apply(&plan).map_err(wrong)
}

pub(super) fn put_back(plan: &str) -> Result<PutBack, MachineProxyError> {
    match machine().restore(&read(plan)?) {
        Ok(Restored::Original) => Ok(PutBack::Original),
        // Somebody took the whole service away, and its settings with it.
        Ok(Restored::LeftAlone(_)) | Err(SysProxyError::Gone(_)) => Ok(PutBack::LeftAlone),
        Err(error) => Err(wrong(error)),
    }
}

pub(super) fn is_only_at_console(uid: Uid) -> io::Result<bool> {
    sysproxy::is_only_at_console(uid.raw())
}

fn read(plan: &str) -> Result<Backup, MachineProxyError> {
    Backup::from_text(plan).map_err(|bad| MachineProxyError::Failed(io::Error::other(bad)))
}

/// Where another proxy is said to be is no matter of the daemon's.
fn wrong(error: SysProxyError) -> MachineProxyError {
    match error {
        SysProxyError::NoWay => MachineProxyError::Nowhere,
        SysProxyError::InUse { .. } => MachineProxyError::InUse,
        error => MachineProxyError::Failed(io::Error::other(error)),
    }
}
