//! One client connection: reads what the client wants of the proxy, dials before it promises
//! anything, and decides between tunnel and interception.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    io,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use vigil_proto::event::ProcessRef;

use super::{
    accept::Front,
    dial::DialError,
    distrust::{Met, Who, program_of},
    forward,
    h2::Offers,
    head,
    hello::{HELLO_MAX, Hello, HelloReader},
    intercept::Interception,
    policy::{canonical, is_ip},
    prefixed::Prefixed,
    record::Record,
    tunnel,
};
use crate::source::callers::Caller;

mod probe;

/// How long a client may take to say what it wants.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client of a listed host may take for its first bytes; then it is tunnelled.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for the answer whose process a client is, where it decides something.
const CALLER_PATIENCE: Duration = Duration::from_millis(500);
/// How often to look whether others have been waited for.
const JUDGED_EVERY: Duration = Duration::from_millis(5);
/// By then that is known, and nobody has to wait for it.
const LOOKED_UP_AFTER: Duration = Duration::from_millis(200);

/// Serves one client.
pub(super) async fn serve(
    front: Arc<Front>,
    mut client: TcpStream,
    caller: Caller,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut bytes = Vec::with_capacity(1024);
    let head = match timeout(HEAD_PATIENCE, read_head(&mut client, &mut bytes)).await {
        Err(_) => {
            return answer(&mut client, "408 Request Timeout", "no request came in time").await;
        }
        Ok(Err(Unreadable::Io(error))) => return Err(error),
        Ok(Err(Unreadable::Head(bad))) => {
            return answer(&mut client, "400 Bad Request", &bad.to_string()).await;
        }
        Ok(Ok(None)) => return Ok(()),
        Ok(Ok(Some(head))) => head,
    };
    let after = bytes.split_off(head.len);
    if head.method != "CONNECT" {
        return forward::serve(&front, (client, caller), &head, after).await;
    }
    let Some((host, port)) = authority(&head.target) else {
        let why = "CONNECT needs a host and a port, such as api.example.com:443";
        return answer(&mut client, "400 Bad Request", why).await;
    };
    if let Some(word) = probe::asked(&head) {
        return probe::serve(&front, client, (&host, port), word, after).await;
    }
    let mut record = Record::begin(&front, host, port, (&client, caller));
    let upstream = match front.dialler.connect(&record.host, port).await {
        Ok(upstream) => upstream,
        Err(error) => {
            record.detail = "unreachable";
            return unreachable(&mut client, &record.host, port, &error).await;
        }
    };
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    established(&front, record, client, upstream, after).await;
    Ok(())
}

/// Answers that `host` could not be reached.
pub(super) async fn unreachable(
    client: &mut TcpStream,
    host: &str,
    port: u16,
    error: &DialError,
) -> io::Result<()> {
    let status = match error {
        DialError::TimedOut => "504 Gateway Timeout",
        DialError::Failed(_) => "502 Bad Gateway",
    };
    answer(client, status, &format!("cannot reach {host}:{port}: {error}")).await
}

/// Leads `client` on to `upstream`, or between the two; `first` are bytes that it already sent.
pub(super) async fn established(
    front: &Front,
    mut record: Record<'_>,
    mut client: TcpStream,
    upstream: TcpStream,
    mut first: Vec<u8>,
) {
    let host = Arc::clone(&record.host);
    let verdict = if !front.policy.listed(&host, record.port()) {
        Err("not-listed")
    } else if let Some(reason) = front.excluded(&host) {
        Err(reason)
    } else {
        match peek(&mut client, &upstream, &mut first, &host).await {
            Ok(_) if distrusts(front, &record).await => Err("client-distrusts"),
            seen => seen,
        }
    };
    let leaf = verdict.and_then(|offers| {
        let leaf = front.leaves.leaf_for(&host).map_err(|error| {
            tracing::debug!(%host, %error, "cannot decrypt");
            error.word()
        });
        Ok((leaf?, offers))
    });
    match leaf {
        Ok((leaf, offers)) => {
            front.counters.0.decrypted.fetch_add(1, Ordering::Relaxed);
            record.decrypted = true;
            record.opened();
            let interception = Interception {
                host: Arc::clone(&host),
                client: Prefixed::new(first, client),
                upstream,
                leaf,
                offers,
                upstream_tls: front.dialler.tls(),
            };
            let open = || front.mailbox.open(record.flow, Arc::clone(&host));
            let began = Instant::now();
            let ended = tokio::select! {
                biased;
                ended = interception.run(&record.traffic, open) => ended,
                never = taken(front, &record) => match never {},
            };
            if let Err(error) = &ended {
                tracing::debug!(%host, error = error as &dyn std::error::Error, "flow ended");
            }
            record.detail = ended.as_ref().map_or_else(super::intercept::Ended::word, |()| "ended");
            let sent = record.traffic.sent.load(Ordering::Relaxed);
            learn(front, &record, Met::of(&ended, sent, began.elapsed())).await;
        }
        Err(reason) => {
            front.counters.0.tunnelled.fetch_add(1, Ordering::Relaxed);
            record.detail = reason;
            record.opened();
            // Broken or ended makes no difference to an envelope.
            let _ = tunnel::run(client, upstream, &first, &record.traffic).await;
        }
    }
}

