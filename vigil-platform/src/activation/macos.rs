//! launchd: `launch_activate_socket` (launch.h) with the name that the property list gives.

use std::{
    ffi::{c_char, c_int},
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
    let mut list: *mut c_int = ptr::null_mut();
    let mut count = 0_usize;
    // SAFETY: the name ends with a zero byte, and both places live until the call is over.
    #[expect(unsafe_code, reason = "a C function that no crate offers")]
    let failed =
        unsafe { launch_activate_socket(c"vigild".as_ptr(), &raw mut list, &raw mut count) };
    match failed {
        0 => {}
        // Not started by launchd, or without a socket of this name.
        libc::ESRCH | libc::ENOENT => return Ok(None),
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
    let mut sockets: Vec<OwnedFd> = numbers.into_iter().map(own).collect();
    match (sockets.pop(), sockets.is_empty()) {
        (Some(socket), true) => listener(socket).map(Some),
        _ => Err(wrong()),
    }
}
