//! A blind tunnel: bytes both ways, each end's silence passed on, nothing looked at. What is much goes
//! from socket to socket within the kernel, where that is possible.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use vigil_platform::splice::Pipe;

/// Bytes read at once; large enough that big bodies cost few system calls.
const CHUNK: usize = 32 * 1024;
/// So many bytes in one direction are much: a pipe costs four system calls and two open files.
const MUCH: u64 = 256 * 1024;

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
    let (client_reader, client_writer) = client.into_split();
    let (upstream_reader, mut upstream_writer) = upstream.into_split();
    upstream_writer.write_all(first).await?;
    traffic.sent.fetch_add(first.len() as u64, Ordering::Relaxed);
    let out = pass(client_reader, upstream_writer, &traffic.sent);
    let back = pass(upstream_reader, client_writer, &traffic.received);
    tokio::try_join!(out, back).map(|_| ())
}

/// One direction, to its end.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    count: &AtomicU64,
) -> io::Result<()> {
    if !copy(&mut from, &mut to, count, MUCH).await? {
        match Pipe::new() {
            Some(pipe) => splice(&from, &to, pipe, count).await?,
            None => _ = copy(&mut from, &mut to, count, u64::MAX).await?,
        }
    }
    // The other end may still have something to say.
    to.shutdown().await
}

/// Copies until the end, which is true, or for about so many bytes.
async fn copy(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    count: &AtomicU64,
    most: u64,
) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    let mut copied = 0;
    while copied < most {
        let len = from.read(&mut chunk).await?;
        if len == 0 {
            return Ok(true);
        }
        to.write_all(chunk.get(..len).unwrap_or_default()).await?;
        count.fetch_add(len as u64, Ordering::Relaxed);
        copied += len as u64;
    }
    Ok(false)
}

/// Has the kernel move bytes until the end.
async fn splice(
    from: &OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut pipe: Pipe,
    count: &AtomicU64,
) -> io::Result<()> {
    let (from, to): (&TcpStream, &TcpStream) = (from.as_ref(), to.as_ref());
    while from.async_io(Interest::READABLE, || pipe.fill(from)).await? > 0 {
        while !pipe.is_empty() {
            let len = to.async_io(Interest::WRITABLE, || pipe.drain(to)).await?;
            count.fetch_add(len as u64, Ordering::Relaxed);
        }
    }
    Ok(())
}
