//! What must not be decrypted passes blind; who must not enter stays out.

use std::{sync::Arc, time::Duration};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::world::*;
use vigil_platform::socket::Owner;
use vigil_proto::{Timestamp, event::ProcessRef};

use crate::source::proxy::{OwnerCheck, Rooms};

/// A plan in which `host` leads to `to`.
fn leads(host: &str, to: std::net::SocketAddr) -> Plan {
    Plan { pins: [(host.to_owned(), to)].into(), ..Plan::default() }
}

async fn tls_echo(origin: &Origin) -> std::net::SocketAddr {
    origin
        .serve_tls(|mut stream| async move {
            let mut byte = [0; 4];
            stream.read_exact(&mut byte).await.unwrap();
            say(&mut stream, byte).await;
        })
        .await
}

/// An echo that goes on after the client has ended its half.
async fn raw_echo() -> std::net::SocketAddr {
    serve(|mut stream| {
        Box::pin(async move {
            let all = read_rest(&mut stream).await;
            let _ = stream.write_all(&all).await;
        })
    })
    .await
}

#[tokio::test]
async fn an_unlisted_host_keeps_its_own_certificate_and_leaves_nothing() {
    let origin = Origin::new();
    let upstream = tls_echo(&origin).await;
    let world = World::start(origin, leads("unlisted.example:443", upstream)).await;

    let mut stream = world.tls("unlisted.example:443", UNLISTED, world.origin.ca()).await.unwrap();
    say(&mut stream, b"ping").await;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.unwrap();
    drop(stream);

    assert_eq!(&answer, b"ping");
    assert!(world.end().await.kinds().is_empty());
}

#[tokio::test]
async fn a_listed_host_with_another_server_name_is_tunnelled() {
    let origin = Origin::new();
    let upstream = tls_echo(&origin).await;
    let world = World::start(origin, leads("api.anthropic.com:443", upstream)).await;

    let stream = world.tls("api.anthropic.com:443", UNLISTED, world.origin.ca()).await;

    assert!(stream.is_ok());
    drop(stream);
    let expected = [(false, "sni-mismatch".to_owned())];
    assert_eq!(world.end().await.envelopes(), expected);
}

#[tokio::test]
async fn an_address_is_never_decrypted() {
    let origin = Origin::new();
    let upstream = tls_echo(&origin).await;
    let world = World::start(origin, leads("127.0.0.1:443", upstream)).await;

    // The client names the listed host, yet the connection is for an address.
    let stream = world.tls("127.0.0.1:443", LISTED, world.origin.ca()).await;

    assert!(stream.is_ok());
    assert_eq!(world.counters.decrypted(), 0);
}

#[tokio::test]
async fn a_client_that_rejects_the_certificate_twice_is_tunnelled_and_that_is_told() {
    let origin = Origin::new();
    let upstream = tls_echo(&origin).await;
    let world = World::start(origin, leads("api.anthropic.com:443", upstream)).await;

    let mut rejected = 0;
    let mut stream = loop {
        // It trusts the upstream's own CA alone. The proxy may need a moment to hear of a rejection.
        match world.tls("api.anthropic.com:443", LISTED, world.origin.ca()).await {
            Ok(stream) => break stream,
            Err(_) => rejected += 1,
        }
        assert!(rejected < 100, "it is never tunnelled");
    };
    say(&mut stream, b"ping").await;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.unwrap();
    drop(stream);

    assert_eq!(&answer, b"ping");
    assert!(rejected >= 2, "it was tunnelled after {rejected}");
    let report = world.end().await;
    assert_eq!(report.gaps(), ["client-distrusts"]);
    let (tunnelled, others): (Vec<_>, Vec<_>) =
        report.envelopes().into_iter().partition(|(decrypted, _)| !decrypted);
    assert_eq!(tunnelled, [(false, "client-distrusts".to_owned())]);
    assert!(others.iter().all(|(_, detail)| detail == "client-tls-failed"), "{others:?}");
}

