//! Linux: such settings are each user's own.

use std::io;

use vigil_proto::rpc::{Port, Uid};

use super::{MachineProxyError, PutBack};

pub(super) const fn plan(_: Port) -> Result<String, MachineProxyError> {
    Err(MachineProxyError::Nowhere)
}

pub(super) const fn set(_: Port, _: &str) -> Result<(), MachineProxyError> {
    Err(MachineProxyError::Nowhere)
}

pub(super) const fn put_back(_: &str) -> Result<PutBack, MachineProxyError> {
    Err(MachineProxyError::Nowhere)
}

pub(super) fn is_only_at_console(_: Uid) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}
