//! The local API and the status page: JSON for the command line, one plain page for a person.
//! Loopback only; every answer but the bare front page needs the bearer token or the cookie.

mod access;
mod page;
mod routes;
mod serve;

use std::{fmt, io, net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::net::TcpListener;
use vigil_proto::report::{Document, Status};

use crate::{
    pipeline::{Inlet, Shared},
    shutdown::Shutdown,
};

pub use self::access::Access;

/// The API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The port is taken or not allowed.
    #[error("cannot listen on {addr}")]
    Bind {
        /// What was asked for.
        addr: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// No random bytes for the tokens.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// Whoever knows the live status.
pub trait StatusReport: Send + Sync {
    /// The whole status document. Blocking: it reads the store.
    fn status(&self) -> Result<Document<Status>, vigil_store::Error>;
}

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    /// The store's folder.
    pub data: PathBuf,
    /// The live status.
    pub status: Arc<dyn StatusReport>,
    /// For recording pauses.
    pub inlet: Inlet,
    /// For pausing.
    pub shared: Arc<Shared>,
    /// Who may ask.
    pub access: Access,
    /// For ending.
    pub shutdown: Shutdown,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("data", &self.data).finish_non_exhaustive()
    }
}

/// A listening socket that does not answer yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

/// Listens on `addr`, which must be loopback.
///
/// # Errors
/// [`ApiError::Bind`] when the port is taken.
pub async fn bind(addr: SocketAddr) -> Result<Bound, ApiError> {
    let bind = |source| ApiError::Bind { addr, source };
    if !addr.ip().is_loopback() {
        return Err(bind(io::Error::new(io::ErrorKind::InvalidInput, "not a loopback address")));
    }
    let listener = TcpListener::bind(addr).await.map_err(bind)?;
    let addr = listener.local_addr().map_err(bind)?;
    Ok(Bound { listener, addr })
}

impl Bound {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Answers until the end is asked for; what is answered then has two seconds left.
    pub async fn run(self, state: State) {
        let shutdown = state.shutdown.clone();
        let app = routes::router(state, self.addr.port());
        serve::run(self.listener, self.addr, app, shutdown).await;
    }
}

#[cfg(test)]
mod tests;
