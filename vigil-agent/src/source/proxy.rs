//! The selective HTTPS proxy: decrypts the listed hosts, passes every byte on as it came, and
//! shows a bounded copy to the inspector. It never buffers, never decrypts a host that is not
//! listed, and serves only its own user.
//!
//! ```text
//! accept -> connect -> dial -> hello -> policy -+-> tunnel                    (blind)
//!                                               +-> intercept: gate + tee -> inspect -> provider
//! ```

use std::{
    collections::BTreeMap,
    fmt, io,
    net::{self, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::net::TcpListener;
use vigil_platform::{process, socket::Owner};
use vigil_proto::rpc::Uid;

use super::{addresses::Addresses, callers::Callers, family::Families};
use crate::{pipeline::Inlet, shutdown::Shutdown};

mod accept;
mod ca;
mod connect;
mod crypto;
mod dial;
mod distrust;
mod forward;
mod framing;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod h2;
mod head;
mod hello;
mod inspect;
mod intercept;
mod kept;
mod lanes;
mod leaf;
mod outward;
mod policy;
mod prefixed;
mod provider;
mod record;
mod suspects;
mod tee;
mod transparent;
mod trial;
mod tunnel;
mod websocket;

#[cfg(test)]
mod tests;

pub use self::{
    ca::{Authorities, CaError, Certificate, Coming, Standing, Untrusted},
    dial::{Chain, ChainError},
    outward::Outward,
    suspects::Suspects,
    trial::{TrialError, Trials},
};
use self::{dial::Dialler, leaf::Leaves, policy::Policy, transparent::Doors};

/// What the proxy needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens: a loopback address; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The hosts it decrypts, exact names in lower case.
    pub hosts: Vec<String>,
    /// Where the CA's certificate and key are kept; made with mode 0700.
    pub ca_dir: PathBuf,
    /// Where tests send upstream connections instead.
    pub upstreams: TestUpstreams,
    /// Whether it also takes connections that the kernel leads to it, at [`Bound::redirect_port`].
    pub redirected: bool,
    /// The proxy behind this one. Left out when it is this one itself.
    pub chain: Option<Chain>,
    /// The most clients at a time; more wait in the listener's queue. Each takes two open files.
    pub clients_max: usize,
    /// Who may use it. `None` serves every local user and is for tests alone.
    pub owner: Option<OwnerCheck>,
    /// What it shares with whoever sees processes and sockets.
    pub rooms: Rooms,
}

/// What the proxy shares with whoever sees processes and sockets.
#[derive(Clone, Debug, Default)]
pub struct Rooms {
    /// Its clients are announced here, to be looked up.
    pub callers: Callers,
    /// Which processes are agents'.
    pub families: Families,
    /// It tells here which addresses it connects to.
    pub addresses: Addresses,
    /// Hosts that it records though nobody's API is there.
    pub suspects: Suspects,
}

/// Redirected upstreams and additional roots, for tests and benchmarks. Empty in earnest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestUpstreams {
    /// `host:port` to a loopback address.
    pub pins: BTreeMap<String, SocketAddr>,
    /// PEM files with roots to trust besides the system's.
    pub roots: Vec<PathBuf>,
}

/// Finds who is behind a client, from the accepted socket's own address and the client's.
pub type OwnerLookup = dyn Fn(SocketAddr, SocketAddr) -> io::Result<Option<Owner>> + Send + Sync;

/// The one user the proxy serves.
#[derive(Clone)]
pub struct OwnerCheck {
    /// Their uid.
    pub uid: u32,
    /// Tells whose a client's socket is; asked before a byte is read.
    pub lookup: Arc<OwnerLookup>,
}

impl fmt::Debug for OwnerCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerCheck").field("uid", &self.uid).finish_non_exhaustive()
    }
}

/// Why the proxy cannot start.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::error_impl_error, reason = "its name is proxy::Error")]
pub enum Error {
    /// Somebody else listens on the port.
    #[error(
        "port {port} is in use; end the program that listens there, or choose another port with --proxy-port"
    )]
    Busy {
        /// The port.
        port: u16,
    },
    /// The address is not loopback: other machines could use the proxy.
    #[error("the proxy listens on loopback only, not on {0}; use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// A pin of the test upstreams leads away from this machine.
    #[error("test upstream {host} leads to {to}, which is not loopback; pin it to 127.0.0.1")]
    PinNotLoopback {
        /// The pinned `host:port`.
        host: String,
        /// Its target.
        to: SocketAddr,
    },
    /// The listener could not be made.
    #[error("cannot listen on {at}; check that the address exists")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The kernel gives this process no user.
    #[error("this process belongs to no user; start it as yourself")]
    Nobody,
    /// The CA could not be read or made.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The additional roots could not be read.
    #[error("cannot read the roots in {path}; give a PEM file with certificates")]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The TLS configuration is not possible.
    #[error("cannot set up TLS; check that the system has root certificates (ca-certificates)")]
    Tls(#[from] rustls::Error),
}

