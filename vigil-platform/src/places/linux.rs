//! Linux: the folders that the file system's standard has for them.

pub(super) const SOCKET: &str = "/run/vigil/vigild.sock";
pub(super) const STATE: &str = "/var/lib/vigil";
pub(super) const ENROLMENT: &str = "/etc/vigil/enrolled";
