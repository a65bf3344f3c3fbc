//! A decrypted connection: TLS with a minted leaf towards the client, verified TLS towards
//! upstream, and between them every byte as it came. The inspector sees a copy.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::{
    gate::{Gate, Refusal},
    h2::{self, Offers, Protocol},
    head,
    leaf::Leaf,
    prefixed::Prefixed,
    tee::{Direction, Tee},
    tunnel::Traffic,
};

/// Bytes read at once at first, and while it is not more that comes.
const PIECE: usize = 4 * 1024;
/// Bytes read at once when much comes: one TLS record.
const CHUNK: usize = 16 * 1024;
/// How long both handshakes may take together. While they last nobody hears that a client has
/// gone, so an end that is silent would take up a place for good.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(30);

/// Why a decrypted connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the client did not accept the certificate")]
    ClientTls(#[source] io::Error),
    #[error("the upstream's certificate or TLS was not acceptable")]
    UpstreamTls(#[source] io::Error),
    #[error("the handshakes took too long")]
    HandshakesStalled,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the client's frames were refused")]
    RefusedFrames(#[source] h2::Refusal),
    #[error("the upstream's frames were refused")]
    UpstreamFrames(#[source] h2::Refusal),
    #[error("the connection broke")]
    Broken(#[from] io::Error),
}

impl Ended {
    /// A fixed word for records.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::ClientTls(_) => "client-tls-failed",
            Self::UpstreamTls(_) => "upstream-tls-failed",
            Self::HandshakesStalled => "handshake-timeout",
            Self::Refused(refusal) => refusal.word(),
            Self::RefusedFrames(refusal) => refusal.word(),
            Self::UpstreamFrames(_) => "upstream-frames-refused",
            // Many end a connection without TLS's own goodbye.
            Self::Broken(error) if error.kind() == io::ErrorKind::UnexpectedEof => "ended",
            Self::Broken(_) => "broken",
        }
    }
}

/// One connection to be decrypted.
pub(super) struct Interception {
    pub(super) host: Arc<str>,
    pub(super) client: Prefixed<TcpStream>,
    pub(super) upstream: TcpStream,
    pub(super) leaf: Leaf,
    /// What the client would speak.
    pub(super) offers: Offers,
    pub(super) upstream_tls: Arc<ClientConfig>,
}

/// Both sides, and what is spoken on both.
struct Established {
    client: server::TlsStream<Prefixed<TcpStream>>,
    upstream: client::TlsStream<TcpStream>,
    protocol: Protocol,
}

impl Interception {
    /// Relays until both ends are silent. `open` is called once both handshakes are done.
    pub(super) async fn run(
        self,
        traffic: &Traffic,
        open: impl FnOnce() -> Tee,
    ) -> Result<(), Ended> {
        self.run_within(HANDSHAKE_PATIENCE, traffic, open).await
    }

    /// As [`Interception::run`], with `patience` for both handshakes.
    async fn run_within(
        self,
        patience: Duration,
        traffic: &Traffic,
        open: impl FnOnce() -> Tee,
    ) -> Result<(), Ended> {
        let host = Arc::clone(&self.host);
        let established = timeout(patience, self.handshakes()).await;
        let Established { client, upstream, protocol } =
            established.map_err(|_| Ended::HandshakesStalled)??;
        let tee = open();
        match protocol {
            Protocol::Http1 => http1(&host, client, upstream, &tee, traffic).await,
            Protocol::Http2 => h2::relay(&host, client, upstream, &tee, traffic).await,
        }
    }

    async fn handshakes(self) -> Result<Established, Ended> {
        let Self { host, client, upstream, leaf, offers, upstream_tls } = self;
        let name = ServerName::try_from(host.to_string())
            .map_err(|error| Ended::UpstreamTls(io::Error::other(error)))?;
        let known = leaf.choice.known(offers);
        let upstream_tls = offering(upstream_tls, known);
        let upstream = TlsConnector::from(upstream_tls).connect(name, upstream);
        let upstream = async { upstream.await.map_err(Ended::UpstreamTls) };
        let answer = |protocol| {
            let client = TlsAcceptor::from(leaf.config(protocol)).accept(client);
            async { client.await.map_err(Ended::ClientTls) }
        };
        let Some(protocol) = known else {
            // What upstream chooses is what the client is to hear.
            let upstream = upstream.await?;
            let protocol = chosen(&upstream);
            leaf.choice.learn(protocol);
            return Ok(Established { client: answer(protocol).await?, upstream, protocol });
        };
        // Both at once: the client's handshake needs nothing from upstream's.
        let upstream = async {
            let upstream = upstream.await.inspect_err(|_| leaf.choice.forget())?;
            if protocol == Protocol::Http2 && chosen(&upstream) != protocol {
                leaf.choice.forget();
                let why = io::Error::other("the upstream does not speak HTTP/2");
                return Err(Ended::UpstreamTls(why));
            }
            Ok(upstream)
        };
        let (client, upstream) = tokio::try_join!(answer(protocol), upstream)?;
        Ok(Established { client, upstream, protocol })
    }
}

/// The configuration towards an upstream that is offered `protocol`, or the choice.
fn offering(config: Arc<ClientConfig>, protocol: Option<Protocol>) -> Arc<ClientConfig> {
    let offered = match protocol {
        Some(Protocol::Http1) => return config,
        Some(Protocol::Http2) => vec![Protocol::Http2],
        None => vec![Protocol::Http2, Protocol::Http1],
    };
    let mut config = (*config).clone();
    config.alpn_protocols = offered.into_iter().map(|it| it.alpn().to_vec()).collect();
    Arc::new(config)
}

fn chosen(upstream: &client::TlsStream<TcpStream>) -> Protocol {
    match upstream.get_ref().1.alpn_protocol() {
        Some(name) if name == Protocol::Http2.alpn() => Protocol::Http2,
        _ => Protocol::Http1,
    }
}

/// Relays HTTP/1.
async fn http1(
    host: &str,
    client: server::TlsStream<Prefixed<TcpStream>>,
    upstream: client::TlsStream<TcpStream>,
    tee: &Tee,
    traffic: &Traffic,
) -> Result<(), Ended> {
    let (client_reader, mut client_writer) = split(client);
    let (upstream_reader, upstream_writer) = split(upstream);
    let upgrade = Upgrade::default();
    let ended = {
        let requests =
            requests(Gate::new(host), client_reader, upstream_writer, tee, &upgrade, traffic);
        let responses = responses(upstream_reader, &mut client_writer, tee, &upgrade, traffic);
        tokio::try_join!(requests, responses)
    };
    match ended {
        Ok(_) => Ok(()),
        Err(ended) => {
            if let Ended::Refused(refusal) = &ended
                && traffic.received.load(Ordering::Relaxed) == 0
            {
                // No answer was begun, so the client can be told.
                let _ = client_writer.write_all(refuse(*refusal).as_bytes()).await;
                let _ = client_writer.shutdown().await;
            }
            Err(ended)
        }
    }
}

fn refuse(refusal: Refusal) -> String {
    let body = format!("Vigil did not pass the request on: {refusal}.\n");
    format!(
        "HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        refusal.status(),
        body.len(),
    )
}

async fn requests(
    mut gate: Gate,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    tee: &Tee,
    upgrade: &Upgrade,
    traffic: &Traffic,
) -> Result<(), Ended> {
    let mut chunk = vec![0; PIECE];
    let (mut pass, mut begins) = (Vec::new(), Vec::new());
    loop {
        let len = match from.read(&mut chunk).await {
            Ok(len) => len,
            Err(error) => {
                tee.end(Direction::Request, false);
                return Err(error.into());
            }
        };
        if len == 0 {
            tee.end(Direction::Request, true);
            to.shutdown().await?;
            return Ok(());
        }
        let verdict = gate.push(chunk.get(..len).unwrap_or_default(), &mut pass, &mut begins);
        if gate.awaits_upgrade() {
            upgrade.ask();
        }
        send(&mut to, tee, &mut pass, &mut begins, traffic).await?;
        verdict?;
        widen(&mut chunk, len);
        while gate.awaits_upgrade() {
            let accepted = upgrade.verdict().await;
            let verdict = gate.resolve_upgrade(accepted, &mut pass, &mut begins);
            if gate.awaits_upgrade() {
                upgrade.ask();
            }
            send(&mut to, tee, &mut pass, &mut begins, traffic).await?;
            verdict?;
        }
    }
}

/// Passes on what the gate let through. The copy goes first, so that the inspector has a
/// request before it has the answer.
async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    tee: &Tee,
    pass: &mut Vec<u8>,
    begins: &mut Vec<usize>,
    traffic: &Traffic,
) -> io::Result<()> {
    if pass.is_empty() {
        return Ok(());
    }
    let mut from = 0;
    for begin in begins.drain(..) {
        copy_part(tee, pass.get(from..begin));
        tee.begin();
        from = begin;
    }
    copy_part(tee, pass.get(from..));
    to.write_all(pass).await?;
    to.flush().await?;
    traffic.sent.fetch_add(pass.len() as u64, Ordering::Relaxed);
    pass.clear();
    Ok(())
}

fn copy_part(tee: &Tee, part: Option<&[u8]>) {
    if let Some(part) = part.filter(|part| !part.is_empty()) {
        tee.data(Direction::Request, part);
    }
}

async fn responses(
    mut from: impl AsyncRead + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
    tee: &Tee,
    upgrade: &Upgrade,
    traffic: &Traffic,
) -> Result<(), Ended> {
    let mut chunk = vec![0; PIECE];
    let mut watched = Vec::new();
    loop {
        let len = match from.read(&mut chunk).await {
            Ok(len) => len,
            Err(error) => {
                tee.end(Direction::Response, false);
                upgrade.decide(false);
                return Err(error.into());
            }
        };
        let bytes = chunk.get(..len).unwrap_or_default();
        if len == 0 {
            tee.end(Direction::Response, true);
            upgrade.decide(false);
            to.shutdown().await?;
            return Ok(());
        }
        tee.data(Direction::Response, bytes);
        to.write_all(bytes).await?;
        to.flush().await?;
        traffic.received.fetch_add(len as u64, Ordering::Relaxed);
        if upgrade.is_asked() {
            watched.extend_from_slice(bytes);
            if let Some(accepted) = watch(&mut watched) {
                watched = Vec::new();
                upgrade.decide(accepted);
            }
        }
        widen(&mut chunk, len);
    }
}

/// Makes room for more when `len` bytes filled `chunk`: most connections wait most of the time, and
/// need little. It stays: to take and to give back for every request costs more than to pass it on.
fn widen(chunk: &mut Vec<u8>, len: usize) {
    if len == chunk.len() {
        chunk.resize((2 * len).min(CHUNK), 0);
    }
}

/// Looks for the answer to an upgrade at the beginning of `bytes`; interim answers are skipped.
fn watch(bytes: &mut Vec<u8>) -> Option<bool> {
    loop {
        match head::response(bytes) {
            Ok(Some(answer)) if answer.status == 101 => return Some(true),
            Ok(Some(interim)) if interim.status < 200 => {
                bytes.drain(..interim.len);
            }
            Ok(None) => return None,
            Ok(Some(_)) | Err(_) => return Some(false),
        }
    }
}

/// What the two directions tell each other about a change of protocol.
#[derive(Default)]
struct Upgrade {
    state: AtomicU8,
    decided: Notify,
}

const QUIET: u8 = 0;
const ASKED: u8 = 1;
const ACCEPTED: u8 = 2;
const REFUSED: u8 = 3;

impl Upgrade {
    fn ask(&self) {
        self.state.store(ASKED, Ordering::Release);
    }

    fn is_asked(&self) -> bool {
        self.state.load(Ordering::Acquire) == ASKED
    }

    fn decide(&self, accepted: bool) {
        if self.is_asked() {
            self.state.store(if accepted { ACCEPTED } else { REFUSED }, Ordering::Release);
            self.decided.notify_one();
        }
    }

    async fn verdict(&self) -> bool {
        loop {
            match self.state.load(Ordering::Acquire) {
                state @ (ACCEPTED | REFUSED) => {
                    self.state.store(QUIET, Ordering::Release);
                    return state == ACCEPTED;
                }
                _ => self.decided.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests;
