//! The one way out: resolves a name and connects, directly or through another proxy; and the TLS
//! towards upstream, verified like any client's.

use std::{collections::HashMap, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

pub use self::chain::{Chain, ChainError};
use self::{
    chain::BadChain,
    race::{attempt, race},
};
use super::{
    Error, TestUpstreams,
    crypto::provider,
    policy::{Policy, is_ip},
};
use crate::source::addresses::Addresses;

mod chain;
mod race;

/// How long a connection may take, resolving included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Connects to upstreams.
pub(super) struct Dialler {
    pins: HashMap<String, SocketAddr>,
    chain: Option<Chain>,
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
        chain: Option<Chain>,
        policy: Policy,
        addresses: Addresses,
    ) -> Result<Self, Error> {
        let pins = upstreams.pins.iter().map(|(host, to)| (host.clone(), *to)).collect();
        Ok(Self { pins, chain, tls: tls(&upstreams.roots)?, policy, addresses })
    }

    /// The TLS configuration towards upstreams.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }

    /// Connects to `host` (a canonical name or an address without brackets) and `port`.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        match self.chain_to(host, port) {
            Some(chain) => self.through(chain, host, port).await,
            None => within_patience(self.direct(host, port)).await,
        }
    }

    /// Connects to `host` and `port` for a request in the form that proxies are sent, when that
    /// leads through another; the way through it comes with the connection.
    pub(super) async fn connect_plain(
        &self,
        host: &str,
        port: u16,
    ) -> Result<(TcpStream, Option<&Chain>), DialError> {
        match self.chain_to(host, port) {
            Some(chain) => Ok((self.to_chain(chain).await?, Some(chain))),
            None => Ok((within_patience(self.direct(host, port)).await?, None)),
        }
    }

    /// True when the way to `address`, which a client meant itself, may lead through another proxy:
    /// that one wants to be asked for the client's own name for it.
    pub(super) fn wants_name(&self, address: SocketAddr) -> bool {
        self.chain_to(&host_of(address), address.port()).is_some()
    }

    /// Connects to `address`, which a client meant itself, by `name` as far as that is known. Where the
    /// way leads through another proxy that one is asked for the name, or else for the address; a
    /// name that is reached past it is not looked up: the client has done so.
    pub(super) async fn connect_meant(
        &self,
        address: SocketAddr,
        name: Option<&str>,
    ) -> Result<TcpStream, DialError> {
        let port = address.port();
        let host = name.map_or_else(|| host_of(address), str::to_owned);
        match self.chain_to(&host, port) {
            Some(chain) if self.wants_name(address) => self.through(chain, &host, port).await,
            _ => within_patience(async { Ok(self.made(attempt(address).await?)) }).await,
        }
    }

    async fn through(&self, chain: &Chain, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let mut stream = self.to_chain(chain).await?;
        match timeout(PATIENCE, chain.lead(&mut stream, host, port)).await {
            Ok(led) => led.map(|()| stream),
            Err(_) => Err(DialError::TimedOut),
        }
    }

    fn chain_to(&self, host: &str, port: u16) -> Option<&Chain> {
        let is_pinned = self.pins.contains_key(&format!("{host}:{port}"));
        self.chain.as_ref().filter(|chain| !is_pinned && chain.leads_to(host, port))
    }

    async fn to_chain(&self, chain: &Chain) -> Result<TcpStream, DialError> {
        let (host, port) = chain.target();
        let reached = within_patience(async {
            let addresses = lookup_host((host, port)).await?.collect();
            Ok(self.made(race(addresses).await?))
        });
        reached.await.map_err(|error| BadChain::Gone(error).into())
    }

    async fn direct(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        if let Some(pinned) = self.pins.get(&format!("{host}:{port}")) {
            return attempt(*pinned).await;
        }
        let addresses: Vec<_> = lookup_host((host, port)).await?.collect();
        self.remember(host, &addresses);
        Ok(self.made(race(addresses).await?))
    }

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

/// The host of `address`, as others write it.
fn host_of(address: SocketAddr) -> String {
    address.ip().to_canonical().to_string()
}

async fn within_patience(
    connecting: impl Future<Output = io::Result<TcpStream>>,
) -> Result<TcpStream, DialError> {
    match timeout(PATIENCE, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(DialError::TimedOut),
        Ok(Err(error)) => Err(DialError::Failed(error)),
        Err(_) => Err(DialError::TimedOut),
    }
}

fn tls(roots: &[PathBuf]) -> Result<Arc<ClientConfig>, Error> {
    let provider = provider();
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
