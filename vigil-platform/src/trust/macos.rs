//! macOS: since version 11 a process of root's cannot change whom the machine trusts without a person
//! at the screen (-60007, `errAuthorizationInteractionNotAllowed`). The user's own process asks, in the
//! user's domain: see [`super::user`].

use std::path::{Path, PathBuf};

use vigil_proto::rpc::Fingerprint;

use super::{Rebuilt, Run, TrustError};

/// There is none that a daemon could change: none is ever made.
#[derive(Debug)]
pub struct Store(());

impl Store {
    /// Says that each user decides.
    ///
    /// # Errors
    /// Always: [`TrustError::UsersOwn`].
    pub const fn detect(_root: &Path) -> Result<Self, TrustError> {
        Err(TrustError::UsersOwn)
    }

    /// As on Linux: here nothing.
    pub const fn writes(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// As on Linux.
    ///
    /// # Errors
    /// Always: [`TrustError::UsersOwn`].
    pub const fn install(&self, _der: &[u8], _run: &mut Run<'_>) -> Result<Rebuilt, TrustError> {
        Err(TrustError::UsersOwn)
    }

    /// As on Linux.
    ///
    /// # Errors
    /// Always: [`TrustError::UsersOwn`].
    pub const fn remove(
        &self,
        _fingerprint: Fingerprint,
        _run: &mut Run<'_>,
    ) -> Result<Rebuilt, TrustError> {
        Err(TrustError::UsersOwn)
    }

    /// As on Linux.
    ///
    /// # Errors
    /// Always: [`TrustError::UsersOwn`].
    pub const fn is_trusted(&self, _fingerprint: Fingerprint) -> Result<bool, TrustError> {
        Err(TrustError::UsersOwn)
    }
}
