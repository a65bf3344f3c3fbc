//! Plain HTTP through the proxy (absolute-form requests): one request a connection, passed on
//! in origin form (to another proxy as it came) without the fields that are for this hop alone. Never inspected.

use std::{io, sync::atomic::Ordering};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    accept::Front,
    connect::{answer, unreachable},
    head,
    policy::canonical,
    record::Record,
    tunnel::Traffic,
};
use crate::source::callers::Caller;

/// Fields for one hop (RFC 9110, section 7.6.1), and what clients say to a proxy alone.
const HOP: &[&str] = &["connection", "keep-alive", "te", "trailer", "upgrade"];

/// Fields that say where a body ends. Without them a body would be taken for further requests.
const FRAMING: &[&str] = &["content-length", "transfer-encoding"];

/// Forwards the request `head`, of which `after` was already read.
pub(super) async fn serve(
    front: &Front,
    (mut client, caller): (TcpStream, Caller),
    head: &head::Request,
    after: Vec<u8>,
) -> io::Result<()> {
    let Some(Target { host, port, authority, path }) = split_target(&head.target) else {
        let why = "this is a proxy: send CONNECT host:port, or an http:// address";
        return answer(&mut client, "400 Bad Request", why).await;
    };
    let mut record = Record::begin(front, host, port, (&client, caller));
    let (mut upstream, chain) = match front.dialler.connect_plain(&record.host, port).await {
        Ok(reached) => reached,
        Err(error) => {
            record.detail = "unreachable";
            return unreachable(&mut client, &record.host, port, &error).await;
        }
    };
    front.counters.0.tunnelled.fetch_add(1, Ordering::Relaxed);
    record.detail = "plain-http";
    record.opened();
    let rewritten = match chain {
        Some(chain) => {
            rewrite(head, &authority, &format!("http://{authority}{path}"), &chain.field())
        }
        None => rewrite(head, &authority, &path, ""),
    };
    relay(&mut client, &mut upstream, head, &rewritten, after, &record.traffic).await
}

async fn relay(
    client: &mut TcpStream,
    upstream: &mut TcpStream,
    head: &head::Request,
    rewritten: &[u8],
    after: Vec<u8>,
    traffic: &Traffic,
) -> io::Result<()> {
    upstream.write_all(rewritten).await?;
    traffic.sent.fetch_add(rewritten.len() as u64, Ordering::Relaxed);
    let (mut client_reader, mut client_writer) = client.split();
    let (mut upstream_reader, mut upstream_writer) = upstream.split();
    let mut body = head.body.clone();
    let out = async {
        let mut bytes = after;
        while !body.is_done() {
            if bytes.is_empty() {
                bytes.reserve(32 * 1024);
                if client_reader.read_buf(&mut bytes).await? == 0 {
                    return upstream_writer.shutdown().await;
                }
            }
            let len = body.advance(&bytes, &mut |_| {}).map_err(io::Error::other)?;
            upstream_writer.write_all(bytes.get(..len).unwrap_or_default()).await?;
            traffic.sent.fetch_add(len as u64, Ordering::Relaxed);
            bytes.clear();
        }
        // What else the client says would be a further request; the answer tells it that this
        // connection ends.
        Ok(())
    };
    let back = async {
        let mut bytes = vec![0; 32 * 1024];
        loop {
            let len = upstream_reader.read(&mut bytes).await?;
            if len == 0 {
                return client_writer.shutdown().await;
            }
            client_writer.write_all(bytes.get(..len).unwrap_or_default()).await?;
            traffic.received.fetch_add(len as u64, Ordering::Relaxed);
        }
    };
    tokio::try_join!(out, back).map(|_| ())
}

/// The head for upstream: one request a connection, order and case kept, `chain` the field that
/// another proxy wants. The host is the target's: what the client's own field says does not count
/// (RFC 9112, section 3.2.2).
fn rewrite(head: &head::Request, authority: &str, target: &str, chain: &str) -> Vec<u8> {
    let minor = head.minor;
    let mut out =
        format!("{} {target} HTTP/1.{minor}\r\nHost: {authority}\r\n", head.method).into_bytes();
    out.extend_from_slice(chain.as_bytes());
    for (name, value) in head.fields.iter() {
        let for_this_hop = HOP.iter().any(|hop| name.eq_ignore_ascii_case(hop))
            || name.eq_ignore_ascii_case("host")
            || name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("proxy-"))
            || head.fields.has_token("connection", name);
        // How the body is framed stays, whatever the client says of it: the body passes as it is.
        if !for_this_hop || FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"Connection: close\r\n\r\n");
    out
}

/// What `http://host[:port][/path][?query]` names.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    /// In canonical form.
    host: String,
    port: u16,
    /// Host and port as they were written.
    authority: String,
    /// In origin form.
    path: String,
}

fn split_target(target: &str) -> Option<Target> {
    let scheme = target.get(..7)?;
    let rest = target.get(7..).filter(|_| scheme.eq_ignore_ascii_case("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return None;
    }
    let colon = authority
        .rfind(':')
        .filter(|colon| !authority.get(*colon..).is_some_and(|s| s.contains(']')));
    let (host, port) = match colon {
        Some(colon) => (authority.get(..colon)?, authority.get(colon + 1..)?.parse().ok()?),
        None => (authority, 80),
    };
    let path = match path.split('#').next().unwrap_or_default() {
        "" => "/".to_owned(),
        query if query.starts_with('?') => format!("/{query}"),
        path => path.to_owned(),
    };
    (!host.is_empty()).then(|| Target {
        host: canonical(host),
        port,
        authority: authority.to_owned(),
        path,
    })
}

#[cfg(test)]
mod tests;
