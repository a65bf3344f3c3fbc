//! Certificates for single listed hosts, signed by the local CA, with a key that is not the
//! CA's and never leaves this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{
    ca::{Authority, CLOCK_SKEW, CaError, set_validity},
    h2::{Choice, Protocol},
};

/// How long a leaf is valid.
const LIFETIME: Duration = Duration::from_hours(30 * 24);
/// A cached leaf older than this is made again.
const REMAKE_AFTER: Duration = Duration::from_hours(10 * 24);
/// The most leaves kept; the host list is far shorter.
const CACHED: usize = 256;

/// Makes and keeps leaves.
pub(super) struct Leaves {
    authority: Authority,
    key: KeyPair,
    made: Mutex<HashMap<String, Leaf>>,
}

/// How to answer as one host.
#[derive(Clone)]
pub(super) struct Leaf {
    http1: Arc<ServerConfig>,
    http2: Arc<ServerConfig>,
    /// What the host itself speaks.
    pub(super) choice: Choice,
    made: SystemTime,
}

impl Leaf {
    /// The TLS configuration that answers with `protocol`.
    pub(super) fn config(&self, protocol: Protocol) -> Arc<ServerConfig> {
        Arc::clone(match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Http2 => &self.http2,
        })
    }
}

/// A leaf could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a certificate for a listed host")]
pub(super) enum LeafError {
    Certificate(#[from] rcgen::Error),
    Tls(#[from] rustls::Error),
}

impl Leaves {
    pub(super) fn new(authority: Authority) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map_err(|source| CaError::Make { path: authority.path().to_owned(), source })?;
        Ok(Self { authority, key, made: Mutex::default() })
    }

    /// How to answer as `host`, a listed name in canonical form.
    pub(super) fn leaf_for(&self, host: &str) -> Result<Leaf, LeafError> {
        let now = SystemTime::now();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = made.get(host)
            && now.duration_since(leaf.made).is_ok_and(|age| age < REMAKE_AFTER)
        {
            return Ok(leaf.clone());
        }
        let config = self.make(host, now)?;
        let speaking = |protocol: Protocol| {
            let mut config = config.clone();
            config.alpn_protocols = vec![protocol.alpn().to_vec()];
            Arc::new(config)
        };
        let leaf = Leaf {
            http1: speaking(Protocol::Http1),
            http2: speaking(Protocol::Http2),
            choice: Choice::default(),
            made: now,
        };
        if made.len() >= CACHED {
            made.clear();
        }
        made.insert(host.to_owned(), leaf.clone());
        Ok(leaf)
    }

    fn make(&self, host: &str, now: SystemTime) -> Result<ServerConfig, LeafError> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's strict mode refuses a leaf that does not name its issuer's key.
        params.use_authority_key_identifier_extension = true;
        let end = (now - CLOCK_SKEW + LIFETIME).min(self.authority.not_after());
        set_validity(&mut params, now - CLOCK_SKEW, end);
        let leaf = params.signed_by(&self.key, self.authority.issuer())?;
        let chain = vec![leaf.der().clone(), CertificateDer::from(self.authority.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        Ok(ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?)
    }
}