/// A plan in which one process, that is found, is behind every client.
fn one_process(to: std::net::SocketAddr) -> Plan {
    let owner =
        OwnerCheck { uid: 1000, lookup: Arc::new(|_, _| Ok(Some(Owner { uid: 1000, inode: 7 }))) };
    let rooms = Rooms::default();
    let served = rooms.callers.serve();
    std::thread::spawn(move || {
        loop {
            for question in served.wait(Duration::from_secs(1)) {
                let process = ProcessRef { pid: 7, started: Timestamp::from_micros(7) };
                served.answer(&question, process);
            }
        }
    });
    Plan { owner: Some(owner), rooms, ..leads("api.anthropic.com:443", to) }
}

/// Ends a decrypted connection right after the handshake; false when it was tunnelled.
async fn leave(world: &World) -> bool {
    match world.tls("api.anthropic.com:443", LISTED, world.ca.clone()).await {
        Ok(mut stream) => {
            stream.shutdown().await.unwrap();
            // The proxy has heard of it when it ends as well.
            read_rest(&mut stream).await;
            true
        }
        Err(_) => false,
    }
}

#[tokio::test]
async fn a_client_that_leaves_right_after_the_handshake_twice_is_tunnelled() {
    let origin = Origin::new();
    let upstream = tls_echo(&origin).await;
    let world = World::start(origin, one_process(upstream)).await;
    // As Node does: the handshake ends well, then it looks at the certificate and leaves.
    let mut decrypted = 0;
    while leave(&world).await {
        decrypted += 1;
        assert!(decrypted < 100, "it is never tunnelled");
    }
    assert!(decrypted >= 2, "it was tunnelled after {decrypted}");
    assert_eq!(world.end().await.gaps(), ["client-distrusts"]);
}

#[tokio::test]
async fn a_client_that_has_said_something_may_leave_other_connections_unused() {
    let origin = Origin::new();
    let upstream = origin
        .serve_tls(|mut stream| async move {
            while read_head(&mut stream).await.ends_with("\r\n\r\n") {
                say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            }
        })
        .await;
    let world = World::start(origin, one_process(upstream)).await;
    let ask = format!("GET / HTTP/1.1\r\nHost: {LISTED}\r\n\r\n");
    let mut first = world.listed().await;
    say(&mut first, &ask).await;
    read_head(&mut first).await;
    // The first goes on meanwhile.
    for _ in 0..20 {
        leave(&world).await;
    }
    let mut last = None;
    for _ in 0..100 {
        last = world.tls("api.anthropic.com:443", LISTED, world.ca.clone()).await.ok();
        if last.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(last.is_some(), "it is tunnelled though it takes the certificate");
    drop((first, last));
}

#[tokio::test]
async fn what_is_not_tls_is_tunnelled_also_on_a_listed_host() {
    let upstream = raw_echo().await;
    let world = World::start(Origin::new(), leads("api.anthropic.com:443", upstream)).await;

    let (mut stream, _) = world.connect("api.anthropic.com:443").await;
    say(&mut stream, b"not tls at all").await;
    stream.shutdown().await.unwrap();

    assert_eq!(read_rest(&mut stream).await, b"not tls at all");
    drop(stream);
    assert_eq!(world.end().await.envelopes(), [(false, "not-tls".to_owned())]);
}

#[tokio::test]
async fn a_server_may_speak_first() {
    for host in ["unlisted.example:25", "api.anthropic.com:443"] {
        let upstream = serve(|mut stream| {
            Box::pin(async move {
                say(&mut stream, b"220 hello\r\n\r\n").await;
                let _ = read_rest(&mut stream).await;
            })
        })
        .await;
        let world = World::start(Origin::new(), leads(host, upstream)).await;

        let (mut stream, _) = world.connect(host).await;

        assert_eq!(read_head(&mut stream).await, "220 hello\r\n\r\n");
    }
}

#[tokio::test]
async fn half_a_close_passes_and_the_answer_comes_back() {
    let upstream = raw_echo().await;
    let world = World::start(Origin::new(), leads("unlisted.example:7", upstream)).await;

    let (mut stream, _) = world.connect("unlisted.example:7").await;
    let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let copy = sent.clone();
    let (mut reader, mut writer) = stream.split();
    let (received, ()) = tokio::join!(read_rest(&mut reader), async {
        writer.write_all(&copy).await.unwrap();
        writer.shutdown().await.unwrap();
    });

    assert!(received == sent);
}

#[tokio::test]
async fn an_unreachable_upstream_is_a_502_with_a_reason() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = closed.local_addr().unwrap();
    drop(closed);
    let world = World::start(Origin::new(), leads("api.anthropic.com:443", addr)).await;

    let (mut stream, head) = world.connect("api.anthropic.com:443").await;
    let body = String::from_utf8(read_rest(&mut stream).await).unwrap();

    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.contains("cannot reach api.anthropic.com:443"), "{body}");
    assert_eq!(world.end().await.envelopes(), [(false, "unreachable".to_owned())]);
}

