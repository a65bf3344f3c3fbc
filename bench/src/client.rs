//! A client: goes directly or through a proxy, trusts one root alone, and takes no answer but the
//! right one.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, StatusCode, Version, body::Incoming, client::conn, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep_until},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    answers::{self, HOST, Known, Reading, Shape},
    pattern,
    upstream::BYTES,
};

/// The host that a proxy must leave alone.
const BLIND_HOST: &str = "localhost";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Where the upstream listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) tls: u16,
    pub(crate) raw: u16,
}

/// A way to the upstream.
#[derive(Clone)]
pub(crate) struct Client {
    proxy: Option<SocketAddr>,
    ports: Ports,
    http1: TlsConnector,
    http2: TlsConnector,
    blind: TlsConnector,
    prompts: [Bytes; 2],
    known: Arc<Known>,
    answered: Arc<AtomicU64>,
}

impl Client {
    /// `trusted` alone may speak for the model's host, and `upstream_root` for what is blind: a proxy
    /// that decrypts too little or too much fails.
    pub(crate) fn new(
        proxy: Option<SocketAddr>,
        ports: Ports,
        trusted: &Path,
        upstream_root: &Path,
    ) -> Result<Self> {
        Ok(Self {
            proxy,
            ports,
            http1: connector(trusted, b"http/1.1")?,
            http2: connector(trusted, b"h2")?,
            blind: connector(upstream_root, b"http/1.1")?,
            prompts: [false, true].map(|streamed| answers::prompt(streamed).into()),
            known: Arc::new(Known::new()),
            answered: Arc::default(),
        })
    }

    /// Answers of the model so far, each the right one.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// A connection to the model.
    pub(crate) async fn connect(&self, protocol: Protocol) -> Result<Connection> {
        let connector = match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Http2 => &self.http2,
        };
        let stream = self.dial(HOST, 443, self.ports.tls).await?;
        let stream = connector.connect(ServerName::try_from(HOST)?, stream).await;
        let stream = stream.context("no handshake with the model's host")?;
        Connection::new(stream, protocol, self.clone()).await
    }

    /// A connection to the same server by a name that is none of a proxy's business.
    pub(crate) async fn connect_blind(&self) -> Result<Connection> {
        let stream = self.dial(BLIND_HOST, self.ports.tls, self.ports.tls).await?;
        let stream = self.blind.connect(ServerName::try_from(BLIND_HOST)?, stream).await;
        let stream = stream.context("no handshake through the blind tunnel")?;
        Connection::new(stream, Protocol::Http1, self.clone()).await
    }

    /// Bare bytes: what is written here is a count, what is read so many.
    pub(crate) async fn connect_raw(&self) -> Result<TcpStream> {
        self.dial(BLIND_HOST, self.ports.raw, self.ports.raw).await
    }

    /// To `host:port` by the proxy, or to what is really there.
    async fn dial(&self, host: &str, port: u16, real: u16) -> Result<TcpStream> {
        let to = self.proxy.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, real)));
        let mut stream = TcpStream::connect(to).await.with_context(|| format!("no {to}"))?;
        stream.set_nodelay(true)?;
        if self.proxy.is_some() {
            ask_for(&mut stream, host, port).await?;
        }
        Ok(stream)
    }
}

