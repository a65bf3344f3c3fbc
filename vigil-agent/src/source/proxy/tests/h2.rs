//! HTTP/2 through the proxy: every frame as it came, and only for the connection's host.

use std::{net::SocketAddr, process::Command, sync::Arc};

use ::h2::{RecvStream, client, server};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use rustls::pki_types::ServerName;
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    sync::{Barrier, Notify, mpsc},
};
use tokio_rustls::client::TlsStream;
use vigil_proto::{Event, Kind, Sensitive, Timestamp};

use super::{
    exchange,
    exchange::listed,
    frames::{block, frame, greeting, post},
    world::*,
};

type Stream = tokio_rustls::server::TlsStream<TcpStream>;

/// An origin that speaks `protocols`.
fn origin(protocols: &[&str]) -> Origin {
    let mut origin = Origin::new();
    let tls = Arc::get_mut(&mut origin.tls).unwrap();
    tls.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    origin
}

/// A TLS connection through `world` by a client that offers `protocols`.
async fn offering(world: &World, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let (stream, head) = world.connect(&format!("{LISTED}:443")).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    connector(world.ca.clone())
        .with_alpn(protocols)
        .connect(ServerName::try_from(LISTED).unwrap(), stream)
        .await
}

/// A client that speaks HTTP/2 alone.
async fn connect(world: &World) -> client::SendRequest<Bytes> {
    let stream = offering(world, &["h2"]).await.unwrap();
    let (sender, connection) = client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Serves every request on a connection with `answer`.
async fn serve_requests<F>(
    stream: Stream,
    answer: impl Fn(Request<RecvStream>, server::SendResponse<Bytes>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connection = server::handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond));
    }
}

async fn read_body(body: &mut RecvStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        all.extend(data);
    }
    all
}

fn event_stream() -> Response<()> {
    Response::builder()
        .header("request-id", "req_1")
        .header("content-type", "text/event-stream; charset=utf-8")
        .body(())
        .unwrap()
}

/// Answers with the same stream as the model that speaks HTTP/1.
async fn answer(mut request: Request<RecvStream>, mut respond: server::SendResponse<Bytes>) {
    read_body(request.body_mut()).await;
    let mut body = respond.send_response(event_stream(), false).unwrap();
    for event in exchange::sse() {
        body.send_data(event.into(), false).unwrap();
    }
    body.send_data(Bytes::new(), true).unwrap();
}

/// The same in one frame: the client's library takes a great many small ones for an attack.
async fn answer_at_once(
    mut request: Request<RecvStream>,
    mut respond: server::SendResponse<Bytes>,
) {
    read_body(request.body_mut()).await;
    let mut body = respond.send_response(event_stream(), false).unwrap();
    body.send_data(exchange::sse().concat().into(), true).unwrap();
}

async fn model(origin: &Origin) -> SocketAddr {
    origin.serve_tls(|stream| serve_requests(stream, answer)).await
}

/// The request of the tests in HTTP/1, and its body.
fn request() -> (Request<()>, Bytes) {
    let (_, body) =
        exchange::request().split_once("\r\n\r\n").map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    let request = Request::post(format!("https://{LISTED}/v1/messages?beta=true"))
        .header("x-odd", "1")
        .header("user-agent", "claude-cli/9.9.9 (x)")
        .header("x-claude-code-session-id", "s-1")
        .header("content-length", body.len())
        .body(())
        .unwrap();
    (request, body.into())
}

/// Asks once and gives the answer's body.
async fn ask(sender: &client::SendRequest<Bytes>) -> Vec<u8> {
    let mut sender = sender.clone().ready().await.unwrap();
    let (request, body) = request();
    let (response, mut stream) = sender.send_request(request, false).unwrap();
    stream.send_data(body, true).unwrap();
    let mut response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    read_body(response.body_mut()).await
}

