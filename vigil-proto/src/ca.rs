//! What makes a certificate authority one of ours: the agent makes it so, and the daemon lets
//! nobody install another. Plain rules; never any I/O or cryptography.

use std::fmt::{self, Write as _};

use crate::rpc::{Fingerprint, Uid};

mod hosts;

pub use self::hosts::{AI_HOSTS, BY_DEFAULT, Covers, Host, Standing, is_ai, standing};

/// The most days between the beginning and the end of a certificate's validity. Apple's limit for
/// certificates of TLS servers, here for an authority: what a stolen key is good for ends by itself.
pub const VALID_DAYS_MAX: u16 = 398;

/// The one name of an authority's subject: whose it is, and the beginning of its key's SHA-256. The
/// latter tells an authority from the one before it, and leaves nothing in the name to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    uid: Uid,
    key: [u8; 4],
}

impl Subject {
    /// The subject of the authority of `uid` with the key `spki` (a `SubjectPublicKeyInfo`, DER).
    pub fn new(uid: Uid, spki: &[u8]) -> Self {
        let [a, b, c, d, ..] = Fingerprint::of(spki).0;
        Self { uid, key: [a, b, c, d] }
    }

    /// Whether `name` is this subject, to the byte. Needs no memory.
    pub fn is(&self, name: &[u8]) -> bool {
        let mut rest = Rest(name);
        write!(rest, "{self}").is_ok() && rest.0.is_empty()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vigil local CA for uid {} (", self.uid)?;
        self.key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What is left of a text after what was written was found at its beginning.
struct Rest<'a>(&'a [u8]);

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text.as_bytes()).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