async fn ask_for(stream: &mut TcpStream, host: &str, port: u16) -> Result<()> {
    let head = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::with_capacity(1024);
    // The far end says nothing before we do: all that comes is the proxy's.
    while !answer.ends_with(b"\r\n\r\n") {
        ensure!(answer.len() < 8192, "the answer to CONNECT has no end");
        ensure!(stream.read_buf(&mut answer).await? > 0, "the answer to CONNECT was cut");
    }
    let status = answer.get(..12).unwrap_or_default();
    if status != b"HTTP/1.1 200" && status != b"HTTP/1.0 200" {
        bail!("CONNECT was refused: {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

fn connector(root: &Path, alpn: &[u8]) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    let pems = CertificateDer::pem_file_iter(root);
    for certificate in pems.with_context(|| format!("cannot read {}", root.display()))? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    // Each handshake is a whole one.
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

enum Sender {
    Http1(conn::http1::SendRequest<Full<Bytes>>),
    Http2(conn::http2::SendRequest<Full<Bytes>>),
}

/// How an answer's events arrived.
#[derive(Debug)]
pub(crate) struct Streamed {
    /// From asking to the first.
    pub(crate) first: Duration,
    /// Milliseconds on the way, event by event.
    pub(crate) delays: Vec<f64>,
}

/// One connection, closed when it is dropped.
pub(crate) struct Connection {
    sender: Sender,
    client: Client,
}

impl Connection {
    async fn new(stream: TlsStream<TcpStream>, protocol: Protocol, client: Client) -> Result<Self> {
        let agreed = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let io = TokioIo::new(stream);
        let sender = match protocol {
            Protocol::Http1 => {
                let (sender, connection) = conn::http1::handshake(io).await?;
                tokio::spawn(connection);
                Sender::Http1(sender)
            }
            Protocol::Http2 => {
                ensure!(agreed.as_deref() == Some(b"h2"), "HTTP/2 was not agreed on");
                let (sender, connection) = conn::http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(connection);
                Sender::Http2(sender)
            }
        };
        Ok(Self { sender, client })
    }

    /// Asks the model and takes the whole answer.
    pub(crate) async fn ask(&mut self) -> Result<()> {
        let [prompt, _] = &self.client.prompts;
        let request = Request::post(answers::PATH).header(header::CONTENT_TYPE, "application/json");
        let answer = self.send(request, prompt.clone()).await?;
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(self.client.known.is_message(&body), "an answer arrived changed");
        self.client.answered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Asks the model and reads the answer's events.
    pub(crate) async fn stream(&mut self, shape: Shape) -> Result<Streamed> {
        let [_, prompt] = &self.client.prompts;
        let request = Request::post(answers::PATH)
            .header(header::CONTENT_TYPE, "application/json")
            .header(Shape::HEADER, shape.write());
        let (mut reading, mut first, start) = (Reading::new(shape), None, Instant::now());
        let mut body = self.send(request, prompt.clone()).await?.into_body();
        while let Some(frame) = body.frame().await {
            let Ok(piece) = frame?.into_data() else { continue };
            reading.take(&piece)?;
            if !reading.delays.is_empty() {
                first.get_or_insert_with(|| start.elapsed());
            }
        }
        let delays = reading.end()?;
        self.client.answered.fetch_add(1, Ordering::Relaxed);
        Ok(Streamed { first: first.unwrap_or_default(), delays })
    }

    /// Takes `count` bytes, no faster than so many a second.
    pub(crate) async fn bytes(&mut self, count: u64, per_second: Option<u32>) -> Result<()> {
        let request = Request::get(format!("{BYTES}?{count}"));
        let mut body = self.send(request, Bytes::new()).await?.into_body();
        let (mut place, start) = (0, Instant::now());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            ensure!(pattern::is_at(place, &data), "bytes arrived changed");
            place += data.len() as u64;
            if let Some(per_second) = per_second {
                let millis = place.saturating_mul(1000) / u64::from(per_second.max(1));
                sleep_until(start + Duration::from_millis(millis)).await;
            }
        }
        ensure!(place == count, "{place} bytes arrived of {count}");
        Ok(())
    }

    /// The least that can be asked.
    pub(crate) async fn greet(&mut self) -> Result<()> {
        let answer = self.send(Request::get("/"), Bytes::new()).await?;
        ensure!(
            answer.into_body().collect().await?.to_bytes() == "ok",
            "a greeting arrived changed"
        );
        Ok(())
    }

    async fn send(
        &mut self,
        request: hyper::http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Incoming>> {
        let request = request
            .header("x-api-key", "none")
            .header(header::USER_AGENT, "vigil-bench")
            .body(Full::new(body))?;
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(for_http1(request)?).await?
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(for_http2(request)?).await?
            }
        };
        ensure!(answer.status() == StatusCode::OK, "the answer was {}", answer.status());
        Ok(answer)
    }
}

fn for_http1(mut request: Request<Full<Bytes>>) -> Result<Request<Full<Bytes>>> {
    request.headers_mut().insert(header::HOST, HOST.parse()?);
    Ok(request)
}

fn for_http2(mut request: Request<Full<Bytes>>) -> Result<Request<Full<Bytes>>> {
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = format!("https://{HOST}{}", request.uri()).parse()?;
    Ok(request)
}
