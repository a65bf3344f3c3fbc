//! macOS: `kern.bootsessionuuid`.

use std::{io, ptr};

pub(super) fn text() -> io::Result<String> {
    let mut text = [0_u8; 64];
    let mut length = text.len();
    // SAFETY: the name ends with a zero byte; the kernel writes at most `length` bytes and says how
    // many; nothing is set.
    #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
    let failed = unsafe {
        libc::sysctlbyname(
            c"kern.bootsessionuuid".as_ptr(),
            text.as_mut_ptr().cast(),
            &raw mut length,
            ptr::null_mut(),
            0,
        )
    };
    if failed != 0 {
        return Err(io::Error::last_os_error());
    }
    let text = text.get(..length).unwrap_or(&text).to_vec();
    String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
}
