//! Socket options that rustix has not, or reads into a type that the kernel's answer may not fit
//! (a pid of 0 in `SO_PEERCRED`). An answer of another length than asked for is an error.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
};

/// Reads an option whose value is `N` whole words of the kernel's.
///
/// # Errors
/// The kernel refused, or its answer has another length.
#[expect(unsafe_code, reason = "no safe call reads an option of this shape")]
pub(crate) fn words<const N: usize>(
    socket: impl AsFd,
    level: i32,
    name: i32,
) -> io::Result<[u32; N]> {
    let mut words = [0_u32; N];
    let wanted = libc::socklen_t::try_from(size_of_val(&words)).map_err(io::Error::other)?;
    let mut length = wanted;
    // SAFETY: `words` is valid for writes of `length` bytes, any bits are a valid u32, and the
    // kernel writes no more than `length` bytes. The descriptor is open while it is borrowed.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            words.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    if length != wanted {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the kernel's answer has another length",
        ));
    }
    Ok(words)
}
