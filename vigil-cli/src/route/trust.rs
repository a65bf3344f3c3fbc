//! Whether a list of certificates makes the running proxy trusted: found out by a real handshake
//! with it, as a client would do it. The proxy answers by itself; nothing leaves the machine.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use vigil_platform::{process, socket};

/// How long the proxy may take for each step.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer to a CONNECT, in bytes.
const HEAD_MAX: usize = 4096;

/// Why a client would not trust the proxy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Distrust {
    #[error("`{0}` is not an address on this machine")]
    NotHere(String),
    #[error("another user listens at {0}")]
    OtherUser(SocketAddr),
    #[error("the proxy does not answer: {0}")]
    Silent(#[source] io::Error),
    #[error("the proxy refused: {0}")]
    Refused(String),
    #[error("there is no certificate to be read in {0}")]
    NoList(String),
    #[error("its certificate for {host} is not trusted by {list}: {source}")]
    Certificate {
        host: String,
        list: String,
        #[source]
        source: io::Error,
    },
}

/// Shakes hands with the proxy at `url` as a client that trusts what is in `list` and goes to
/// `host`.
pub(crate) fn check(url: &str, host: &str, list: &Path) -> Result<(), Distrust> {
    let at = url.strip_prefix("http://").and_then(|at| at.trim_end_matches('/').parse().ok());
    let at: SocketAddr = at
        .filter(|at: &SocketAddr| at.ip().is_loopback())
        .ok_or_else(|| Distrust::NotHere(url.to_owned()))?;
    let uids = socket::localhost_uids(at.port()).map_err(Distrust::Silent)?;
    if uids.is_some_and(|uids| uids.iter().any(|uid| *uid != process::uid())) {
        return Err(Distrust::OtherUser(at));
    }
    let roots = roots(list)?;
    let mut stream = connect(at, host)?;
    let untrusted = |source| Distrust::Certificate {
        host: host.to_owned(),
        list: list.display().to_string(),
        source,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| untrusted(io::Error::other(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| untrusted(io::Error::other(error)))?;
    let mut tls = ClientConnection::new(Arc::new(config), name)
        .map_err(|error| untrusted(io::Error::other(error)))?;
    while tls.is_handshaking() {
        tls.complete_io(&mut stream).map_err(untrusted)?;
    }
    Ok(())
}

/// Asks for the handshake alone.
fn connect(at: SocketAddr, host: &str) -> Result<TcpStream, Distrust> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE).map_err(Distrust::Silent)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(Distrust::Silent)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(Distrust::Silent)?;
    let ask = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nVigil-Probe: 1\r\n\r\n");
    stream.write_all(ask.as_bytes()).map_err(Distrust::Silent)?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_MAX {
        stream.read_exact(&mut byte).map_err(Distrust::Silent)?;
        head.extend_from_slice(&byte);
    }
    if head.starts_with(b"HTTP/1.1 200 ") {
        return Ok(stream);
    }
    let mut why = String::new();
    // The reason is for people; without it the status line says enough.
    let _ = stream.take(HEAD_MAX as u64).read_to_string(&mut why);
    let status = String::from_utf8_lossy(&head);
    let status = status.lines().next().unwrap_or_default().to_owned();
    Err(Distrust::Refused(if why.trim().is_empty() { status } else { why.trim().to_owned() }))
}

fn roots(list: &Path) -> Result<RootCertStore, Distrust> {
    let none = || Distrust::NoList(list.display().to_string());
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(list).map_err(|_| none())?;
    roots.add_parsable_certificates(certificates.flatten());
    if roots.is_empty() { Err(none()) } else { Ok(roots) }
}
