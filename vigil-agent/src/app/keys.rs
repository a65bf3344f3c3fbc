//! The installation's one random key and what is derived from it.

use anyhow::Context as _;
use vigil_detect::FingerprintKey;
use vigil_platform::{paths::Paths, private};
use vigil_proto::ContentHasher;
use zeroize::Zeroizing;

/// The master key, in memory only as long as it is needed to derive.
pub(super) struct Keys(Zeroizing<[u8; 32]>);

impl Keys {
    /// Reads `data/installation.key`, or makes it.
    pub(super) fn load(paths: &Paths) -> anyhow::Result<Self> {
        let key = private::read_or_create_key(&paths.data().join("installation.key"))
            .context("the installation's key")?;
        Ok(Self(Zeroizing::new(key)))
    }

    pub(super) fn fingerprints(&self) -> FingerprintKey {
        FingerprintKey::of_installation(&self.0)
    }

    pub(super) fn hasher(&self) -> ContentHasher {
        ContentHasher::new(blake3::derive_key("vigil 2026-11 content hashes", &*self.0))
    }
}
