//! The server at the far end: TLS with HTTP/1.1 and HTTP/2, and bare bytes, on loopback. A process
//! of its own, so that its work is nobody else's.

use std::{
    convert::Infallible,
    io::Read as _,
    net::Ipv4Addr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{Request, Response, StatusCode, body::Incoming, header, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    answers::{self, Shape},
    client::Ports,
    pattern,
};

mod body;
mod certificates;

use self::body::Body;

/// Its root certificate, in the folder that it was given.
pub(crate) const ROOT: &str = "upstream-ca.pem";
/// Where bytes are asked for: `/bytes?COUNT`.
pub(crate) const BYTES: &str = "/bytes";

/// Numbers of answers.
static ANSWERS: AtomicU64 = AtomicU64::new(0);

/// Serves until the input ends. The first line of the output says where.
#[expect(clippy::print_stdout, reason = "the line is the answer")]
pub(crate) async fn serve(folder: &Path) -> Result<()> {
    let Ports { tls, raw } = listen(folder).await?;
    println!("{tls} {raw}");
    // The input ends with whoever began us.
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await?.map(drop).context("cannot read the input")
}

/// Writes the root certificate into `folder` and serves as long as the runtime runs.
pub(crate) async fn listen(folder: &Path) -> Result<Ports> {
    let acceptor = TlsAcceptor::from(Arc::new(certificates::make(folder)?));
    let tls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen")?;
    let raw = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen")?;
    let ports = Ports { tls: tls.local_addr()?.port(), raw: raw.local_addr()?.port() };
    tokio::spawn(async move {
        while let Ok((client, _)) = tls.accept().await {
            // A client that goes away ends its task, nothing else.
            tokio::spawn(talk(acceptor.clone(), client));
        }
    });
    tokio::spawn(async move {
        while let Ok((client, _)) = raw.accept().await {
            tokio::spawn(pour(client));
        }
    });
    Ok(ports)
}

/// Eight bytes say how many are wanted, and so many follow.
async fn pour(mut client: TcpStream) -> std::io::Result<()> {
    let wanted = client.read_u64().await?;
    let mut place = 0;
    while place < wanted {
        let piece = pattern::from(place);
        let left = usize::try_from(wanted - place).unwrap_or(usize::MAX);
        let piece = piece.get(..left).unwrap_or(piece);
        client.write_all(piece).await?;
        place += piece.len() as u64;
    }
    client.shutdown().await
}

async fn talk(acceptor: TlsAcceptor, client: TcpStream) -> Result<()> {
    client.set_nodelay(true)?;
    let client = acceptor.accept(client).await?;
    let is_h2 = client.get_ref().1.alpn_protocol() == Some(b"h2");
    let client = TokioIo::new(client);
    if is_h2 {
        let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        http.serve_connection(client, service_fn(answer)).await?;
    } else {
        let http = hyper::server::conn::http1::Builder::new();
        http.serve_connection(client, service_fn(answer)).await?;
    }
    Ok(())
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    Ok(answer_to(request).await.unwrap_or_else(|| {
        let mut refused =
            Response::new(Body::whole(Bytes::from_static(b"that is not what is asked")));
        *refused.status_mut() = StatusCode::BAD_REQUEST;
        refused
    }))
}

/// None for anything that no client of ours asks, such as a prompt that arrived changed.
async fn answer_to(request: Request<Incoming>) -> Option<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let (kind, answer) = match head.uri.path() {
        answers::PATH => {
            let shape = head.headers.get(Shape::HEADER).map(|shape| shape.to_str().ok());
            let shape = shape.map(|shape| Shape::read(shape?));
            if body != answers::prompt(shape.is_some()) {
                return None;
            }
            let number = ANSWERS.fetch_add(1, Ordering::Relaxed);
            match shape {
                None => ("application/json", Body::whole(answers::message(number).into())),
                Some(shape) => ("text/event-stream", Body::events(number, shape?)),
            }
        }
        BYTES => {
            let count = head.uri.query()?.parse().ok()?;
            ("application/octet-stream", Body::bytes(count))
        }
        "/" => ("text/plain", Body::whole(Bytes::from_static(b"ok"))),
        _ => return None,
    };
    Response::builder().header(header::CONTENT_TYPE, kind).body(answer).ok()
}
