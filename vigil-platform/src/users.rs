//! Users of this machine, by name and by number, as the system's own lists have them.

use std::{
    ffi::{CStr, CString, c_char},
    io, mem, ptr,
};

/// Room for a row of the list; one that is longer is asked for again.
const ROOM: usize = 4 * 1024;
/// No honest row is longer.
const MOST: usize = 1024 * 1024;

/// The number of the user of this name; none where there is no such user.
///
/// # Errors
/// The lists could not be asked.
pub fn uid_of(name: &str) -> io::Result<Option<u32>> {
    let Ok(name) = CString::new(name) else { return Ok(None) };
    let row = row(|row, room, found| {
        // SAFETY: the name ends with a zero byte; the row, the room with its length and the place of
        // the answer live until the call is over.
        #[expect(unsafe_code, reason = "a C function that no crate here offers")]
        unsafe {
            libc::getpwnam_r(name.as_ptr(), row, room.as_mut_ptr(), room.len(), found)
        }
    })?;
    Ok(row.map(|(uid, _)| uid))
}

/// The name of the user with this number; none where there is no such user.
///
/// # Errors
/// The lists could not be asked.
pub fn name_of(uid: u32) -> io::Result<Option<String>> {
    let row = row(|row, room, found| {
        // SAFETY: the row, the room with its length and the place of the answer live until the call
        // is over.
        #[expect(unsafe_code, reason = "a C function that no crate here offers")]
        unsafe {
            libc::getpwuid_r(uid, row, room.as_mut_ptr(), room.len(), found)
        }
    })?;
    Ok(row.map(|(_, name)| name))
}

/// Asks with ever more room; the number and the name of what was found.
fn row(
    mut ask: impl FnMut(*mut libc::passwd, &mut [c_char], *mut *mut libc::passwd) -> i32,
) -> io::Result<Option<(u32, String)>> {
    let mut room: Vec<c_char> = vec![0; ROOM];
    loop {
        // SAFETY: a row of zeros and null pointers is a row.
        #[expect(unsafe_code, reason = "a C structure that the call fills")]
        let mut row: libc::passwd = unsafe { mem::zeroed() };
        let mut found: *mut libc::passwd = ptr::null_mut();
        match ask(&raw mut row, &mut room, &raw mut found) {
            0 if found.is_null() || row.pw_name.is_null() => return Ok(None),
            0 => {
                // SAFETY: what was found is in `row`, whose name is a string in `room`, which is
                // not touched before it is copied.
                #[expect(unsafe_code, reason = "the name is a C string")]
                let name = unsafe { CStr::from_ptr(row.pw_name) };
                return Ok(Some((row.pw_uid, name.to_string_lossy().into_owned())));
            }
            libc::ERANGE if room.len() < MOST => room.resize(room.len() * 2, 0),
            // Some lists say so where there is no such user.
            libc::ENOENT | libc::ESRCH => return Ok(None),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{name_of, uid_of};

    #[test]
    fn root_is_there_by_name_and_number() {
        assert_eq!(uid_of("root").unwrap(), Some(0));
        assert_eq!(name_of(0).unwrap().as_deref(), Some("root"));
    }

    #[test]
    fn nobody_has_a_name_that_is_none() {
        assert_eq!(uid_of("no such user \u{1f980}").unwrap(), None);
        assert_eq!(uid_of("root\0x").unwrap(), None);
    }
}
