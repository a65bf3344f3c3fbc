//! Where the daemon's own things are. Fixed when it is built: nothing that starts it can move them.

use std::path::Path;

#[cfg_attr(target_os = "linux", path = "places/linux.rs")]
#[cfg_attr(target_os = "macos", path = "places/macos.rs")]
mod imp;

/// The socket that callers connect to.
pub fn socket() -> &'static Path {
    Path::new(imp::SOCKET)
}

/// The folder of the journal.
pub fn state() -> &'static Path {
    Path::new(imp::STATE)
}

/// The file that says who may change something.
pub fn enrolment() -> &'static Path {
    Path::new(imp::ENROLMENT)
}

/// Whether the system's proxy setting is one of each user's own, who changes it without the daemon.
pub const PROXY_IS_USERS: bool = cfg!(target_os = "linux");
