//! Decrypted exchanges: byte for byte, without delay, and seen.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, mpsc},
};
use tokio_rustls::server::TlsStream;
use vigil_proto::{Kind, Usage};

use super::world::*;

pub(super) fn listed(to: SocketAddr) -> Plan {
    Plan { pins: [(format!("{LISTED}:443"), to)].into(), ..Plan::default() }
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// A request with a body, in the style of no library: odd case, odd order.
pub(super) fn request() -> String {
    let body =
        r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello there"}]}"#;
    format!(
        "POST /v1/messages?beta=true HTTP/1.1\r\nX-Odd: 1\r\nhOST: api.anthropic.com\r\n\
         user-agent: claude-cli/9.9.9 (x)\r\nx-claude-code-session-id: s-1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn sse() -> Vec<String> {
    let event = |name: &str, data: &str| format!("event: {name}\ndata: {data}\n\n");
    vec![
        event(
            "message_start",
            r#"{"type":"message_start","message":{"id":"msg_1","model":"m-2","usage":{"input_tokens":7,"output_tokens":1,"cache_read_input_tokens":3}}}"#,
        ),
        event(
            "content_block_start",
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        ),
        event(
            "content_block_delta",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"good "}}"#,
        ),
        event(
            "content_block_delta",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"day"}}"#,
        ),
        event("content_block_stop", r#"{"type":"content_block_stop","index":0}"#),
        event(
            "message_delta",
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5,"input_tokens":null}}"#,
        ),
        event("message_stop", r#"{"type":"message_stop"}"#),
    ]
}

pub(super) const ANSWER_HEAD: &str = "HTTP/1.1 200 OK\r\nrequest-ID: req_1\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
     Transfer-Encoding: chunked\r\n\r\n";

async fn read_request(stream: &mut TlsStream<TcpStream>) -> Option<String> {
    let head = read_head(stream).await;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    (!head.is_empty()).then(|| head + &String::from_utf8(body).unwrap())
}

/// Answers every request with the scripted stream.
pub(super) async fn model(origin: &Origin) -> SocketAddr {
    origin
        .serve_tls(|mut stream| async move {
            while read_request(&mut stream).await.is_some() {
                say(&mut stream, ANSWER_HEAD).await;
                for event in sse() {
                    say(&mut stream, chunk(&event)).await;
                }
                say(&mut stream, "0\r\n\r\n").await;
            }
        })
        .await
}

#[tokio::test]
async fn every_byte_passes_unchanged_and_every_event_at_once() {
    let origin = Origin::new();
    let (seen, mut requests) = mpsc::unbounded_channel();
    let next = Arc::new(Notify::new());
    let upstream = {
        let next = Arc::clone(&next);
        origin
            .serve_tls(move |mut stream| {
                let (seen, next) = (seen.clone(), Arc::clone(&next));
                async move {
                    seen.send(read_request(&mut stream).await.unwrap()).unwrap();
                    say(&mut stream, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n").await;
                    say(&mut stream, ANSWER_HEAD).await;
                    for event in sse() {
                        // Not before the client has all that was said so far.
                        next.notified().await;
                        say(&mut stream, chunk(&event)).await;
                    }
                    say(&mut stream, "0\r\nX-Trailer: 1\r\n\r\n").await;
                }
            })
            .await
    };
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    for piece in request().as_bytes().chunks(60) {
        say(&mut client, piece).await;
    }
    let hints = read_head(&mut client).await;
    let head = read_head(&mut client).await;
    for event in sse() {
        next.notify_one();
        let expected = chunk(&event);
        let mut got = vec![0; expected.len()];
        client.read_exact(&mut got).await.unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), expected);
    }
    let end = read_head(&mut client).await;
    drop(client);

    assert_eq!(requests.recv().await.unwrap(), request());
    assert_eq!(hints, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    assert_eq!(head, ANSWER_HEAD);
    assert_eq!(end, "0\r\nX-Trailer: 1\r\n\r\n");
    let report = world.end().await;
    assert_eq!(report.kinds(), ["prompt", "response", "model_call", "connection"]);
    let call = report.events().find_map(|event| match &event.kind {
        Kind::ModelCall(call) => Some(call),
        _ => None,
    });
    let call = call.unwrap();
    assert_eq!(call.usage, Usage { input: 7, cache_read: 3, output: 5, ..Usage::default() });
    assert_eq!(call.request.as_ref().unwrap().expose(), "req_1");
    assert_eq!(call.status, Some(200));
}

