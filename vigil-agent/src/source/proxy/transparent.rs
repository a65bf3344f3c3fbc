//! Clients that know nothing of a proxy: the kernel leads their connections here (Linux). What they
//! meant is in the kernel, whom they meant in their TLS. A connection to a listed host is decrypted as
//! if it had been asked for; every other goes on to where it was meant, untouched. Where there is
//! another proxy behind this one both go through it, by the name that their TLS tells.

use std::{
    future::pending,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream};
use vigil_platform::redirect;

use super::{
    accept::Front,
    connect,
    hello::{HELLO_MAX, Hello, HelloReader},
    policy::{canonical, is_ip},
    record::Record,
};
use crate::source::callers::Caller;

/// How long a client may take to say whom it means; then it is led on without that.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);
/// How long where nothing is connected to before.
const NAME_PATIENCE: Duration = Duration::from_secs(1);
/// How often a port is tried for both kinds of address.
const TRIES: u32 = 16;

/// Where redirected connections come in: one port, of both kinds of address as far as there are both.
#[derive(Debug)]
pub(super) struct Doors {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
}

impl Doors {
    /// Listens on a free port.
    pub(super) async fn open() -> io::Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = v4.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6), port }),
                // Somebody has the port on the other one, where nothing of theirs must be led.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => {}
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
                Err(_) => return Ok(Self { v4, v6: None, port }),
            }
        }
    }

    /// The port.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The next client.
    pub(super) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.v6 {
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = v6.accept() => accepted,
            },
            None => self.v4.accept().await,
        }
    }
}

/// Where `client` meant to go. `None` when the kernel did not lead it here.
pub(super) fn meant(client: TcpStream) -> io::Result<(TcpStream, Option<SocketAddr>)> {
    let client = client.into_std()?;
    let meant = redirect::original_destination(&client)?;
    Ok((TcpStream::from_std(client)?, meant))
}

/// True for what is connected to only to try the redirection itself.
pub(super) fn is_probe(meant: SocketAddr) -> bool {
    let probes = [redirect::PROBE_V4.into(), redirect::PROBE_V6.into()];
    probes.contains(&meant.ip().to_canonical())
}

/// Serves one client that meant to connect to `to`.
pub(super) async fn serve(
    front: Arc<Front>,
    mut client: TcpStream,
    caller: Caller,
    to: SocketAddr,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut first = Vec::new();
    let mut name = None;
    let by_name = front.dialler.wants_name(to);
    if by_name {
        name = named(&mut client, None, &mut first).await;
    }
    let upstream = match front.dialler.connect_meant(to, name.as_deref()).await {
        Ok(upstream) => upstream,
        Err(error) => {
            tracing::debug!(%to, %error, "cannot go on to where a client meant to go");
            // There is no word for it any more: the client believes that it is connected.
            return client.set_zero_linger();
        }
    };
    if !by_name {
        name = named(&mut client, Some(&upstream), &mut first).await;
    }
    let host = name.unwrap_or_else(|| to.ip().to_canonical().to_string());
    let record = Record::begin(&front, host, to.port(), (&client, caller));
    connect::established(&front, record, client, upstream, first).await;
    Ok(())
}

/// Whom the client means by its TLS, in canonical form; what was read for it is in `first`. Without
/// an `upstream` yet it is not waited for long: it may be the server that is to speak first.
async fn named(
    client: &mut TcpStream,
    upstream: Option<&TcpStream>,
    first: &mut Vec<u8>,
) -> Option<String> {
    use tokio::io::AsyncReadExt as _;

    let mut reader = HelloReader::new();
    let patience = if upstream.is_some() { HELLO_PATIENCE } else { NAME_PATIENCE };
    let deadline = tokio::time::sleep(patience);
    tokio::pin!(deadline);
    loop {
        let seen = first.len();
        first.reserve(HELLO_MAX.min(4096));
        let read = tokio::select! {
            read = client.read_buf(first) => read,
            // A server that speaks first does not speak TLS.
            () = speaks(upstream) => return None,
            () = &mut deadline => return None,
        };
        if !matches!(read, Ok(1..)) {
            return None;
        }
        match reader.push(first.get(seen..).unwrap_or_default()) {
            Hello::Incomplete => {}
            Hello::NotTls => return None,
            Hello::Tls { name, .. } => {
                return name.map(|name| canonical(&name)).filter(|name| !is_ip(name));
            }
        }
    }
}

/// Waits until a server says something, if there is one yet.
async fn speaks(upstream: Option<&TcpStream>) {
    match upstream {
        // What is wrong with it is met again.
        Some(upstream) => drop(upstream.readable().await),
        None => pending().await,
    }
}
