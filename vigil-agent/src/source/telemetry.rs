//! The receiver of telemetry: clients tell here by OTLP over HTTP what they say of themselves. One
//! more witness that is the client's own word. It listens on loopback, for the user's own
//! processes, and takes nothing without a client's token.

mod answer;
mod body;
mod claude;
mod codex;
mod counters;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod otlp;
mod serve;
mod tokens;
mod told;

use std::{fmt, io, net::SocketAddr};

use tokio::net::TcpListener;

use crate::{pipeline::Inlet, shutdown::Shutdown};

/// Finds whose process is behind a connection, from its own address here and the other end's.
pub type OwnerLookup = fn(SocketAddr, SocketAddr) -> io::Result<Option<u32>>;

/// What the receiver needs to know.
#[derive(Clone)]
pub struct Config {
    /// Where to listen: loopback.
    pub listen: SocketAddr,
    /// The key that tokens are made from.
    pub key: [u8; 32],
    /// The one user who is served.
    pub uid: u32,
    /// Tells whose a connection is; asked before a byte is read.
    pub lookup: OwnerLookup,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// The receiver cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for telemetry on {at}")]
pub struct ListenError {
    /// What was asked for.
    pub at: SocketAddr,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// A receiver that listens and does not accept yet.
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
    config: Config,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("addr", &self.addr).finish_non_exhaustive()
    }
}

/// Begins to listen.
///
/// # Errors
/// The address is not loopback, or taken.
pub async fn bind(config: Config) -> Result<Bound, ListenError> {
    let failed = |source| ListenError { at: config.listen, source };
    if !config.listen.ip().is_loopback() {
        return Err(failed(io::Error::other("it is not an address of this machine alone")));
    }
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, addr, config })
}

impl Bound {
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `shutdown`. When this returns no connection is left, and what was acknowledged
    /// has gone into `inlet`.
    pub async fn run(self, inlet: Inlet, shutdown: Shutdown) {
        serve::run(self, inlet, shutdown).await;
    }
}

#[cfg(test)]
mod tests;
