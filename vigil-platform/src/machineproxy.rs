//! The machine's own proxy setting, for the root daemon: seeing what it would be changed to, changing
//! it and putting it back, each by comparing what is there with what should be. Where such settings
//! belong to the user there is none.

use std::io;

use vigil_proto::rpc::{Port, Uid};

#[cfg_attr(target_os = "linux", path = "machineproxy/linux.rs")]
#[cfg_attr(target_os = "macos", path = "machineproxy/macos.rs")]
mod imp;

/// Why the setting was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum MachineProxyError {
    /// There is none: it is each user's, or there is no network.
    #[error("the machine has no proxy setting now")]
    Nowhere,
    /// It leads to another proxy.
    #[error("the machine has a proxy already, which is left alone")]
    InUse,
    /// It is not what it was planned from.
    #[error("somebody changed the machine's proxy setting meanwhile")]
    Changed,
    /// The operating system refused.
    #[error("the machine's proxy setting cannot be read or changed")]
    Failed(#[source] io::Error),
}

/// What became of a setting that was to be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutBack {
    /// What was before is back.
    Original,
    /// Some of it somebody else had changed: that is as they want it.
    LeftAlone,
}

/// What leading all programs to the proxy at `port` of loopback would change, and what is there now, as
/// text to keep. Changes nothing; a value of ours is never taken for what was there.
///
/// # Errors
/// There is no setting, it is in use, or cannot be read.
pub fn plan(port: Port) -> Result<String, MachineProxyError> {
    imp::plan(port)
}

/// Does what is planned, if everything is still as it was then, and reads it back. The plan must be in
/// a safe place.
///
/// # Errors
/// It was changed meanwhile, or could not be written. Then [`put_back`].
pub fn set(port: Port, plan: &str) -> Result<(), MachineProxyError> {
    imp::set(port, plan)
}

/// Puts back what is still ours, and reads it back.
///
/// # Errors
/// What is ours could not be put back: the plan is still needed.
pub fn put_back(plan: &str) -> Result<PutBack, MachineProxyError> {
    imp::put_back(plan)
}

/// Whether `uid` is at the console, and nobody else has a session there, shown or not.
///
/// # Errors
/// Nobody knows.
pub fn is_only_at_console(uid: Uid) -> io::Result<bool> {
    imp::is_only_at_console(uid)
}