#[tokio::test]
async fn a_request_for_another_host_never_reaches_upstream() {
    let origin = Origin::new();
    let (seen, mut requests) = mpsc::unbounded_channel();
    let upstream = origin
        .serve_tls(move |mut stream| {
            let seen = seen.clone();
            async move { seen.send(read_rest(&mut stream).await).unwrap() }
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    say(&mut client, "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n").await;
    let head = read_head(&mut client).await;
    let _ = read_rest(&mut client).await;

    assert!(head.starts_with("HTTP/1.1 421 "), "{head}");
    assert_eq!(requests.recv().await.unwrap(), b"");
    assert_eq!(world.end().await.envelopes(), [(true, "misdirected-request".to_owned())]);
}

#[tokio::test]
async fn a_flow_that_is_open_when_the_proxy_ends_is_recorded() {
    let origin = Origin::new();
    let upstream = model(&origin).await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;
    say(&mut client, request()).await;
    assert_eq!(read_head(&mut client).await, ANSWER_HEAD);

    let report = world.end().await;

    assert_eq!(report.envelopes(), [(true, "proxy-ended".to_owned())]);
    drop(client);
}

#[tokio::test]
async fn an_endless_head_is_refused() {
    let origin = Origin::new();
    let upstream = origin.serve_tls(|mut s| async move { drop(read_rest(&mut s).await) }).await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    say(&mut client, "GET / HTTP/1.1\r\nHost: api.anthropic.com\r\nX: ").await;
    let _ = client.write_all(&vec![b'x'; 128 * 1024]).await;
    let head = read_head(&mut client).await;

    assert!(head.starts_with("HTTP/1.1 431 ") || head.is_empty(), "{head}");
    drop(client);
    assert_eq!(world.end().await.envelopes(), [(true, "request-head-too-large".to_owned())]);
}

#[tokio::test]
async fn an_upstream_that_nobody_vouches_for_is_not_passed_on() {
    let origin = Origin::new();
    let upstream = model(&origin).await;
    let world = World::start(origin, Plan { distrust: true, ..listed(upstream) }).await;

    let client = world.tls(&format!("{LISTED}:443"), LISTED, world.ca.clone()).await;
    if let Ok(mut client) = client {
        let _ = client.write_all(request().as_bytes()).await;
        assert!(read_rest(&mut client).await.is_empty());
    }

    let envelopes = world.end().await.envelopes();
    assert_eq!(envelopes, [(true, "upstream-tls-failed".to_owned())]);
}

#[tokio::test]
async fn a_change_of_protocol_passes_and_what_follows_is_opaque() {
    let origin = Origin::new();
    let upstream = origin
        .serve_tls(|mut stream| async move {
            read_request(&mut stream).await.unwrap();
            say(
                &mut stream,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\0hi",
            )
            .await;
            let mut frame = [0; 4];
            stream.read_exact(&mut frame).await.unwrap();
            say(&mut stream, frame).await;
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    say(
        &mut client,
        "GET /ws HTTP/1.1\r\nHost: api.anthropic.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    )
    .await;
    assert!(read_head(&mut client).await.starts_with("HTTP/1.1 101 "));
    let mut hi = [0; 3];
    client.read_exact(&mut hi).await.unwrap();
    say(&mut client, b"\x81\x02ab").await;
    let mut frame = [0; 4];
    client.read_exact(&mut frame).await.unwrap();

    assert_eq!((&hi, &frame), (b"\0hi", b"\x81\x02ab"));
}

#[tokio::test]
async fn a_client_that_goes_away_takes_upstream_with_it() {
    let origin = Origin::new();
    let gone = Arc::new(Notify::new());
    let upstream = {
        let gone = Arc::clone(&gone);
        origin
            .serve_tls(move |mut stream| {
                let gone = Arc::clone(&gone);
                async move {
                    read_request(&mut stream).await.unwrap();
                    say(&mut stream, ANSWER_HEAD).await;
                    for event in sse().into_iter().take(3) {
                        say(&mut stream, chunk(&event)).await;
                    }
                    let _ = read_rest(&mut stream).await;
                    gone.notify_one();
                }
            })
            .await
    };
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;
    say(&mut client, request()).await;
    read_head(&mut client).await;
    let mut some = vec![0; chunk(&sse()[0]).len()];
    client.read_exact(&mut some).await.unwrap();

    drop(client);
    gone.notified().await;

    // The answer was cut: what is known of its call is not final.
    let report = world.end().await;
    assert_eq!(report.gaps(), ["answer-cut"]);
    assert_eq!(report.kinds(), ["prompt", "gap", "model_call", "connection"]);
}

#[tokio::test]
async fn a_slow_inspector_loses_the_copy_and_never_the_stream() {
    let origin = Origin::new();
    let big = 20 * 1024 * 1024;
    let upstream = origin
        .serve_tls(move |mut stream| async move {
            let mut calls = 0;
            while read_request(&mut stream).await.is_some() {
                calls += 1;
                say(&mut stream, ANSWER_HEAD).await;
                if calls == 8 {
                    let data = "d".repeat(64 * 1024);
                    for _ in 0..big / data.len() {
                        say(&mut stream, chunk(&data)).await;
                    }
                } else {
                    for event in sse() {
                        say(&mut stream, chunk(&event)).await;
                    }
                }
                say(&mut stream, "0\r\n\r\n").await;
            }
        })
        .await;
    let world = World::start(origin, Plan { stalled: true, ..listed(upstream) }).await;
    let mut client = world.listed().await;

    for call in 1..=9 {
        say(&mut client, request()).await;
        assert_eq!(read_head(&mut client).await, ANSWER_HEAD);
        let mut received = 0;
        let mut tail = Vec::new();
        let mut bytes = vec![0; 64 * 1024];
        while !tail.ends_with(b"\r\n0\r\n\r\n") {
            let len = client.read(&mut bytes).await.unwrap();
            assert_ne!(len, 0);
            received += len;
            tail.extend_from_slice(&bytes[..len]);
            tail.drain(..tail.len().saturating_sub(16));
        }
        assert!(call != 8 || received > big);
    }
    drop(client);

    assert_eq!(world.counters.inspect_drops(), 1);
    let report = world.end().await;
    assert_eq!(report.gaps(), ["inspect-queue"]);
    // All calls but the dropped one were read, the one after it included.
    let calls = report.kinds().iter().filter(|kind| **kind == "model_call").count();
    assert_eq!(calls, 8);
}

#[tokio::test]
async fn curl_trusts_the_ca_and_is_read() {
    let origin = Origin::new();
    let upstream = model(&origin).await;
    let world = World::start(origin, listed(upstream)).await;

    let (proxy, ca) = (format!("http://{}", world.proxy), world.ca.clone());
    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new("curl")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .args(["--silent", "--show-error", "--proxy", &proxy, "--cacert"])
            .arg(ca)
            .args(["--data", r#"{"messages":[{"role":"user","content":"hi"}]}"#])
            .arg(format!("https://{LISTED}/v1/messages"))
            .output()
    })
    .await
    .unwrap();
    let Ok(output) = output else { return };

    assert_eq!(String::from_utf8(output.stdout).unwrap(), sse().concat(), "{:?}", output.stderr);
    assert!(world.end().await.kinds().contains(&"model_call"));
}