/// What happened, without when and where.
fn story(report: &Report) -> Vec<Event<Sensitive>> {
    let mut events: Vec<_> = report.events().cloned().collect();
    events.retain(|event| !matches!(event.kind, Kind::Connection(_)));
    for event in &mut events {
        event.at = Timestamp::from_micros(0);
        event.seen_at = Timestamp::from_micros(0);
        event.position = 0;
        if let Kind::ModelCall(call) = &mut event.kind {
            (call.latency_us, call.first_byte_us) = (None, None);
        }
    }
    events
}

#[tokio::test]
async fn a_stream_gives_the_same_events_as_in_http1() {
    let by_http1 = {
        let origin = Origin::new();
        let upstream = exchange::model(&origin).await;
        let world = World::start(origin, listed(upstream)).await;
        let mut client = world.listed().await;
        say(&mut client, exchange::request()).await;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n0\r\n\r\n") {
            assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0);
        }
        drop(client);
        story(&world.end().await)
    };

    let origin = origin(&["h2"]);
    let upstream = model(&origin).await;
    let world = World::start(origin, listed(upstream)).await;
    let sender = connect(&world).await;
    assert_eq!(ask(&sender).await, exchange::sse().concat().into_bytes());
    drop(sender);
    let by_http2 = story(&world.end().await);

    assert!(by_http1.iter().any(|event| event.kind.name().as_str() == "model_call"));
    assert!(by_http1 == by_http2, "{by_http1:#?} is not {by_http2:#?}");
}

#[tokio::test]
async fn both_sides_speak_what_the_client_offers_and_upstream_chooses() {
    let both: &[&str] = &["h2", "http/1.1"];
    for (client, upstream, spoken) in [
        (both, both, Some("h2")),
        (both, &["http/1.1"], Some("http/1.1")),
        (both, &[], Some("http/1.1")),
        (&["http/1.1"], both, Some("http/1.1")),
        (&["h2"], both, Some("h2")),
        (&["h2"], &["http/1.1"], None),
        (&["h2"], &[], None),
        (&[], both, None),
    ] as [(&[&str], &[&str], _); 8]
    {
        let origin = origin(upstream);
        let (seen, mut chosen) = mpsc::unbounded_channel();
        let addr = origin
            .serve_tls(move |mut stream| {
                let seen = seen.clone();
                async move {
                    seen.send(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)).unwrap();
                    drop(read_rest(&mut stream).await);
                }
            })
            .await;
        let world = World::start(origin, listed(addr)).await;
        // The second time the choice is known.
        for _ in 0..2 {
            let connected = offering(&world, client).await;
            let got = connected.as_ref().ok().and_then(|it| it.get_ref().1.alpn_protocol());
            let is_broken = match connected.as_ref() {
                Ok(_) if client == ["h2"] && spoken.is_none() => true,
                Ok(_) => false,
                Err(_) => true,
            };
            if is_broken {
                assert_eq!(spoken, None, "{client:?} with {upstream:?}");
                continue;
            }
            assert_eq!(got, spoken.map(str::as_bytes), "{client:?} with {upstream:?}");
            let expected = spoken.filter(|_| !upstream.is_empty()).map(|it| it.as_bytes().to_vec());
            let expected = if client.is_empty() { Some(b"http/1.1".to_vec()) } else { expected };
            assert_eq!(chosen.recv().await.unwrap(), expected, "{client:?} with {upstream:?}");
        }
        world.end().await;
    }
}

