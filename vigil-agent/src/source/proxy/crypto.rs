//! The cryptography of both sides' TLS.

use std::sync::Arc;

use rustls::{CipherSuite, crypto::CryptoProvider, crypto::ring};

/// What is safe to speak, the cheapest first: as strong as anybody needs, and its hash is one that
/// most processors have an instruction for. A new connection is a third hashing.
pub(super) fn provider() -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    // Stable: within each the library's own order stays.
    provider.cipher_suites.sort_by_key(|suite| match suite.suite() {
        CipherSuite::TLS13_AES_128_GCM_SHA256
        | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => 0,
        _ => 1,
    });
    Arc::new(provider)
}
