//! Who sits at the machine: the user whose session is shown, and those whose sessions wait behind it
//! (fast user switching). What the system does not say is never taken for nobody.

use std::{io, ptr};

use super::{
    cf::{Array, Dictionary, Object, Ref},
    preferences::{last_error, store, value_in},
};

// SAFETY: the signatures are those of SCDynamicStoreCopySpecific.h and SCDynamicStoreKey.h.
#[expect(unsafe_code, reason = "C functions of the system's")]
#[link(name = "SystemConfiguration", kind = "framework")]
unsafe extern "C" {
    fn SCDynamicStoreCopyConsoleUser(store: Ref, uid: *mut u32, gid: *mut u32) -> Ref;
    fn SCDynamicStoreKeyCreateConsoleUser(allocator: Ref) -> Ref;
}

/// What the login window is called while nobody's session is shown.
const NOBODY: &str = "loginwindow";

/// Whether the user's session is the only one.
pub(crate) fn is_only_at_console(uid: u32) -> io::Result<bool> {
    let store = store().ok_or_else(last_error)?;
    let mut shown = 0_u32;
    // SAFETY: the store is one, the number has the size of a uid, and no group is asked for.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let name =
        unsafe { SCDynamicStoreCopyConsoleUser(store.as_ref(), &raw mut shown, ptr::null_mut()) };
    let name = Object::own(name).and_then(|name| name.to_text());
    if shown != uid || name.is_none_or(|name| name == NOBODY) {
        return Ok(false);
    }
    // SAFETY: no allocator is the system's own.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let key = unsafe { SCDynamicStoreKeyCreateConsoleUser(ptr::null()) };
    let sessions = Object::own(key)
        .and_then(|key| value_in(&store, &key))
        .and_then(Dictionary::of)
        .and_then(|user| Array::of(user.value("SessionInfo")?))
        .map(|sessions| sessions.to_objects())
        .filter(|sessions| !sessions.is_empty())
        .ok_or(io::ErrorKind::InvalidData)?;
    let whose = |session| Dictionary::of(session)?.value("kCGSSessionUserIDKey")?.to_number();
    Ok(sessions.into_iter().all(|session| whose(session) == Some(i64::from(uid))))
}