#[tokio::test]
async fn every_frame_passes_unchanged_both_ways() {
    let request = [
        greeting(),
        frame(4, 1, 0, []),
        frame(6, 0, 0, "ping-one"),
        frame(8, 0, 0, 70_000_u32.to_be_bytes()),
        frame(1, 0x20, 1, [&[0, 0, 0, 0, 9][..], &post(LISTED)[..10]].concat()),
        frame(9, 4, 1, &post(LISTED)[10..]),
        frame(0x10, 0, 0, "priority update"),
        frame(0, 8, 1, b"\x04body\0\0\0\0"),
        frame(0xee, 0xff, 3, "unknown"),
        frame(1, 5, 1, block(&[("x-sum", "1")])),
        frame(7, 0, 0, [0; 8]),
    ]
    .concat();
    let answer = [
        frame(4, 0, 0, [0, 3, 0, 0, 0, 100]),
        frame(4, 1, 0, []),
        frame(6, 1, 0, "ping-one"),
        frame(1, 4, 1, block(&[(":status", "103"), ("link", "x")])),
        frame(1, 4, 1, block(&[(":status", "200"), ("x-answer", "1")])),
        frame(0, 0, 1, "some"),
        frame(0xee, 0, 1, "unknown"),
        frame(0, 8, 1, b"\x02more\0\0"),
        frame(1, 5, 1, block(&[("grpc-status", "0")])),
        frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]),
    ]
    .concat();
    let origin = origin(&["h2"]);
    let (seen, mut requests) = mpsc::unbounded_channel();
    let upstream = {
        let (len, answer) = (request.len(), answer.clone());
        origin
            .serve_tls(move |mut stream| {
                let (seen, answer) = (seen.clone(), answer.clone());
                async move {
                    let mut request = vec![0; len];
                    stream.read_exact(&mut request).await.unwrap();
                    seen.send(request).unwrap();
                    say(&mut stream, answer).await;
                    drop(read_rest(&mut stream).await);
                }
            })
            .await
    };
    let world = World::start(origin, listed(upstream)).await;
    let mut client = offering(&world, &["h2"]).await.unwrap();

    // One by one, so that every frame is cut everywhere.
    for byte in &request {
        say(&mut client, [*byte]).await;
    }
    assert!(requests.recv().await.unwrap() == request);
    let mut received = vec![0; answer.len()];
    client.read_exact(&mut received).await.unwrap();

    assert!(received == answer);
}

