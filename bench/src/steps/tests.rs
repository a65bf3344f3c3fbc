//! The load against its own upstream, and that a proxy which tampers is found out.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
};

use tempfile::TempDir;
use tokio::{
    io::copy,
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    client::Ports,
    upstream::{self, ROOT},
};

struct World {
    folder: TempDir,
    ports: Ports,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ports = upstream::listen(folder.path()).await.unwrap();
        Self { folder, ports }
    }

    fn client(&self, proxy: Option<SocketAddr>) -> Client {
        let root = self.folder.path().join(ROOT);
        Client::new(proxy, self.ports, &root, &root).unwrap()
    }

    async fn said(&self, proxy: SocketAddr) -> String {
        let error = Step::WarmUp.run(&self.client(Some(proxy)), None).await.unwrap_err();
        format!("{error:#}")
    }
}

/// A proxy that says `answer` to CONNECT and tunnels to the upstream; of what comes back through
/// bare tunnels it leaves out the byte `lost`.
async fn proxy(ports: Ports, answer: &'static str, lost: Option<usize>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(relay(client, ports, answer, lost));
        }
    });
    addr
}

async fn relay(mut client: TcpStream, ports: Ports, answer: &str, lost: Option<usize>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let is_bare = String::from_utf8(head).unwrap().contains(&format!(":{} ", ports.raw));
    client.write_all(answer.as_bytes()).await.unwrap();
    let port = if is_bare { ports.raw } else { ports.tls };
    let mut upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let ((mut from_client, mut to_client), (mut from_upstream, mut to_upstream)) =
        (client.split(), upstream.split());
    let up = copy(&mut from_client, &mut to_upstream);
    let down = async {
        if let Some(lost) = lost.filter(|_| is_bare) {
            let mut before = vec![0; lost + 1];
            from_upstream.read_exact(&mut before).await?;
            to_client.write_all(&before[..lost]).await?;
        }
        copy(&mut from_upstream, &mut to_client).await?;
        to_client.shutdown().await
    };
    // Either end may go away first.
    let _ = tokio::join!(up, down);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_the_upstream_is_the_right_one() {
    let world = World::start().await;
    let client = world.client(None);

    assert_eq!(Step::WarmUp.run(&client, None).await.unwrap(), Vec::new());

    assert_eq!(client.answered(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_only_tunnels_gives_the_same_answers() {
    let world = World::start().await;
    let honest = proxy(world.ports, "HTTP/1.1 200 OK\r\n\r\n", None).await;

    Step::WarmUp.run(&world.client(Some(honest)), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_lost_on_the_way_is_an_error() {
    let world = World::start().await;
    let thief = proxy(world.ports, "HTTP/1.1 200 OK\r\n\r\n", Some(5)).await;

    let said = world.said(thief).await;

    assert!(said.contains("through the blind tunnel"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_an_error() {
    let world = World::start().await;
    let closed = proxy(world.ports, "HTTP/1.1 502 Bad Gateway\r\n\r\n", None).await;

    let said = world.said(closed).await;

    assert!(said.contains("CONNECT was refused: HTTP/1.1 502"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_is_not_spoken_to() {
    let (world, other) = (World::start().await, World::start().await);
    let root = |world: &World| world.folder.path().join(ROOT);
    let client = Client::new(None, world.ports, &root(&other), &root(&world)).unwrap();

    let error = Step::WarmUp.run(&client, None).await.unwrap_err();

    assert!(format!("{error:#}").contains("no handshake with the model's host"), "{error:#}");
}

#[test]
fn every_step_has_words_of_its_own() {
    let words: BTreeSet<_> = Step::ALL.iter().map(|step| step.words()).collect();

    assert_eq!(words.len(), Step::ALL.len());
}
