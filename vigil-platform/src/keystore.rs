//! A key of 32 bytes in the user's own keychain or keyring, under a service's name. Where there is
//! none, the answer says so: a key never goes into a plain file instead.
//!
//! On macOS the key can be had only with the user present (Touch ID or the password). On Linux
//! whoever runs as the user can have it while the keyring is unlocked: nothing there asks again.

use std::{ffi::OsString, fmt};

#[cfg_attr(target_os = "linux", path = "keystore/linux.rs")]
#[cfg_attr(target_os = "macos", path = "keystore/macos.rs")]
mod imp;

/// A key. It is not shown, and its memory is overwritten when it is dropped.
pub struct Key([u8; 32]);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// There is no keystore, or it is not to be used now.
    #[error("there is no keystore to use ({0})")]
    Unavailable(String),
    /// The keystore has something else under this name.
    #[error("what the keystore has under this name is not one of Vigil's keys")]
    NotAKey,
    /// It was stored, and something else came back.
    #[error("the keystore did not keep the key")]
    NotKept,
    /// A service's name is made of letters, digits, `-` and `.`, 64 at most.
    #[error("`{}` is no name for a service", .0.escape_debug())]
    Name(String),
}

/// What an environment's variable holds.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The user's keystore.
#[derive(Debug)]
pub struct Keystore(imp::Store);

impl Keystore {
    /// The keystore of a user with this environment.
    ///
    /// # Errors
    /// [`KeystoreError::Unavailable`].
    pub fn open(env: &Lookup<'_>) -> Result<Self, KeystoreError> {
        imp::Store::open(env).map(Self)
    }

    /// Keeps `key` under the name of `service`, in place of what was there, and sees that it is kept.
    ///
    /// # Errors
    /// The keystore refused, or did not keep it.
    pub fn store(&self, service: &str, key: &Key) -> Result<(), KeystoreError> {
        self.0.store(named(service)?, key)
    }

    /// The key under this name, if there is one. On macOS the user is asked.
    ///
    /// # Errors
    /// The keystore refused, or has something that is not a key.
    pub fn load(&self, service: &str) -> Result<Option<Key>, KeystoreError> {
        self.0.load(named(service)?)
    }

    /// Deletes the key under this name; one that is gone is gone.
    ///
    /// # Errors
    /// The keystore refused.
    pub fn delete(&self, service: &str) -> Result<(), KeystoreError> {
        self.0.delete(named(service)?)
    }
}

impl Key {
    /// A key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Overwrites what was secret. The compiler is not told that nobody reads it any more.
fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

fn named(service: &str) -> Result<&str, KeystoreError> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let is_name = (1..=64).contains(&service.len())
        && !service.starts_with('-')
        && service.bytes().all(is_plain);
    if is_name { Ok(service) } else { Err(KeystoreError::Name(service.to_owned())) }
}

fn unavailable(why: impl Into<String>) -> KeystoreError {
    KeystoreError::Unavailable(why.into())
}

#[cfg(test)]
mod tests;
