//! macOS: no way that a daemon of ours may take (docs/MACOS.md). Nothing is ever redirected.

use std::{io, process::Stdio};

use vigil_proto::rpc::Uid;

use super::{Change, Family};

pub(super) const IS_KNOWN: bool = false;

pub(super) const fn is_possible() -> bool {
    false
}

pub(super) fn apply(_: &Change, _: Stdio) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn is_proven(_: Uid, _: Family) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(feature = "user")]
pub(super) fn exclude(_: std::os::fd::BorrowedFd<'_>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(feature = "user")]
pub(super) fn connect_excluded(_: std::net::SocketAddr) -> io::Result<std::net::TcpStream> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(feature = "user")]
#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn original_destination(
    _: &std::net::TcpStream,
) -> io::Result<Option<std::net::SocketAddr>> {
    Ok(None)
}