/// True when the client is led blind because it does not take this host's certificate.
async fn distrusts(front: &Front, record: &Record<'_>) -> bool {
    let judged_by = Instant::now() + CALLER_PATIENCE;
    while front.distrust.is_judging() && Instant::now() < judged_by {
        // A client tries again faster than it is found.
        tokio::time::sleep(JUDGED_EVERY).await;
    }
    if !front.distrust.is_suspect(&record.host, Instant::now()) {
        return false;
    }
    let process = process(record.caller.clone()).await;
    front.distrust.leads_blind(process, &record.host, Instant::now())
}

/// Remembers how the client met this host's certificate.
async fn learn(front: &Front, record: &Record<'_>, met: Met) {
    let _judging = (met == Met::Rejected).then(|| front.distrust.judge());
    let process = match met {
        Met::Unknown => return,
        Met::Taken => {
            record.caller.process(Duration::ZERO).inspect(|it| front.leaves.taken_by(*it))
        }
        Met::Rejected | Met::Left => process(record.caller.clone()).await,
    };
    let is_blind_now = front.distrust.note(process, &record.host, met, Instant::now());
    if met == Met::Taken {
        return;
    }
    let program = front.distrust.program(process, &record.host, process.and_then(program_of));
    if is_blind_now {
        tracing::warn!(host = %record.host, "a client does not take the certificate; it is led blind for a while");
        let who = Who { process, program };
        front.mailbox.distrusted(record.flow, Arc::clone(&record.host), who);
    }
}

/// Remembers that the client takes the certificate as soon as it has said something: connections may
/// be long, and others of the same client end unused meanwhile.
async fn taken(front: &Front, record: &Record<'_>) -> Infallible {
    // Asked again whenever the relay beside it has done something.
    poll_fn(|_| match record.traffic.sent.load(Ordering::Relaxed) {
        0 => Poll::Pending,
        _ => Poll::Ready(()),
    })
    .await;
    tokio::time::sleep(LOOKED_UP_AFTER).await;
    learn(front, record, Met::Taken).await;
    pending().await
}

/// The client's process, once it was looked up.
async fn process(caller: Caller) -> Option<ProcessRef> {
    let asked = tokio::task::spawn_blocking(move || caller.process(CALLER_PATIENCE));
    asked.await.ok().flatten()
}

/// Reads the client's first bytes into `first`; an error is the reason not to decrypt.
async fn peek(
    client: &mut TcpStream,
    upstream: &TcpStream,
    first: &mut Vec<u8>,
    host: &str,
) -> Result<Offers, &'static str> {
    let mut reader = HelloReader::new();
    let mut verdict = if first.is_empty() { Hello::Incomplete } else { reader.push(first) };
    let deadline = tokio::time::sleep(HELLO_PATIENCE);
    tokio::pin!(deadline);
    loop {
        match verdict {
            Hello::NotTls => return Err("not-tls"),
            Hello::Tls { offers: Offers { http1: false, http2: false }, .. } => {
                return Err("no-http");
            }
            Hello::Tls { name: Some(name), .. } if canonical(&name) != host => {
                return Err("sni-mismatch");
            }
            Hello::Tls { offers, .. } => return Ok(offers),
            Hello::Incomplete => {}
        }
        let seen = first.len();
        first.reserve(HELLO_MAX.min(4096));
        let read = tokio::select! {
            read = client.read_buf(first) => read,
            // In TLS the client speaks first; a server that does is something else.
            _ = upstream.readable() => return Err("server-speaks-first"),
            () = &mut deadline => return Err("no-hello"),
        };
        match read {
            Ok(0) | Err(_) => return Err("no-hello"),
            Ok(_) => verdict = reader.push(first.get(seen..).unwrap_or_default()),
        }
    }
}

enum Unreadable {
    Io(io::Error),
    Head(head::BadHead),
}

/// Reads a request's head into `bytes`, which may then hold more; `None` at a silent end.
async fn read_head(
    client: &mut TcpStream,
    bytes: &mut Vec<u8>,
) -> Result<Option<head::Request>, Unreadable> {
    loop {
        if client.read_buf(bytes).await.map_err(Unreadable::Io)? == 0 {
            return Ok(None);
        }
        if let Some(head) = head::request(bytes).map_err(Unreadable::Head)? {
            return Ok(Some(head));
        }
    }
}

/// `host:port` of a CONNECT, the host in canonical form.
fn authority(target: &str) -> Option<(String, u16)> {
    let (host, port) = target.rsplit_once(':')?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let host = canonical(host);
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let plausible = !host.is_empty()
        && host.len() <= 253
        && (bracketed || !host.contains(':'))
        && (is_ip(&host) || host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'));
    plausible.then_some((host, port))
}

/// Answers with `status` and a reason in words, and ends.
pub(super) async fn answer(client: &mut TcpStream, status: &str, why: &str) -> io::Result<()> {
    let body = format!("Vigil: {why}\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await?;
    client.shutdown().await
}