#[tokio::test]
async fn nonsense_to_the_proxy_is_answered_in_words() {
    let world = World::start(Origin::new(), Plan::default()).await;
    let cases = [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("CONNECT nowhere HTTP/1.1\r\n\r\n", "400"),
        ("CONNECT a.example:0 HTTP/1.1\r\n\r\n", "400"),
        ("\u{16}\u{3}\u{1}garbage\r\n\r\n", "400"),
    ];
    for (request, status) in cases {
        let mut stream = tokio::net::TcpStream::connect(world.proxy).await.unwrap();
        say(&mut stream, request).await;
        let head = read_head(&mut stream).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {head}");
    }
}

#[tokio::test]
async fn plain_http_is_forwarded_without_the_proxys_own_fields() {
    let upstream = serve(|mut stream| {
        Box::pin(async move {
            let head = read_head(&mut stream).await;
            let mut body = [0; 3];
            stream.read_exact(&mut body).await.unwrap();
            let seen = format!("{head}{}", String::from_utf8_lossy(&body));
            say(&mut stream, format!("HTTP/1.1 200 OK\r\n\r\n{seen}")).await;
        })
    })
    .await;
    let world = World::start(Origin::new(), leads("plain.example:80", upstream)).await;

    let mut stream = tokio::net::TcpStream::connect(world.proxy).await.unwrap();
    say(
        &mut stream,
        "POST http://plain.example/a?b HTTP/1.1\r\nHost: plain.example\r\n\
         Proxy-Authorization: x\r\nContent-Length: 3\r\n\r\nabcGET http://other/ HTTP/1.1\r\n\r\n",
    )
    .await;
    let answer = String::from_utf8(read_rest(&mut stream).await).unwrap();

    assert_eq!(
        answer,
        "HTTP/1.1 200 OK\r\n\r\nPOST /a?b HTTP/1.1\r\nHost: plain.example\r\n\
         Content-Length: 3\r\nConnection: close\r\n\r\nabc"
    );
}

#[tokio::test]
async fn another_users_connection_is_reset_before_it_is_read() {
    for found in [Some(Owner { uid: 4711, inode: 7 }), None] {
        let owner = OwnerCheck { uid: 1000, lookup: Arc::new(move |_, _| Ok(found)) };
        let plan = Plan { owner: Some(owner), ..Plan::default() };
        let world = World::start(Origin::new(), plan).await;

        let mut stream = tokio::net::TcpStream::connect(world.proxy).await.unwrap();
        let _ = stream.write_all(b"CONNECT api.anthropic.com:443 HTTP/1.1\r\n\r\n").await;
        let read = stream.read_u8().await;

        assert!(read.is_err());
        assert_eq!(world.counters.refused(), 1);
        assert_eq!(world.counters.accepted(), 0);
    }
}

