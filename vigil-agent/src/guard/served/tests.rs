use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::script;

/// What the server says to each of these.
async fn answers(requests: &[&str]) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(script(listener, "the script".to_owned()));
    let mut answers = Vec::new();
    for request in requests {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        // It may have hung up before it read everything.
        let _ = stream.read_to_string(&mut answer).await;
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn the_script_is_at_its_address_and_nothing_is_elsewhere() {
    let answers = answers(&[
        "GET /vigil-proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST /vigil-proxy.pac HTTP/1.1\r\n\r\n",
        "GET /vigil-proxy.pac",
    ])
    .await;

    assert!(answers[0].starts_with("HTTP/1.1 200 OK\r\n"), "{}", answers[0]);
    assert!(answers[0].contains("\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n"));
    assert!(answers[0].ends_with("\r\nContent-Length: 10\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nthe script"));
    assert!(answers[1].starts_with("HTTP/1.1 404 "));
    assert!(answers[2].starts_with("HTTP/1.1 404 "));
    assert_eq!(answers[3], "");
}

#[tokio::test]
async fn a_head_without_end_is_not_kept() {
    let endless = format!("GET /{}", "x".repeat(64 * 1024));

    assert_eq!(answers(&[&endless]).await, [""]);
}
