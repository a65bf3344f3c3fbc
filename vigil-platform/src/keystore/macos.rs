//! macOS: the user's keychain, in an item that this device alone has and that is given out only with
//! the user present. Such items are for programs that are signed with an entitlement: an unsigned
//! build is told that there is no keystore.

use security_framework::{
    base::Error,
    passwords::{delete_generic_password_options, generic_password, set_generic_password_options},
    passwords_options::{AccessControlOptions, PasswordOptions},
};

use super::{Key, KeystoreError, Lookup, unavailable, wipe};

/// The items' account; their service is the one that is asked for.
const ACCOUNT: &str = "dev.vigil";

/// `errSecItemNotFound` (SecBase.h).
const NOT_FOUND: i32 = -25300;

#[derive(Debug)]
pub(super) struct Store(());

impl Store {
    /// Whether it is to be used shows when it is.
    #[expect(clippy::unnecessary_wraps, reason = "another platform may have none")]
    pub(super) fn open(_env: &Lookup<'_>) -> Result<Self, KeystoreError> {
        Ok(Self(()))
    }

    /// What comes back is not looked at: that would ask the user.
    #[expect(clippy::unused_self, reason = "another platform's store has a state")]
    pub(super) fn store(&self, service: &str, key: &Key) -> Result<(), KeystoreError> {
        let mut options = options(service);
        options.set_access_control_options(AccessControlOptions::USER_PRESENCE);
        set_generic_password_options(key.bytes(), options).map_err(refused)
    }

    #[expect(clippy::unused_self, reason = "another platform's store has a state")]
    pub(super) fn load(&self, service: &str) -> Result<Option<Key>, KeystoreError> {
        let mut found = match generic_password(options(service)) {
            Ok(found) => found,
            Err(error) if error.code() == NOT_FOUND => return Ok(None),
            Err(error) => return Err(refused(error)),
        };
        let key = found.as_slice().try_into().map(Key::new);
        wipe(&mut found);
        key.map(Some).map_err(|_| KeystoreError::NotAKey)
    }

    #[expect(clippy::unused_self, reason = "another platform's store has a state")]
    pub(super) fn delete(&self, service: &str) -> Result<(), KeystoreError> {
        match delete_generic_password_options(options(service)) {
            Err(error) if error.code() != NOT_FOUND => Err(refused(error)),
            _ => Ok(()),
        }
    }
}

fn options(service: &str) -> PasswordOptions {
    let mut options = PasswordOptions::new_generic_password(service, ACCOUNT);
    options.use_protected_keychain();
    options
}

fn refused(error: Error) -> KeystoreError {
    unavailable(error.message().unwrap_or_else(|| format!("error {}", error.code())))
}