#[tokio::test]
async fn the_user_may_enter() {
    let owner =
        OwnerCheck { uid: 1000, lookup: Arc::new(|_, _| Ok(Some(Owner { uid: 1000, inode: 7 }))) };
    let plan = Plan { owner: Some(owner), ..leads("unlisted.example:7", raw_echo().await) };
    let world = World::start(Origin::new(), plan).await;

    let (_stream, head) = world.connect("unlisted.example:7").await;

    assert!(head.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_kernel_knows_whose_connection_it_is() {
    if !vigil_platform::socket::KNOWS_OWNERS {
        return;
    }
    let own = vigil_platform::process::uid();
    for (uid, enters) in [(own, true), (own + 1, false)] {
        let lookup = Arc::new(vigil_platform::socket::owner);
        let plan = Plan {
            owner: Some(OwnerCheck { uid, lookup }),
            ..leads("unlisted.example:7", raw_echo().await)
        };
        let world = World::start(Origin::new(), plan).await;

        let mut stream = tokio::net::TcpStream::connect(world.proxy).await.unwrap();
        let _ = stream.write_all(b"CONNECT unlisted.example:7 HTTP/1.1\r\n\r\n").await;

        assert_eq!(read_head(&mut stream).await.starts_with("HTTP/1.1 200"), enters);
    }
}

#[tokio::test]
async fn a_full_house_does_not_keep_the_proxy_from_ending() {
    let plan = Plan { clients_max: Some(1), ..leads("unlisted.example:7", raw_echo().await) };
    let world = World::start(Origin::new(), plan).await;
    let (_open, head) = world.connect("unlisted.example:7").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");

    // Accepted, and waiting for a place.
    let _waiting = tokio::net::TcpStream::connect(world.proxy).await.unwrap();
    tokio::task::yield_now().await;

    tokio::time::timeout(Duration::from_secs(30), world.end()).await.unwrap();
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = crate::source::proxy::Config {
        listen,
        hosts: Vec::new(),
        ca_dir: folder.path().join("ca"),
        upstreams: crate::source::proxy::TestUpstreams::default(),
        redirected: false,
        chain: None,
        clients_max: 64,
        owner: None,
        rooms: crate::source::proxy::Rooms::default(),
    };

    let error = crate::source::proxy::bind(config, None).await.unwrap_err();

    assert!(error.to_string().contains(&listen.port().to_string()), "{error}");
}

#[tokio::test]
async fn much_goes_through_whole_both_ways_at_once_and_each_end_is_passed_on() {
    // More than is copied, more than a pipe or a socket holds, and no multiple of either.
    const MUCH: usize = 5 * 1024 * 1024 + 17;
    fn bytes(seed: usize) -> Vec<u8> {
        (0..MUCH).map(|at| (at / 251 + at * seed).to_le_bytes()[0]).collect()
    }
    let server = serve(|stream| {
        Box::pin(async move {
            let (mut reader, mut writer) = stream.into_split();
            let sending = tokio::spawn(async move {
                writer.write_all(&bytes(3)).await.unwrap();
                writer
            });
            assert!(read_rest(&mut reader).await == bytes(7), "what came is not what was sent");
            // Only after the client's end was heard.
            let mut writer = sending.await.unwrap();
            writer.write_all(b"end").await.unwrap();
            writer.shutdown().await.unwrap();
        })
    })
    .await;
    let world = World::start(Origin::new(), Plan::default()).await;
    let (client, head) = world.connect(&server.to_string()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (mut reader, mut writer) = client.into_split();

    let sending = tokio::spawn(async move {
        writer.write_all(&bytes(7)).await.unwrap();
        writer.shutdown().await.unwrap();
        writer
    });
    let heard = read_rest(&mut reader).await;

    drop(sending.await.unwrap());
    assert_eq!(heard.len(), MUCH + 3);
    assert!(heard == [bytes(3), b"end".to_vec()].concat(), "what came is not what was sent");
    world.end().await;
}
