//! Vigil's own connections to others, for what the user asked for: made and verified as those of the
//! proxy's clients are, through the proxy behind it where there is one.

use std::{fmt, io};

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Error, TestUpstreams, dial::Chain, dial::Dialler, policy::Policy};
use crate::source::addresses::Addresses;

/// The way out.
pub struct Outward(Dialler);

impl fmt::Debug for Outward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outward")
    }
}

impl Outward {
    /// Through `chain`, where there is one.
    ///
    /// # Errors
    /// The system's root certificates, or those for tests, cannot be had.
    pub fn new(upstreams: &TestUpstreams, chain: Option<Chain>) -> Result<Self, Error> {
        // Nobody else's connections are told from these.
        Ok(Self(Dialler::new(upstreams, chain, Policy::new(&[]), Addresses::default())?))
    }

    /// A verified TLS connection that will speak HTTP/1.1.
    ///
    /// # Errors
    /// The host cannot be reached, or is not who it should be.
    pub async fn connect(&self, host: &str, port: u16) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let stream = self.0.connect(host, port).await.map_err(io::Error::other)?;
        TlsConnector::from(self.0.tls()).connect(name, stream).await
    }
}
