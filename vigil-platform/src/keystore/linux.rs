//! Linux: the Secret Service of the user's session (the keyring of GNOME or of KDE), by
//! libsecret's own program. The key goes through pipes, in hexadecimal digits; what can be seen in
//! the list of processes is its name alone.

use std::{path::Path, time::Duration};

use super::{Key, KeystoreError, Lookup, unavailable, wipe};
use crate::program::{Ended, Input, Program};

/// The keyring may ask the user for its password first.
const LIMIT: Duration = Duration::from_mins(2);

/// How the program finds the session's bus.
const VARIABLES: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "PATH",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];

#[derive(Debug)]
pub(super) struct Store(Program);

impl Store {
    pub(super) fn open(env: &Lookup<'_>) -> Result<Self, KeystoreError> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        // Without one, libraries would start a bus of their own, with nobody on it.
        let has_bus = set("DBUS_SESSION_BUS_ADDRESS").is_some()
            || set("XDG_RUNTIME_DIR").is_some_and(|run| Path::new(&run).join("bus").exists());
        if !has_bus {
            return Err(unavailable("there is no session bus: nobody is logged in to a desktop"));
        }
        Program::find("secret-tool", env, VARIABLES).map(Self).ok_or_else(|| {
            unavailable(
                "`secret-tool` is not installed; it comes with libsecret-tools or libsecret",
            )
        })
    }

    pub(super) fn store(&self, service: &str, key: &Key) -> Result<(), KeystoreError> {
        let mut digits = Vec::with_capacity(64);
        for byte in key.bytes() {
            digits.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        let label = format!("--label=Vigil: {service}");
        let stored = self.run(&["store", &label], service, Input::Bytes(&digits));
        wipe(&mut digits);
        let stored = stored?;
        if !stored.status.success() {
            return Err(unavailable(stored.words()));
        }
        match self.load(service)? {
            Some(kept) if kept.bytes() == key.bytes() => Ok(()),
            _ => Err(KeystoreError::NotKept),
        }
    }

    pub(super) fn load(&self, service: &str) -> Result<Option<Key>, KeystoreError> {
        let mut found = self.run(&["lookup"], service, Input::Nothing)?;
        let key = if found.status.success() {
            parse(&found.stdout).map(Some).ok_or(KeystoreError::NotAKey)
        } else if found.is_silent() {
            // It ends so when there is none (secret-tool(1)).
            Ok(None)
        } else {
            Err(unavailable(found.words()))
        };
        wipe(&mut found.stdout);
        key
    }

    pub(super) fn delete(&self, service: &str) -> Result<(), KeystoreError> {
        let cleared = self.run(&["clear"], service, Input::Nothing)?;
        if cleared.status.success() || cleared.is_silent() {
            Ok(())
        } else {
            Err(unavailable(cleared.words()))
        }
    }

    fn run(&self, what: &[&str], service: &str, input: Input<'_>) -> Result<Ended, KeystoreError> {
        let arguments = [what, &["application", "dev.vigil", "service", service]].concat();
        self.0.run(&arguments, input, LIMIT).map_err(|error| unavailable(error.to_string()))
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

fn parse(text: &[u8]) -> Option<Key> {
    let (pairs, rest) = text.trim_ascii_end().as_chunks::<2>();
    let mut key = Key::new([0; 32]);
    if !rest.is_empty() || pairs.len() != key.0.len() {
        return None;
    }
    for (byte, [high, low]) in key.0.iter_mut().zip(pairs) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        *byte = (value(*high)? << 4) | value(*low)?;
    }
    Some(key)
}
