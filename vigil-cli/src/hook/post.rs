//! One question to the agent with a deadline, over a connection of its own. The deadline is the
//! kernel's: what is there is taken, however late this process gets its turn, and what was asked
//! reaches the agent even when its answer is not waited for.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The largest answer, in bytes.
const MOST: u64 = 64 * 1024;

/// Posts `body` to `path` at `address` and gives the body of the answer; none when there is none in
/// time, or another than "200".
pub(super) fn post(
    address: SocketAddr,
    path: &str,
    bearer: &str,
    body: &[u8],
    patience: Duration,
) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).ok()?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).ok()?;
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = answer.split_at_checked(at + 4)?;
    let head = str::from_utf8(head).ok()?;
    let is_good = head.starts_with("HTTP/1.1 200 ");
    let is_plain = !head.to_ascii_lowercase().contains("\r\ntransfer-encoding:");
    (is_good && is_plain).then(|| rest.to_vec())
}
