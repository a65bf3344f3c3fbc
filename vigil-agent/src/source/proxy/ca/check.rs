//! Whether a list of certificates makes a client trust an authority: found out as a client does it,
//! with the file as it is on disk.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

use super::Authority;
use crate::source::proxy::leaf;

/// Why a client would not trust it.
#[derive(Debug, thiserror::Error)]
#[error("{} does not make a client trust it: {why}", list.display())]
pub struct Untrusted {
    list: PathBuf,
    why: String,
}

/// Fails unless a client that trusts what is in `list` takes a certificate of `authority` for `host`.
pub(super) fn trusts(
    list: &Path,
    authority: &Authority,
    host: &str,
    now: SystemTime,
) -> Result<(), Untrusted> {
    verify(list, authority, host, now)
        .map_err(|why| Untrusted { list: list.to_owned(), why: why.to_string() })
}

fn verify(
    list: &Path,
    authority: &Authority,
    host: &str,
    now: SystemTime,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let leaf = leaf::sign(authority, &key, host, now)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(list)?.flatten());
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build()?;
    let name = ServerName::try_from(host.to_owned())?;
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    verifier.verify_server_cert(leaf.der(), &[], &name, &[], UnixTime::since_unix_epoch(since))?;
    Ok(())
}
