use std::time::Duration;

use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

use super::{Server, serve, status_of};
use crate::api::stream::STREAMS;

/// Reads until the stream has said `words`; gives all that was said.
async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut said = Vec::new();
    let reading = async {
        loop {
            let mut piece = [0; 4096];
            let n = stream.read(&mut piece).await.unwrap();
            said.extend_from_slice(&piece[..n]);
            let text = String::from_utf8_lossy(&said).into_owned();
            if n == 0 || text.contains(words) {
                return text;
            }
        }
    };
    let text = timeout(Duration::from_mins(1), reading).await.expect("the stream went silent");
    assert!(text.contains(words), "the stream ended without {words:?}: {text}");
    text
}

async fn listen(server: &Server, path: &str, headers: &[&str]) -> TcpStream {
    let token = server.bearer();
    let mut all = vec!["Host: HOST", token.as_str()];
    all.extend_from_slice(headers);
    server.begin("GET", path, &all, "").await
}

#[tokio::test]
async fn what_happens_is_told_and_what_was_missed_is_caught_up() {
    let server = serve().await;
    server.happen("before anybody looked").await;
    let mut live = listen(&server, "/api/v1/stream", &[]).await;
    until(&mut live, "event: here").await;

    server.happen("first of all").await;
    let told = until(&mut live, "first of all").await;
    assert!(!told.contains("before anybody looked"), "only what is new");
    drop(live);
    server.happen("while away").await;

    let mut again = listen(&server, "/api/v1/stream", &["Last-Event-ID: 2"]).await;
    let told = until(&mut again, "while away").await;
    assert!(!told.contains("first of all"), "nothing twice");
    let mut third = listen(&server, "/api/v1/stream?after=1", &[]).await;
    let told = until(&mut third, "while away").await;
    assert!(told.contains("first of all"));
}

#[tokio::test]
async fn a_place_that_cannot_be_is_the_nearest_one_that_can() {
    let server = serve().await;
    server.happen("first of all").await;

    let lowest = ["Last-Event-ID: -9223372036854775808"];
    let mut before_all = listen(&server, "/api/v1/stream", &lowest).await;
    until(&mut before_all, "first of all").await;
    let mut after_all = listen(&server, "/api/v1/stream?after=9223372036854775807", &[]).await;
    let told = until(&mut after_all, "event: here").await;
    assert!(told.contains("id: 1\n"), "{told}");
}

#[tokio::test]
async fn after_the_store_was_renewed_all_of_it_is_told() {
    let server = serve().await;
    for words in ["first of all", "and then", "the last one"] {
        server.happen(words).await;
    }
    let mut live = listen(&server, "/api/v1/stream", &[]).await;
    until(&mut live, "id: 3\n").await;

    // As a store does that begins anew.
    server.committed.send_replace(1);

    let told = until(&mut live, "first of all").await;
    assert!(told.contains("id: 0\nevent: here"), "{told}");
}

#[tokio::test]
async fn a_change_of_findings_is_told() {
    let server = serve().await;
    let mut live = listen(&server, "/api/v1/stream", &[]).await;
    until(&mut live, "event: here").await;

    server.changed.send_modify(|n| *n += 1);

    until(&mut live, "event: changed").await;
}

#[tokio::test]
async fn a_change_is_told_between_rows_without_end() {
    let server = serve().await;
    for _ in 0..300 {
        server.begin_to_happen("one of many");
    }
    server.happen("the last one").await;
    let mut live = listen(&server, "/api/v1/stream?after=0", &[]).await;
    until(&mut live, "event: here").await;

    server.changed.send_modify(|n| *n += 1);

    let told = until(&mut live, "event: changed").await;
    assert!(!told.contains("the last one"), "only when all else was told");
}

#[tokio::test]
async fn as_many_as_there_are_places_are_served_and_one_more_is_told_why_not() {
    let server = serve().await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = listen(&server, "/api/v1/stream", &[]).await;
        until(&mut stream, "event: here").await;
        streams.push(stream);
    }

    let mut one_more = listen(&server, "/api/v1/stream", &[]).await;
    let refused = until(&mut one_more, "}").await;
    server.happen("for everybody").await;

    assert_eq!(status_of(&refused), "503");
    assert!(refused.contains("close some of the dashboard's tabs"), "{refused}");
    // The others never read: each waits for itself alone.
    let last = streams.last_mut().unwrap();
    until(last, "for everybody").await;
    streams.pop();
    // Whoever leaves gives the place back, as soon as the server notices.
    for tries in 0.. {
        let mut next = listen(&server, "/api/v1/stream", &[]).await;
        if status_of(&until(&mut next, "\r\n\r\n").await) == "200" {
            break;
        }
        assert!(tries < 1000, "the place was never given back");
        server.happen("so that the server writes to who has gone").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_end_of_the_agent_ends_the_stream() {
    let server = serve().await;
    let mut live = listen(&server, "/api/v1/stream", &[]).await;
    until(&mut live, "event: here").await;

    server.shutdown.request();

    let mut rest = Vec::new();
    timeout(Duration::from_mins(1), live.read_to_end(&mut rest)).await.unwrap().unwrap();
    timeout(Duration::from_mins(1), server.running).await.unwrap().unwrap();
}