/// Live counters, for `vigil status`; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    open: AtomicU64,
    accepted: AtomicU64,
    decrypted: AtomicU64,
    tunnelled: AtomicU64,
    refused: AtomicU64,
    inspect_drops: AtomicU64,
}

impl Counters {
    /// Client connections open now.
    pub fn open(&self) -> u64 {
        self.0.open.load(Ordering::Relaxed)
    }

    /// Client connections accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Connections decrypted since the start.
    pub fn decrypted(&self) -> u64 {
        self.0.decrypted.load(Ordering::Relaxed)
    }

    /// Connections tunnelled blind since the start.
    pub fn tunnelled(&self) -> u64 {
        self.0.tunnelled.load(Ordering::Relaxed)
    }

    /// Connections reset because another user's process, or nobody known, was behind them.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Exchanges whose copy was dropped because the inspector was behind.
    pub fn inspect_drops(&self) -> u64 {
        self.0.inspect_drops.load(Ordering::Relaxed)
    }
}

/// A proxy that listens but does not accept yet.
pub struct Bound {
    listener: TcpListener,
    doors: Option<Doors>,
    addr: SocketAddr,
    authorities: Authorities,
    owner: Option<OwnerCheck>,
    clients_max: usize,
    policy: Policy,
    dialler: Dialler,
    leaves: Leaves,
    counters: Counters,
    trials: Trials,
    rooms: Rooms,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("addr", &self.addr).finish_non_exhaustive()
    }
}

/// Reads or makes the CA in `folder` for `hosts`, without listening anywhere; and gives the file that
/// clients are to trust.
pub fn make_authority(folder: &Path, hosts: &[String]) -> Result<PathBuf, Error> {
    let uid = Uid::new(process::uid()).map_err(|_| Error::Nobody)?;
    let authorities = Authorities::open(folder, Policy::new(hosts).hosts(), uid)?;
    Ok(authorities.path().to_owned())
}

/// Reads or makes the CA and begins to listen; on what the service manager holds, if it does.
pub async fn bind(config: Config, held: Option<net::TcpListener>) -> Result<Bound, Error> {
    if !config.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(config.listen));
    }
    if let Some((host, to)) = config.upstreams.pins.iter().find(|(_, to)| !to.ip().is_loopback()) {
        return Err(Error::PinNotLoopback { host: host.clone(), to: *to });
    }
    let policy = Policy::new(&config.hosts);
    let uid = Uid::new(process::uid()).map_err(|_| Error::Nobody)?;
    let authorities = Authorities::open(&config.ca_dir, policy.hosts(), uid)?;
    let addresses = config.rooms.addresses.clone();
    let leaves = Leaves::new(authorities.clone())?;
    let listener = listen(config.listen, held).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            Error::Busy { port: config.listen.port() }
        } else {
            Error::Listen { at: config.listen, source }
        }
    })?;
    let addr =
        listener.local_addr().map_err(|source| Error::Listen { at: config.listen, source })?;
    let is_self = config.chain.as_ref().is_some_and(|chain| chain.is_at(addr));
    if is_self {
        tracing::warn!(
            "the proxy that connections were to go through is this one: they go directly"
        );
    }
    let chain = config.chain.filter(|_| !is_self);
    let dialler = Dialler::new(&config.upstreams, chain, policy.clone(), addresses)?;
    let counters = Counters::default();
    let trials = Trials::new(addr, authorities.path().to_owned(), policy.hosts());
    let doors = if config.redirected {
        Some(Doors::open().await.map_err(|source| Error::Listen { at: addr, source })?)
    } else {
        None
    };
    Ok(Bound {
        listener,
        doors,
        addr,
        authorities,
        owner: config.owner,
        clients_max: config.clients_max,
        policy,
        dialler,
        leaves,
        counters,
        trials,
        rooms: config.rooms,
    })
}

async fn listen(at: SocketAddr, held: Option<net::TcpListener>) -> io::Result<TcpListener> {
    let Some(held) = held else { return TcpListener::bind(at).await };
    held.set_nonblocking(true)?;
    TcpListener::from_std(held)
}

impl Bound {
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The port of 127.0.0.1 and `::1` where it takes what the kernel leads to it.
    pub fn redirect_port(&self) -> Option<u16> {
        self.doors.as_ref().map(Doors::port)
    }

    /// The CA's certificate, for the clients' trust variables.
    pub fn ca_path(&self) -> &Path {
        self.authorities.path()
    }

    /// The CA, for whoever has another one follow it.
    pub fn authorities(&self) -> Authorities {
        self.authorities.clone()
    }

    /// The way to try it.
    pub fn trials(&self) -> Trials {
        self.trials.clone()
    }

    /// Its live counters.
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Serves until `shutdown`, then gives open connections a few seconds to end. What it sees
    /// goes to `inlet` from a thread of its own, which has ended when this returns.
    pub async fn run(self, inlet: Inlet, shutdown: Shutdown) {
        accept::run(self, inlet, shutdown).await;
    }
}
