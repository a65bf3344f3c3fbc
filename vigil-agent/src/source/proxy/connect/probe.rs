//! A client's question before it is routed: does it trust the certificates made here? A CONNECT to a
//! listed host that carries [`FIELD`] gets this proxy's own handshake as that host and nothing more.
//! Nothing is dialled, nothing leaves the machine, and nothing is recorded. With the word of a trial
//! that is under way it is led on within this process.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{super::prefixed::Prefixed, answer};
use crate::source::proxy::{accept::Front, h2::Protocol, head, trial};

/// The field that asks for it. Its value says nothing, unless it is the word of a trial.
const FIELD: &str = "vigil-probe";
/// How long the handshake and the goodbye may take together.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a CONNECT says that asks for the handshake alone.
pub(super) fn asked(head: &head::Request) -> Option<&str> {
    head.fields.first(FIELD)
}

/// Answers as `host` (canonical), if a connection to it would be decrypted; `first` is what came
/// with the request.
pub(super) async fn serve(
    front: &Front,
    mut client: TcpStream,
    (host, port): (&str, u16),
    word: &str,
    first: Vec<u8>,
) -> io::Result<()> {
    if !front.policy.listed(host, port) || front.excluded(host).is_some() {
        let why = format!("{host}:{port} is not decrypted, so there is nothing to trust");
        return answer(&mut client, "404 Not Found", &why).await;
    }
    let leaf = match front.leaves.leaf_for(host) {
        Ok(leaf) => leaf,
        Err(error) => {
            let why = format!("no certificate is made for {host}: {error}");
            return answer(&mut client, "500 Internal Server Error", &why).await;
        }
    };
    let (mut client, first) = match trial::serve(front, word, client, first, &leaf).await {
        Ok(served) => return served,
        Err(not_a_trial) => not_a_trial,
    };
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    let handshake = async {
        let acceptor = TlsAcceptor::from(leaf.config(Protocol::Http1));
        let mut tls = acceptor.accept(Prefixed::new(first, client)).await?;
        tls.shutdown().await?;
        // Closed by the client, so that it has read everything.
        let _ = tls.read(&mut [0; 64]).await;
        Ok(())
    };
    timeout(PATIENCE, handshake).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
