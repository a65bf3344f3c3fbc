//! The script for browsers, served on loopback: one fixed text for one address. When the guard is
//! gone nobody answers, and browsers then go directly.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use vigil_platform::sysproxy::{PAC_PATH, pac};

/// How many may be answered at a time.
const CLIENTS_MAX: usize = 32;

/// No request's head is longer, in bytes.
const HEAD_MAX: usize = 8 * 1024;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause after there were no more descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `text` until the runtime ends.
pub(super) async fn script(listener: TcpListener, text: String) {
    let text: Arc<str> = text.into();
    let places = Arc::new(Semaphore::new(CLIENTS_MAX));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let text = Arc::clone(&text);
        tokio::spawn(async move {
            // A client that goes away or is too slow is its own affair.
            let _ = timeout(PATIENCE, answer(stream, &text)).await;
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, text: &str) -> io::Result<()> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut more = [0; 1024];
        let read = stream.read(&mut more).await?;
        head.extend_from_slice(more.get(..read).unwrap_or_default());
        if read == 0 || head.len() > HEAD_MAX {
            return Ok(());
        }
    }
    let (status, body) =
        if is_for_script(&head) { ("200 OK", text) } else { ("404 Not Found", "") };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        pac::CONTENT_TYPE,
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn is_for_script(head: &[u8]) -> bool {
    let mut words = head.split(|byte| matches!(byte, b' ' | b'\r'));
    words.next() == Some(b"GET") && words.next() == Some(PAC_PATH.as_bytes())
}

#[cfg(test)]
mod tests;
