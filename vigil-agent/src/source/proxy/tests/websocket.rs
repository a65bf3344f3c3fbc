//! Web sockets through a decrypted connection: what the upstream answers and every frame pass as
//! they come, readable or not.

use flate2::{Compress, Compression, FlushCompress};
use tokio::io::AsyncReadExt as _;
use vigil_proto::Kind;

use super::world::*;

fn listed(to: std::net::SocketAddr) -> Plan {
    Plan { pins: [(format!("{LISTED}:443"), to)].into(), ..Plan::default() }
}

const ASK: &str = "GET /v1/responses HTTP/1.1\r\nHost: api.anthropic.com\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: b, a\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

const GRANTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: a\r\nX-Odd: 1\r\n\r\n";

/// A masked frame of `a`, a server's of `b`, and bytes that are no frame.
const FROM_CLIENT: &[u8] = b"\x81\x81\x01\x02\x03\x04\x60\xff\xff\xff nonsense";
const FROM_SERVER: &[u8] = b"\x81\x01b\xf0\x00 nonsense";

#[tokio::test]
async fn the_upstreams_own_answer_and_all_frames_pass_as_they_are() {
    let origin = Origin::new();
    let upstream = origin
        .serve_tls(|mut stream| async move {
            assert_eq!(read_head(&mut stream).await, ASK);
            // Frames may come with the answer.
            say(&mut stream, [GRANTED.as_bytes(), FROM_SERVER].concat()).await;
            let mut frames = vec![0; FROM_CLIENT.len()];
            stream.read_exact(&mut frames).await.unwrap();
            assert_eq!(frames, FROM_CLIENT);
            say(&mut stream, &frames).await;
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    // Nor does a client have to wait for the answer.
    say(&mut client, [ASK.as_bytes(), FROM_CLIENT].concat()).await;

    assert_eq!(read_head(&mut client).await, GRANTED);
    assert_eq!(read_rest(&mut client).await, [FROM_SERVER, FROM_CLIENT].concat());
    let report = world.end().await;
    assert_eq!(report.envelopes(), [(true, "ended".to_owned())]);
    assert_eq!(report.gaps(), ["websocket-malformed"; 2], "one for each way");
}

#[tokio::test]
async fn a_refusal_passes_and_the_connection_goes_on() {
    const REFUSED: &str = "HTTP/1.1 426 Upgrade Required\r\nX-Why: 1\r\nContent-Length: 2\r\n\r\n";
    let origin = Origin::new();
    let upstream = origin
        .serve_tls(|mut stream| async move {
            read_head(&mut stream).await;
            say(&mut stream, format!("{REFUSED}no")).await;
            read_head(&mut stream).await;
            say(&mut stream, "HTTP/1.1 204 No Content\r\n\r\n").await;
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;

    say(&mut client, ASK).await;
    assert_eq!(read_head(&mut client).await, REFUSED);
    let mut body = [0; 2];
    client.read_exact(&mut body).await.unwrap();

    say(&mut client, format!("GET / HTTP/1.1\r\nHost: {LISTED}\r\n\r\n")).await;
    assert!(read_head(&mut client).await.starts_with("HTTP/1.1 204"));
    world.end().await;
}

/// One compressed message in one frame; `compress` keeps what later ones refer to.
fn frame(compress: &mut Compress, is_client: bool, text: &str) -> Vec<u8> {
    let mut payload = Vec::with_capacity(text.len() + 64);
    compress.compress_vec(text.as_bytes(), &mut payload, FlushCompress::Sync).unwrap();
    payload.truncate(payload.len() - 4);
    let mask = if is_client { [9, 8, 7, 6] } else { [0; 4] };
    let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![0xc1, if is_client { 0xfe } else { 0x7e }, len[0], len[1]];
    frame.extend(mask.iter().take(if is_client { 4 } else { 0 }));
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[tokio::test]
async fn compressed_messages_are_read_beside_the_stream() {
    const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let compressor = || Compress::new(Compression::default(), false);
    let (mut asks, mut answers) = (compressor(), compressor());
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    for id in ["r1", "r2"] {
        let request = format!(
            r#"{{"type":"response.create","model":"m","stream":true,"input":[{{"type":"message","role":"user","content":[{{"type":"input_text","text":"hello {id}"}}]}}]}}"#
        );
        asked.push(frame(&mut asks, true, &request));
        let created = format!(r#"{{"type":"response.created","response":{{"id":"{id}"}}}}"#);
        let completed = format!(
            r#"{{"type":"response.completed","response":{{"id":"{id}","model":"m","status":"completed","usage":{{"input_tokens":5,"output_tokens":3}}}}}}"#
        );
        answered.push([created, completed].map(|text| frame(&mut answers, false, &text)).concat());
    }
    let origin = Origin::new();
    let (expected, said) = (asked.clone(), answered.clone());
    let upstream = origin
        .serve_tls(move |mut stream| {
            let (expected, said) = (expected.clone(), said.clone());
            async move {
                read_head(&mut stream).await;
                say(&mut stream, AGREED).await;
                for (expected, said) in expected.iter().zip(said) {
                    let mut frame = vec![0; expected.len()];
                    stream.read_exact(&mut frame).await.unwrap();
                    assert_eq!(&frame, expected, "frames pass as they are");
                    // In the smallest pieces that there are.
                    for byte in said {
                        say(&mut stream, [byte]).await;
                    }
                }
            }
        })
        .await;
    let world = World::start(origin, listed(upstream)).await;
    let mut client = world.listed().await;
    say(&mut client, ASK).await;
    assert_eq!(read_head(&mut client).await, AGREED);

    for (asked, answered) in asked.iter().zip(&answered) {
        say(&mut client, asked).await;
        let mut frames = vec![0; answered.len()];
        client.read_exact(&mut frames).await.unwrap();
        assert_eq!(&frames, answered);
    }
    drop(client);

    let report = world.end().await;
    let calls = report.events().filter(|event| matches!(event.kind, Kind::ModelCall(_))).count();
    assert_eq!((calls, report.gaps()), (2, vec![]));
}
