//! The vault's keys: a clear value is sealed to the key of its day, and that key's private half to
//! the vault's own, whose private half is in the user's keystore and never here. Whoever destroys
//! a day's wrapped key makes the values of that day unreadable for everybody, at once. Sealed boxes
//! as libsodium makes them (X25519, XSalsa20-Poly1305, an ephemeral key for each box); nothing here
//! touches a disk.

use std::fmt;

use crypto_box::{PublicKey, SecretKey, aead::OsRng};
use vigil_proto::FindingId;
use zeroize::Zeroizing;

/// Bytes of a key.
const KEY: usize = 32;
/// A day's key as it is kept: its public half, then its private half in a sealed box, which adds
/// 48 bytes.
const WRAPPED: usize = KEY + KEY + 48;
/// Longer values are not kept. A private key of 16,384 bits has 13 KB in PEM form.
pub const LONGEST_VALUE: usize = 16 * 1024;

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The wrapped key of the day is not one.
    #[error("the day's key is damaged")]
    Damaged,
    /// It was wrapped for another vault.
    #[error("the day's key belongs to another vault than the keystore's")]
    Foreign,
    /// The value was not sealed to that day's key, or was changed.
    #[error("the value was not sealed to this day's key, or was changed since")]
    Value,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
}

/// Which sealed values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// All of them.
    All,
    /// Those of the days before this one, in days since 1 January 1970 (UTC).
    Before(u32),
    /// That of one incident.
    Finding(FindingId),
}

/// The vault's private key: it goes from here into the keystore, and comes back when somebody asks.
pub struct MasterKey(Zeroizing<[u8; KEY]>);

/// Its public half, which can be kept anywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterPublic([u8; KEY]);

/// A day's public key.
#[derive(Clone)]
pub struct DayKey(PublicKey);

impl MasterKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(Zeroizing::new(SecretKey::generate(&mut OsRng).to_bytes()))
    }

    /// As the keystore had it.
    pub fn from_bytes(bytes: [u8; KEY]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// For the keystore.
    pub fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Its public half.
    pub fn public(&self) -> MasterPublic {
        MasterPublic(self.secret().public_key().to_bytes())
    }

    /// The value in `sealed`, with the wrapped key of its day.
    ///
    /// # Errors
    /// Keys and value do not belong together, or are damaged.
    pub fn open(&self, wrapped: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (public, boxed) = halves(wrapped)?;
        let day = self.secret().unseal(boxed).map_err(|_| VaultError::Foreign)?;
        let day = Zeroizing::new(day);
        let day = SecretKey::from_slice(&day).map_err(|_| VaultError::Damaged)?;
        if day.public_key().to_bytes() != public {
            return Err(VaultError::Damaged);
        }
        day.unseal(sealed).map(Zeroizing::new).map_err(|_| VaultError::Value)
    }

    fn secret(&self) -> SecretKey {
        SecretKey::from_bytes(*self.0)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(hidden)")
    }
}

impl MasterPublic {
    /// From a file or an order.
    pub const fn from_bytes(bytes: [u8; KEY]) -> Self {
        Self(bytes)
    }

    /// For a file or an order.
    pub const fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// A new key for a day, and how it is kept. Its private half is gone when this returns.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn new_day(&self) -> Result<(DayKey, Vec<u8>), VaultError> {
        let secret = SecretKey::generate(&mut OsRng);
        let bytes = Zeroizing::new(secret.to_bytes());
        let boxed = PublicKey::from_bytes(self.0)
            .seal(&mut OsRng, bytes.as_slice())
            .map_err(|_| VaultError::Random)?;
        let public = secret.public_key();
        Ok((DayKey(public.clone()), [public.as_bytes().as_slice(), &boxed].concat()))
    }
}

impl fmt::Debug for MasterPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl DayKey {
    /// From the wrapped key of that day, whose public half is not wrapped.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn of(wrapped: &[u8]) -> Result<Self, VaultError> {
        halves(wrapped).map(|(public, _)| Self(PublicKey::from_bytes(public)))
    }

    /// Seals `value`; `None` for one that is too long to be kept.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal(&self, value: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        if value.len() > LONGEST_VALUE {
            return Ok(None);
        }
        self.0.seal(&mut OsRng, value).map(Some).map_err(|_| VaultError::Random)
    }
}

impl fmt::Debug for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayKey(..)")
    }
}

fn halves(wrapped: &[u8]) -> Result<([u8; KEY], &[u8]), VaultError> {
    match wrapped.split_first_chunk() {
        Some((public, boxed)) if wrapped.len() == WRAPPED => Ok((*public, boxed)),
        _ => Err(VaultError::Damaged),
    }
}

#[cfg(test)]
mod tests;
