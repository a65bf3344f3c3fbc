//! systemd: `LISTEN_PID` is our number, and descriptor 3 the first of `LISTEN_FDS`, whose names are in
//! `LISTEN_FDNAMES` with colons between them (`sd_listen_fds(3)`).

use std::{
    env, io,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::net::UnixListener,
    },
};

use super::{listener, not_loopback, wrong};

const FIRST: i32 = 3;

/// No service of ours has more.
const MAX: i32 = 16;

pub(super) fn socket() -> io::Result<Option<UnixListener>> {
    match count() {
        None => Ok(None),
        Some(1) => listener(take(FIRST).ok_or_else(wrong)?).map(Some),
        Some(_) => Err(wrong()),
    }
}

pub(super) fn named(names: &[&'static str]) -> io::Result<Vec<(&'static str, OwnedFd)>> {
    let Some(count) = count() else {
        return Ok(Vec::new());
    };
    let given = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let given: Vec<&str> = given.split(':').collect();
    if !(1..=MAX).contains(&count) || i32::try_from(given.len()) != Ok(count) {
        return Err(not_loopback());
    }
    let known = |name: &str| names.iter().find(|known| **known == name).copied();
    (FIRST..)
        .zip(given)
        .map(|(number, name)| {
            let socket = take(number).ok_or_else(not_loopback)?;
            Ok((known(name).ok_or_else(not_loopback)?, socket))
        })
        .collect()
}

/// How many were given to us. What was given to who started us is not ours.
fn count() -> Option<i32> {
    let number = |name| env::var(name).ok().and_then(|value| value.parse::<u32>().ok());
    let is_ours = number("LISTEN_PID") == Some(std::process::id());
    is_ours
        .then(|| number("LISTEN_FDS").and_then(|count| count.try_into().ok()).unwrap_or_default())
}

/// The descriptor of a number, if it is open.
fn take(number: i32) -> Option<OwnedFd> {
    // SAFETY: asking for a descriptor's flags needs no open one: it fails when it is closed.
    #[expect(unsafe_code, reason = "a number from the environment is looked at before it is used")]
    let is_open = unsafe { libc::fcntl(number, libc::F_GETFD) } >= 0;
    if !is_open {
        return None;
    }
    // SAFETY: it is open, the service manager gave it to us by this number, and this program takes
    // each once, before anything else could have taken it.
    #[expect(unsafe_code, reason = "the service manager hands descriptors over by number")]
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    Some(socket)
}
