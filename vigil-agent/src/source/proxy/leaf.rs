//! Certificates for single listed hosts, signed by the local CA, with a key that is not the
//! CA's and never leaves this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use rcgen::{
    Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use vigil_proto::{event::ProcessRef, rpc::Fingerprint};

use super::{
    ca::{Authorities, Authority, CLOCK_SKEW, CaError, Unfit, set_validity},
    crypto::provider,
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
    authorities: Authorities,
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
    /// Whom it was signed by.
    by: Fingerprint,
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
pub(super) enum LeafError {
    #[error("the local CA signs nothing: {0}")]
    Unfit(#[from] Arc<Unfit>),
    #[error("cannot make a certificate for a listed host")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot answer with a certificate for a listed host")]
    Tls(#[from] rustls::Error),
}

impl LeafError {
    /// A fixed word for records.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Unfit(unfit) => unfit.word(),
            Self::Certificate(_) | Self::Tls(_) => "no-certificate",
        }
    }
}

impl Leaves {
    pub(super) fn new(authorities: Authorities) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map_err(|source| CaError::Make { path: authorities.path().to_owned(), source })?;
        Ok(Self { authorities, key, made: Mutex::default() })
    }

    /// How to answer as `host`, a listed name in canonical form.
    pub(super) fn leaf_for(&self, host: &str) -> Result<Leaf, LeafError> {
        self.leaf_at(host, SystemTime::now())
    }

    /// Remembers that `process` took one of our certificates.
    pub(super) fn taken_by(&self, process: ProcessRef) {
        self.authorities.taken_by(process);
    }

    /// As [`Leaves::leaf_for`] at `now`, which may be before the time of the last question: clocks
    /// are set.
    fn leaf_at(&self, host: &str, now: SystemTime) -> Result<Leaf, LeafError> {
        let authority = self.authorities.signer(host, now)?;
        let by = authority.certificate().fingerprint();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = made.get(host)
            && leaf.by == by
            && now.duration_since(leaf.made).is_ok_and(|age| age < REMAKE_AFTER)
        {
            return Ok(leaf.clone());
        }
        let config = self.make(&authority, host, now)?;
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
            by,
        };
        if made.len() >= CACHED {
            made.clear();
        }
        made.insert(host.to_owned(), leaf.clone());
        Ok(leaf)
    }

    fn make(
        &self,
        authority: &Authority,
        host: &str,
        now: SystemTime,
    ) -> Result<ServerConfig, LeafError> {
        let leaf = sign(authority, &self.key, host, now)?;
        let issuer = CertificateDer::from(authority.certificate().der().to_vec());
        let chain = vec![leaf.der().clone(), issuer];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        // Both ends are on one machine.
        config.ignore_client_order = true;
        // A connection makes up for the one that it began with.
        config.send_tls13_tickets = 1;
        Ok(config)
    }
}

/// A certificate for `host` and `key`, signed by `authority` at `now`. It does not outlive that one.
pub(super) fn sign(
    authority: &Authority,
    key: &KeyPair,
    host: &str,
    now: SystemTime,
) -> Result<Certificate, rcgen::Error> {
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python's strict mode refuses a leaf that does not name its issuer's key.
    params.use_authority_key_identifier_extension = true;
    let end = (now - CLOCK_SKEW + LIFETIME).min(authority.certificate().ends());
    set_validity(&mut params, now - CLOCK_SKEW, end);
    params.signed_by(key, authority.issuer())
}

#[cfg(test)]
mod tests;