/// What the client is told when it says `bytes`, what upstream saw, and what is recorded.
async fn refused(bytes: Vec<u8>) -> (u32, Vec<u8>, Vec<(bool, String)>) {
    let origin = origin(&["h2"]);
    let (seen, mut requests) = mpsc::unbounded_channel();
    let upstream = origin
        .serve_tls(move |mut stream| {
            let seen = seen.clone();
            async move {
                say(&mut stream, frame(4, 0, 0, [])).await;
                seen.send(read_rest(&mut stream).await).unwrap();
            }
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = offering(&world, &["h2"]).await.unwrap();

    say(&mut client, bytes).await;
    let told = read_rest(&mut client).await;
    drop(client);

    let settings = frame(4, 0, 0, []);
    let goaway = told.strip_prefix(&settings[..]).unwrap_or(&told);
    assert_eq!(goaway.get(3), Some(&7), "{told:?}");
    let code = u32::from_be_bytes(goaway[13..17].try_into().unwrap());
    let seen = requests.recv().await.unwrap();
    (code, seen, world.end().await.envelopes())
}

#[tokio::test]
async fn a_request_for_another_authority_never_reaches_upstream() {
    let good = [greeting(), frame(1, 5, 1, post(LISTED))].concat();
    let bytes = [&good[..], &frame(1, 5, 3, post(UNLISTED))].concat();

    let (code, seen, envelopes) = refused(bytes).await;

    assert_eq!(code, 1);
    assert!(seen == good);
    assert_eq!(envelopes, [(true, "misdirected-request".to_owned())]);
}

#[tokio::test]
async fn floods_end_the_connection() {
    let mut resets = greeting();
    for stream in (1..).step_by(2).take(3000) {
        resets.extend(frame(1, 4, stream, post(LISTED)));
        resets.extend(frame(3, 0, stream, [0, 0, 0, 8]));
    }
    let mut continuations = [greeting(), frame(1, 0, 1, post(LISTED))].concat();
    for _ in 0..10_000 {
        continuations.extend(frame(9, 0, 1, []));
    }
    for (bytes, most) in [(resets, 120_000), (continuations, greeting().len())] {
        let (code, seen, envelopes) = refused(bytes).await;
        assert_eq!(code, 11);
        assert!(seen.len() <= most, "{} bytes passed", seen.len());
        assert_eq!(envelopes, [(true, "flood".to_owned())]);
    }
}

#[tokio::test]
async fn a_slow_reader_holds_upstream_back_by_its_own_window() {
    const BODY: usize = 64 * 1024 * 1024;
    let origin = origin(&["h2"]);
    let (granted, mut grants) = mpsc::unbounded_channel();
    let upstream = origin
        .serve_tls(move |stream| {
            let granted = granted.clone();
            serve_requests(stream, move |_, mut respond| {
                let granted = granted.clone();
                async move {
                    let mut body = respond.send_response(Response::new(()), false).unwrap();
                    let mut left = BODY;
                    while left > 0 {
                        body.reserve_capacity(left);
                        let Some(Ok(now)) = std::future::poll_fn(|cx| body.poll_capacity(cx)).await
                        else {
                            return;
                        };
                        granted.send(now).unwrap();
                        left -= now;
                        body.send_data(vec![b'x'; now].into(), left == 0).unwrap();
                    }
                }
            })
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut sender = connect(&world).await.ready().await.unwrap();
    let get = Request::get(format!("https://{LISTED}/big")).body(()).unwrap();
    let (response, _) = sender.send_request(get, true).unwrap();
    let mut body = response.await.unwrap().into_body();

    // Taken, but not released: the window stays shut.
    let mut held = 0;
    while held < 65_535 {
        held += body.data().await.unwrap().unwrap().len();
    }
    assert_eq!(held, 65_535);
    let mut sent = 0;
    while let Ok(now) = grants.try_recv() {
        sent += now;
    }
    assert_eq!(sent, 65_535, "upstream may send no more than the client's window");

    body.flow_control().release_capacity(held).unwrap();
    let rest = read_body(&mut body).await.len();
    assert_eq!(held + rest, BODY);
}

#[tokio::test]
async fn hundreds_of_streams_at_a_time_are_all_read() {
    const STREAMS: usize = 300;
    let origin = origin(&["h2"]);
    let all = Arc::new(Barrier::new(STREAMS));
    let upstream = origin
        .serve_tls(move |stream| {
            let all = Arc::clone(&all);
            serve_requests(stream, move |request, respond| {
                let all = Arc::clone(&all);
                async move {
                    // None is answered before all are asked.
                    all.wait().await;
                    answer_at_once(request, respond).await;
                }
            })
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let sender = connect(&world).await;

    let asked: Vec<_> = (0..STREAMS)
        .map(|_| {
            let sender = sender.clone();
            tokio::spawn(async move { ask(&sender).await })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), exchange::sse().concat().into_bytes());
    }
    drop(sender);

    let report = world.end().await;
    assert_eq!(report.gaps(), [""; 0]);
    let calls = report.events().filter(|it| it.kind.name().as_str() == "model_call").count();
    assert_eq!(calls, STREAMS);
}

#[tokio::test]
async fn trailers_pass() {
    let origin = origin(&["h2"]);
    let upstream = origin
        .serve_tls(|stream| {
            serve_requests(stream, |_, mut respond| async move {
                let mut body = respond.send_response(Response::new(()), false).unwrap();
                body.send_data("x".into(), false).unwrap();
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", 0.into());
                body.send_trailers(trailers).unwrap();
            })
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut sender = connect(&world).await.ready().await.unwrap();
    let get = Request::get(format!("https://{LISTED}/")).body(()).unwrap();
    let mut body = sender.send_request(get, true).unwrap().0.await.unwrap().into_body();

    assert_eq!(read_body(&mut body).await, b"x");
    assert_eq!(body.trailers().await.unwrap().unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn a_stream_that_is_given_up_is_cut_and_the_others_go_on() {
    let origin = origin(&["h2"]);
    let gone = Arc::new(Notify::new());
    let upstream = {
        let gone = Arc::clone(&gone);
        origin
            .serve_tls(move |stream| {
                let gone = Arc::clone(&gone);
                serve_requests(stream, move |mut request, mut respond| {
                    let gone = Arc::clone(&gone);
                    async move {
                        read_body(request.body_mut()).await;
                        let mut body = respond.send_response(event_stream(), false).unwrap();
                        for event in exchange::sse().into_iter().take(3) {
                            body.send_data(event.into(), false).unwrap();
                        }
                        std::future::poll_fn(|cx| body.poll_reset(cx)).await.unwrap();
                        gone.notify_one();
                    }
                })
            })
            .await
    };
    let world = World::start(origin, listed(upstream)).await;
    let sender = connect(&world).await;
    for _ in 0..2 {
        let mut sender = sender.clone().ready().await.unwrap();
        let (request, asked) = request();
        let (response, mut stream) = sender.send_request(request, false).unwrap();
        stream.send_data(asked, true).unwrap();
        let mut body = response.await.unwrap().into_body();
        let mut read = 0;
        while read < exchange::sse()[..3].concat().len() {
            read += body.data().await.unwrap().unwrap().len();
        }
        drop((body, stream));
        gone.notified().await;
    }
    drop(sender);

    let report = world.end().await;
    assert_eq!(report.gaps(), ["answer-cut"; 2]);
    assert_eq!(report.envelopes().len(), 1);
}

/// Runs a program that may not be there.
async fn run(mut command: Command) -> Option<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    match tokio::task::spawn_blocking(move || command.output()).await.unwrap() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {errors}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("skipped: {name} cannot be run: {error}");
            None
        }
    }
}

#[tokio::test]
async fn curl_speaks_http2_and_is_read() {
    let origin = origin(&["h2", "http/1.1"]);
    let upstream = model(&origin).await;
    let world = World::start(origin, listed(upstream)).await;
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--http2", "--proxy"])
        .arg(format!("http://{}", world.proxy))
        .arg("--cacert")
        .arg(&world.ca)
        .args(["--write-out", "HTTP/%{http_version}"])
        .args(["--data", r#"{"messages":[{"role":"user","content":"hi"}]}"#])
        .arg(format!("https://{LISTED}/v1/messages"));

    let Some(said) = run(curl).await else { return };

    assert_eq!(said, exchange::sse().concat() + "HTTP/2");
    assert!(world.end().await.kinds().contains(&"model_call"));
}

const NODE: &str = r#"
const [proxy, host, ca] = process.argv.slice(1);
const [address, port] = proxy.split(":");
const ask = require("net").connect(port, address, () =>
  ask.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`));
ask.once("data", () => {
  const options = { socket: ask, servername: host, ALPNProtocols: ["h2"], ca: require("fs").readFileSync(ca) };
  const socket = require("tls").connect(options, () => {
    const session = require("http2").connect(`https://${host}`, { createConnection: () => socket });
    let left = 5;
    for (let call = 0; call < 5; call++) {
      const stream = session.request({ ":method": "POST", ":path": "/v1/messages" });
      let text = "";
      stream.setEncoding("utf8").on("data", (data) => (text += data)).on("end", () => {
        console.log(text.length);
        if (--left === 0) session.close();
      });
      stream.end(JSON.stringify({ messages: [{ role: "user", content: "hi" }] }));
    }
  });
});
"#;

#[tokio::test]
async fn node_speaks_http2_and_is_read() {
    let origin = origin(&["h2"]);
    let upstream = model(&origin).await;
    let world = World::start(origin, listed(upstream)).await;
    let mut node = Command::new("node");
    node.args(["-e", NODE]).arg(world.proxy.to_string()).arg(LISTED).arg(&world.ca);

    let Some(said) = run(node).await else { return };

    let length = exchange::sse().concat().len();
    assert_eq!(said, format!("{length}\n").repeat(5));
    let calls = world.end().await.kinds().iter().filter(|kind| **kind == "model_call").count();
    assert_eq!(calls, 5);
}
