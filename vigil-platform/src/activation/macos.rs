//! launchd: `launch_activate_socket` (launch.h) with the name that the property list gives.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    io,
    os::{
        fd::{FromRawFd, OwnedFd, RawFd},
        unix::net::UnixListener,
    },
    ptr,
};

use super::{listener, wrong};

// SAFETY: the signature is launch.h's.
#[expect(unsafe_code, reason = "a C function that no crate offers")]
unsafe extern "C" {
    fn launch_activate_socket(
        name: *const c_char,
        fds: *mut *mut c_int,
        count: *mut usize,
    ) -> c_int;
}

pub(super) fn socket() -> io::Result<Option<UnixListener>> {
    let mut sockets = sockets(c"vigild")?;
    match (sockets.pop(), sockets.is_empty()) {
        (None, _) => Ok(None),
        (Some(socket), true) => listener(socket).map(Some),
        _ => Err(wrong()),
    }
}

pub(super) fn named(names: &[&'static str]) -> io::Result<Vec<(&'static str, OwnedFd)>> {
    let mut all = Vec::new();
    for name in names {
        let given = sockets(&CString::new(*name)?)?;
        all.extend(given.into_iter().map(|socket| (*name, socket)));
    }
    Ok(all)
}

/// The sockets of this name in our property list; none when launchd did not start us, or there is no
/// such name in it.
fn sockets(name: &CStr) -> io::Result<Vec<OwnedFd>> {
    let mut list: *mut c_int = ptr::null_mut();
    let mut count = 0_usize;
    // SAFETY: the name ends with a zero byte, and both places live until the call is over.
    #[expect(unsafe_code, reason = "a C function that no crate offers")]
    let failed = unsafe { launch_activate_socket(name.as_ptr(), &raw mut list, &raw mut count) };
    match failed {
        0 => {}
        // Not started by launchd, or without a socket of this name.
        libc::ESRCH | libc::ENOENT => return Ok(Vec::new()),
        error => return Err(io::Error::from_raw_os_error(error)),
    }
    if list.is_null() {
        return Err(wrong());
    }
    // SAFETY: launchd says that so many numbers are there.
    #[expect(unsafe_code, reason = "the list is a C array")]
    let numbers: Vec<RawFd> = unsafe { std::slice::from_raw_parts(list, count) }.to_vec();
    // SAFETY: the caller frees the list (launch.h), which was copied and is not used again.
    #[expect(unsafe_code, reason = "the list is a C array")]
    unsafe {
        libc::free(list.cast());
    }
    let own = |number| {
        // SAFETY: launchd has opened each of these for us, and hands them over once.
        #[expect(unsafe_code, reason = "the service manager hands descriptors over by number")]
        unsafe {
            OwnedFd::from_raw_fd(number)
        }
    };
    Ok(numbers.into_iter().map(own).collect())
}
