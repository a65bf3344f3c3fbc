//! A blind tunnel: bytes both ways, each end's silence passed on, nothing looked at.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};

/// Bytes read at once; large enough that big bodies cost few system calls.
const CHUNK: usize = 32 * 1024;

/// Bytes that went each way so far.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
}

/// Copies both ways until both ends are silent or one breaks. `first` are bytes that the client
/// already sent.
pub(super) async fn run(
    client: TcpStream,
    upstream: TcpStream,
    first: &[u8],
    traffic: &Traffic,
) -> io::Result<()> {
    let (mut client_reader, mut client_writer) = client.into_split();
    let (mut upstream_reader, mut upstream_writer) = upstream.into_split();
    upstream_writer.write_all(first).await?;
    traffic.sent.fetch_add(first.len() as u64, Ordering::Relaxed);
    let out = copy(&mut client_reader, &mut upstream_writer, &traffic.sent);
    let back = copy(&mut upstream_reader, &mut client_writer, &traffic.received);
    tokio::try_join!(out, back).map(|_| ())
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    count: &AtomicU64,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let len = from.read(&mut chunk).await?;
        if len == 0 {
            // The other end may still have something to say.
            return to.shutdown().await;
        }
        to.write_all(chunk.get(..len).unwrap_or_default()).await?;
        count.fetch_add(len as u64, Ordering::Relaxed);
    }
}
