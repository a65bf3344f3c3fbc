//! macOS: the same, without the links that lead there (`/var`, `/etc` are links into `/private`).

pub(super) const SOCKET: &str = "/private/var/run/vigild.sock";
pub(super) const STATE: &str = "/private/var/db/vigil";
pub(super) const ENROLMENT: &str = "/private/etc/vigil/enrolled";
