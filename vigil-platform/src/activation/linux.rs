//! systemd: `LISTEN_PID` is our number, and descriptor 3 the first of `LISTEN_FDS` (`sd_listen_fds(3)`).

use std::{
    env, io,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::net::UnixListener,
    },
};

use super::{listener, wrong};

const FIRST: i32 = 3;

pub(super) fn socket() -> io::Result<Option<UnixListener>> {
    let number = |name| env::var(name).ok().and_then(|value| value.parse::<u32>().ok());
    if number("LISTEN_PID") != Some(std::process::id()) {
        return Ok(None);
    }
    if number("LISTEN_FDS") != Some(1) {
        return Err(wrong());
    }
    // SAFETY: asking for a descriptor's flags needs no open one: it fails when it is closed.
    #[expect(unsafe_code, reason = "a number from the environment is looked at before it is used")]
    let is_open = unsafe { libc::fcntl(FIRST, libc::F_GETFD) } >= 0;
    if !is_open {
        return Err(wrong());
    }
    // SAFETY: it is open, the service manager gave it to us by this number, and this program calls
    // this once, before anything else could have taken it.
    #[expect(unsafe_code, reason = "the service manager hands descriptors over by number")]
    let socket = unsafe { OwnedFd::from_raw_fd(FIRST) };
    listener(socket).map(Some)
}
