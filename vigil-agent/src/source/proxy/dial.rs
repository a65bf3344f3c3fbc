//! The one way out: resolves a name and connects, racing addresses so that a broken IPv6 costs
//! a moment and not the connection; and the TLS towards upstream, verified like any client's.

use std::{collections::HashMap, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Error, TestUpstreams,
    policy::{Policy, is_ip},
};
use crate::source::addresses::Addresses;

/// How long a connection may take, resolving included.
const PATIENCE: Duration = Duration::from_secs(15);
/// The head start of each address before the next is tried (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to upstreams.
pub(super) struct Dialler {
    pins: HashMap<String, SocketAddr>,
    tls: Arc<ClientConfig>,
    policy: Policy,
    addresses: Addresses,
}

/// Why an upstream could not be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("no answer in time")]
    TimedOut,
    #[error("{0}")]
    Failed(#[source] io::Error),
}

impl Dialler {
    pub(super) fn new(
        upstreams: &TestUpstreams,
        policy: Policy,
        addresses: Addresses,
    ) -> Result<Self, Error> {
        let pins = upstreams.pins.iter().map(|(host, to)| (host.clone(), *to)).collect();
        Ok(Self { pins, tls: tls(&upstreams.roots)?, policy, addresses })
    }

    /// The TLS configuration towards upstreams.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }

    /// Connects to `host` (a canonical name or an address without brackets) and `port`.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let stream = timeout(PATIENCE, self.race(host, port))
            .await
            .map_err(|_| DialError::TimedOut)?
            .map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => DialError::TimedOut,
                _ => DialError::Failed(error),
            })?;
        stream.set_nodelay(true).map_err(DialError::Failed)?;
        Ok(stream)
    }

    async fn race(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        if let Some(pinned) = self.pins.get(&format!("{host}:{port}")) {
            return TcpStream::connect(pinned).await;
        }
        let addresses = alternate(lookup_host((host, port)).await?.collect());
        self.remember(host, &addresses);
        let mut waiting = addresses.into_iter();
        let mut attempts = JoinSet::new();
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        loop {
            match waiting.next() {
                Some(address) => {
                    attempts.spawn(TcpStream::connect(address));
                }
                None if attempts.is_empty() => return Err(last),
                None => {}
            }
            loop {
                tokio::select! {
                    attempt = attempts.join_next() => match attempt {
                        Some(Ok(Ok(stream))) => return Ok(self.made(stream)),
                        Some(Ok(Err(error))) => last = error,
                        Some(Err(_)) => {}
                        None => break,
                    },
                    () = sleep(HEAD_START), if waiting.len() > 0 => break,
                }
                if attempts.is_empty() || waiting.len() > 0 {
                    break;
                }
            }
        }
    }
}

impl Dialler {
    /// Others may go to these addresses without the proxy. A name that is none says nothing.
    fn remember(&self, host: &str, addresses: &[SocketAddr]) {
        if !is_ip(host) {
            let name = Some(host).filter(|host| self.policy.is_ai_host(host));
            self.addresses.learn(name, addresses.iter().map(SocketAddr::ip));
        }
    }

    fn made(&self, stream: TcpStream) -> TcpStream {
        if let Ok(local) = stream.local_addr() {
            self.addresses.made(local);
        }
        stream
    }
}

/// `addresses` with the two families taking turns, beginning with the resolver's first.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut turns = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    loop {
        let pair = (one.next(), other.next());
        if pair == (None, None) {
            return turns;
        }
        turns.extend(pair.0);
        turns.extend(pair.1);
    }
}

fn tls(roots: &[PathBuf]) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut extra = Vec::new();
    for path in roots {
        let unreadable = |source| Error::Roots { path: path.clone(), source };
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
            .map_err(|error| unreadable(io::Error::other(error)))?
            .collect();
        extra.extend(certificates.map_err(|error| unreadable(io::Error::other(error)))?);
    }
    let verifier = if extra.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
    }?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
