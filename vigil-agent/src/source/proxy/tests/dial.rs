//! Connections through another proxy, which is a real one as far as it goes.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, copy_bidirectional},
    net::TcpStream,
    sync::mpsc,
};

use super::world::*;
use crate::source::proxy::Chain;

/// Another proxy: it tells what it was asked, and leads every CONNECT to `to` when `answer` is a
/// success.
async fn behind(
    answer: &'static str,
    to: SocketAddr,
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let address = serve(move |mut stream| {
        let tell = tell.clone();
        Box::pin(async move {
            let head = read_head(&mut stream).await;
            let is_connect = head.starts_with("CONNECT");
            tell.send(head).unwrap();
            if !is_connect {
                say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
                return;
            }
            if answer.contains(" 200 ") {
                // What is behind may speak at once: then its first bytes come with the answer.
                let mut upstream = TcpStream::connect(to).await.unwrap();
                let mut first = [0; 64];
                let speaks = upstream.readable();
                let wait = std::time::Duration::from_millis(50);
                let len = match tokio::time::timeout(wait, speaks).await {
                    Ok(_) => upstream.read(&mut first).await.unwrap(),
                    Err(_) => 0,
                };
                say(&mut stream, [answer.as_bytes(), &first[..len]].concat()).await;
                let _ = copy_bidirectional(&mut stream, &mut upstream).await;
            } else {
                say(&mut stream, answer).await;
            }
        })
    })
    .await;
    (address, told)
}

const CONNECTED: &str = "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n";

/// The plan with the proxy at `address` behind ours; `past` is reached past it.
fn through(address: SocketAddr, past: &str) -> Plan {
    let word = format!("pass{}", 40 + 2);
    let url = format!("http://me:{word}@{address}");
    let chain = Chain::from_env(|name| match name {
        "HTTPS_PROXY" => Some(url.clone()),
        "NO_PROXY" => Some(past.to_owned()),
        _ => None,
    });
    Plan { chain: chain.unwrap(), ..Plan::default() }
}

/// `me:pass42` as the field has it.
const AUTHORIZATION: &str = "Proxy-Authorization: Basic bWU6cGFzczQy\r\n";

#[tokio::test]
async fn tunnels_and_decrypted_hosts_go_through_the_proxy_behind() {
    let origin = Origin::new();
    let upstream = origin
        .serve_tls(|mut stream| async move {
            read_head(&mut stream).await;
            say(&mut stream, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        })
        .await;
    let (proxy, mut told) = behind(CONNECTED, upstream).await;
    let world = World::start(origin, through(proxy, "")).await;

    for (name, roots) in [(LISTED, world.ca.clone()), (UNLISTED, world.origin.ca())] {
        let mut client = world.tls(&format!("{name}:443"), name, roots).await.unwrap();
        say(&mut client, format!("GET / HTTP/1.1\r\nHost: {name}\r\n\r\n")).await;
        assert!(read_head(&mut client).await.starts_with("HTTP/1.1 204"), "{name}");

        let asked = told.recv().await.unwrap();
        assert_eq!(
            asked,
            format!("CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n{AUTHORIZATION}\r\n")
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_server_that_speaks_first_is_heard_through_the_proxy_behind() {
    let server = serve(|mut stream| {
        Box::pin(async move {
            say(&mut stream, "220 hello").await;
            read_rest(&mut stream).await;
        })
    })
    .await;
    let (proxy, _told) = behind(CONNECTED, server).await;
    let world = World::start(Origin::new(), through(proxy, "")).await;

    let (mut client, head) = world.connect("mail.example:25").await;

    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut greeting = [0; 9];
    client.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220 hello");
    drop(client);
    world.end().await;
}

#[tokio::test]
async fn plain_http_goes_to_the_proxy_behind_as_proxies_are_sent_it() {
    let (proxy, mut told) = behind(CONNECTED, ([127, 0, 0, 1], 1).into()).await;
    let world = World::start(Origin::new(), through(proxy, "")).await;

    let mut client = TcpStream::connect(world.proxy).await.unwrap();
    let ask = "GET http://web.example/a?b HTTP/1.1\r\nHost: web.example\r\n\
               Proxy-Authorization: Basic mine\r\n\r\n";
    say(&mut client, ask).await;
    let answer = String::from_utf8(read_rest(&mut client).await).unwrap();

    assert!(answer.ends_with("hi"), "{answer}");
    assert_eq!(
        told.recv().await.unwrap(),
        format!(
            "GET http://web.example/a?b HTTP/1.1\r\nHost: web.example\r\n{AUTHORIZATION}\
             Connection: close\r\n\r\n"
        )
    );
    world.end().await;
}

#[tokio::test]
async fn what_is_to_be_reached_past_it_is() {
    let server =
        serve(|mut stream| Box::pin(async move { say(&mut stream, "direct").await })).await;
    let (proxy, mut told) = behind(CONNECTED, server).await;
    let world = World::start(Origin::new(), through(proxy, "10.0.0.0/8")).await;

    // This machine itself is never reached through another.
    let (mut client, _) = world.connect(&server.to_string()).await;
    assert_eq!(read_rest(&mut client).await, b"direct");
    assert!(told.try_recv().is_err(), "nobody asked it");
    world.end().await;
}

#[tokio::test]
async fn what_the_proxy_behind_refuses_is_told_before_anything_is_promised() {
    let nobody = ([127, 0, 0, 1], 1).into();
    for (answer, status, words) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "502", "answered 403"),
        ("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", "502", "another name or password"),
        ("HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n", "504", "no answer in time"),
        ("SSH-2.0-x\r\n\r\n", "502", "not an HTTP/1 message"),
    ] {
        let (proxy, _told) = behind(answer, nobody).await;
        let world = World::start(Origin::new(), through(proxy, "")).await;

        let (mut client, head) = world.connect(&format!("{LISTED}:443")).await;
        let body = String::from_utf8(read_rest(&mut client).await).unwrap();

        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert!(body.contains(words), "{body}");
        assert!(!format!("{head}{body}").contains("pass42"));
        world.end().await;
    }
}

#[tokio::test]
async fn a_proxy_behind_that_is_not_there_is_told() {
    let world = World::start(Origin::new(), through(([127, 0, 0, 1], 1).into(), "")).await;

    let (mut client, head) = world.connect(&format!("{LISTED}:443")).await;
    let body = String::from_utf8(read_rest(&mut client).await).unwrap();

    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.contains("the proxy behind this one cannot be reached"), "{body}");
    world.end().await;
}
