//! The system's preferences (`SCPreferences`) and what it does just now (`SCDynamicStore`).

use std::{
    ffi::{c_int, c_void},
    io, ptr,
};

use super::{
    super::backup::{Values, Write},
    cf::{Changed, Dictionary, Object, Ref},
};

// SAFETY: the signatures are those of SCPreferences.h, SCPreferencesPath.h, SCDynamicStore.h and
// SystemConfiguration.h.
#[expect(unsafe_code, reason = "C functions of the system's")]
#[link(name = "SystemConfiguration", kind = "framework")]
unsafe extern "C" {
    fn SCPreferencesCreate(allocator: Ref, name: Ref, file: Ref) -> Ref;
    fn SCPreferencesLock(preferences: Ref, wait: u8) -> u8;
    fn SCPreferencesUnlock(preferences: Ref) -> u8;
    fn SCPreferencesCommitChanges(preferences: Ref) -> u8;
    fn SCPreferencesApplyChanges(preferences: Ref) -> u8;
    fn SCPreferencesPathGetValue(preferences: Ref, path: Ref) -> Ref;
    fn SCPreferencesPathSetValue(preferences: Ref, path: Ref, value: Ref) -> u8;
    fn SCDynamicStoreCreate(
        allocator: Ref,
        name: Ref,
        callback: Option<extern "C" fn()>,
        context: *mut c_void,
    ) -> Ref;
    fn SCDynamicStoreCopyValue(store: Ref, key: Ref) -> Ref;
    safe fn SCError() -> c_int;
}

/// What we are called in the system's log.
const NAME: &str = "dev.vigil";

/// The service whose settings count now.
pub(super) fn primary_service() -> Option<String> {
    let store = store()?;
    ["State:/Network/Global/IPv4", "State:/Network/Global/IPv6"].into_iter().find_map(|key| {
        let found = value_in(&store, &Object::string(key)?)?;
        let service = Dictionary::of(found)?.value("PrimaryService")?.to_text()?;
        is_plain(&service).then_some(service)
    })
}

/// What the system knows just now.
pub(super) fn store() -> Option<Object> {
    let name = Object::string(NAME)?;
    // SAFETY: the name is an object; without a function to call there is no context.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let store = unsafe { SCDynamicStoreCreate(ptr::null(), name.as_ref(), None, ptr::null_mut()) };
    Object::own(store)
}

/// `store` is one of [`store`]'s, and `key` a string.
pub(super) fn value_in(store: &Object, key: &Object) -> Option<Object> {
    // SAFETY: both are objects, of the kinds that are asked for.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let found = unsafe { SCDynamicStoreCopyValue(store.as_ref(), key.as_ref()) };
    Object::own(found)
}

/// An identifier that is one step of a path.
fn is_plain(service: &str) -> bool {
    !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A look at the preferences as they are on disk.
#[derive(Debug)]
pub(super) struct Preferences(Object);

impl Preferences {
    pub(super) fn open() -> io::Result<Self> {
        let name = made(Object::string(NAME))?;
        // SAFETY: the name is an object; no file is the system's own.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let preferences = unsafe { SCPreferencesCreate(ptr::null(), name.as_ref(), ptr::null()) };
        Object::own(preferences).map(Self).ok_or_else(last_error)
    }

    /// The proxy settings of a service that have these names; nothing when there is no such service.
    pub(super) fn proxies(
        &self,
        service: &str,
        keys: impl Iterator<Item = &'static str>,
    ) -> io::Result<Option<Values>> {
        if self.at(&path(service, "")?)?.is_none() {
            return Ok(None);
        }
        let Some(proxies) = self.at(&path(service, "/Proxies")?)? else {
            return Ok(Some(Values::new()));
        };
        let value = |key: &'static str| {
            let object = proxies.value(key)?;
            let text = object.to_text().map(|text| format!("s{text}"));
            let number = || object.to_number().map(|number| format!("n{number}"));
            // What is neither is not a setting that we could put back.
            Some((key, text.or_else(number)?))
        };
        Ok(Some(keys.filter_map(value).collect()))
    }

    /// Changes settings of a service, all of them or none.
    pub(super) fn set_proxies(&self, service: &str, settings: &[Write<'_>]) -> io::Result<()> {
        let lock = Lock::of(self)?;
        if self.at(&path(service, "")?)?.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let at = path(service, "/Proxies")?;
        let mut proxies = made(Changed::of(self.at(&at)?.as_ref()))?;
        for (key, value) in settings {
            let value = value.map(object).transpose()?;
            made(proxies.set(key, value.as_ref()))?;
        }
        // SAFETY: all are objects, of the kinds that are asked for.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_set =
            unsafe { SCPreferencesPathSetValue(self.0.as_ref(), at.as_ref(), proxies.as_ref()) };
        done(is_set)?;
        // SAFETY: it is such an object, and we hold its lock.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_committed = unsafe { SCPreferencesCommitChanges(self.0.as_ref()) };
        done(is_committed)?;
        // SAFETY: the same.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_applied = unsafe { SCPreferencesApplyChanges(self.0.as_ref()) };
        drop(lock);
        done(is_applied)
    }

    fn at(&self, path: &Object) -> io::Result<Option<Dictionary>> {
        // SAFETY: both are objects, of the kinds that are asked for.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let found = unsafe { SCPreferencesPathGetValue(self.0.as_ref(), path.as_ref()) };
        match Object::share(found) {
            None => Ok(None),
            Some(found) => made(Dictionary::of(found)).map(Some),
        }
    }
}

/// Nobody else changes the preferences while this is there.
struct Lock<'a>(&'a Preferences);

impl<'a> Lock<'a> {
    fn of(preferences: &'a Preferences) -> io::Result<Self> {
        // SAFETY: it is such an object.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_locked = unsafe { SCPreferencesLock(preferences.0.as_ref(), 1) };
        done(is_locked).map(|()| Self(preferences))
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // SAFETY: it is such an object, and we hold its lock.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        unsafe {
            SCPreferencesUnlock(self.0.0.as_ref());
        }
    }
}

fn path(service: &str, below: &str) -> io::Result<Object> {
    if !is_plain(service) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    made(Object::string(&format!("/NetworkServices/{service}{below}")))
}

/// The object that a value's text stands for.
fn object(value: &str) -> io::Result<Object> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    if let Some(text) = value.strip_prefix('s') {
        return made(Object::string(text));
    }
    let number = value.strip_prefix('n').and_then(|number| number.parse().ok());
    made(Object::number(number.ok_or_else(invalid)?))
}

fn made<T>(object: Option<T>) -> io::Result<T> {
    object.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn done(answer: u8) -> io::Result<()> {
    if answer == 0 { Err(last_error()) } else { Ok(()) }
}

pub(super) fn last_error() -> io::Error {
    io::Error::other(format!("SystemConfiguration says {}", SCError()))
}
