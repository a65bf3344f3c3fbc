//! The local API and the dashboard: JSON for the command line and the page, and the page itself.
//! Loopback only, for the user alone; every answer of the API needs the bearer token, or the
//! cookie and the key of a browser that came by a one-time link.

mod access;
mod answer;
mod archive;
mod assets;
mod authority;
mod browser;
mod control;
mod doctor;
mod hook;
mod login;
mod origin;
mod paired;
mod questions;
mod routes;
mod serve;
mod stream;
mod suppress;
mod vault;

use std::{
    fmt, io,
    net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use serde::Deserialize;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};
use vigil_proto::{
    Masked, Sensitive, SessionId,
    archive::Restored,
    browser::{Answer, Said},
    guard::{HookAnswer, HookCall},
    report::{AuthorityRemoved, Document, MachineTrust, Rotation, Status},
};
use vigil_store::Writer;

use crate::{
    pairing::Pairings,
    pipeline::{Inlet, Shared},
    shutdown::Shutdown,
    vault::Vault,
};

pub use self::{
    access::Access,
    control::MaskAgain,
    doctor::{Examination, Examine, NotTried},
};

/// How often a free port is looked for that both loopback addresses have.
const TRIES: usize = 16;

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

/// Whoever has one certificate authority follow another.
pub trait Renew: Send + Sync {
    /// Begins that, or says what would be done. Blocking: it writes files.
    ///
    /// # Errors
    /// It cannot be done; in words.
    fn rotate(&self, order: RotateOrder) -> Result<Rotation, String>;

    /// Whether the machine as a whole trusts the present one. Blocking: it asks the root daemon.
    fn machine(&self) -> MachineTrust;

    /// Has the machine trust the present one, or no longer what was installed for this user. Blocking:
    /// the root daemon may have the machine's list to make anew.
    ///
    /// # Errors
    /// It cannot be done; in words.
    fn trust(&self, on: bool) -> Result<MachineTrust, String>;

    /// Ends the machine's trust in what was installed and removes the authority with its key. Blocking.
    ///
    /// # Errors
    /// It cannot be done; in words.
    fn remove(&self) -> Result<AuthorityRemoved, String>;
}

/// Whoever writes a recorded session back for its client.
pub trait Restore: Send + Sync {
    /// Does that. Blocking: it reads the store and writes a file.
    ///
    /// # Errors
    /// There is no such session, or it cannot be written back.
    fn restore(&self, session: SessionId) -> Result<Restored, NotRestored>;
}

/// Whoever judges the commands that clients' hooks ask about.
pub trait Hooks: Send + Sync {
    /// Judges one, and has it recorded. It reads small files and waits for nobody.
    fn ask(&self, call: &HookCall) -> HookAnswer;
}

/// Whoever takes what the browser extension tells.
pub trait Browsers: Send + Sync {
    /// Takes it; what was said is on record when it is answered so. None when nothing can be kept now:
    /// it is told again later.
    fn hear(&self, said: Said) -> Option<Answer>;
}

/// Why a session was not written back.
#[derive(Debug, thiserror::Error)]
pub enum NotRestored {
    /// There is no such session.
    #[error("there is no such session")]
    Unknown,
    /// It cannot be done; in words, with a remedy where there is one.
    #[error("{0}")]
    Refused(String, Option<String>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] vigil_store::Error),
}

/// How one authority is to follow another.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RotateOrder {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Wait for no client that has read only the present one.
    pub now: bool,
}

/// Masks what a person typed, before it is kept.
pub type Mask = Arc<dyn Fn(Sensitive) -> Masked + Send + Sync>;

/// What the rest of Vigil lends to the API.
#[derive(Clone)]
pub struct Parts {
    /// The store's folder.
    pub data: PathBuf,
    /// The folder of what is noted until it is on record.
    pub state_dir: PathBuf,
    /// The store's writer, for what a person says of findings.
    pub writer: Writer,
    /// Masks notes.
    pub mask: Mask,
    /// The live status.
    pub status: Arc<dyn StatusReport>,
    /// The certificate authority; none without a proxy.
    pub renew: Option<Arc<dyn Renew>>,
    /// Writes sessions back.
    pub restore: Arc<dyn Restore>,
    /// Answers hooks.
    pub hooks: Arc<dyn Hooks>,
    /// Tries each way of capture.
    pub doctor: Arc<dyn Examine>,
    /// Hears the browser extension.
    pub browsers: Arc<dyn Browsers>,
    /// The browsers that are paired.
    pub pairings: Arc<Pairings>,
    /// For recording pauses and other changes.
    pub inlet: Inlet,
    /// For pausing.
    pub shared: Arc<Shared>,
    /// The number of the last event.
    pub committed: watch::Receiver<i64>,
    /// Counts up whenever findings, or what was said of them, changed.
    pub changed: watch::Sender<u64>,
    /// The vault, which seals and cannot open.
    pub vault: Arc<Vault>,
    /// How long it keeps a value.
    pub vault_days: u32,
    /// When lists of what is malicious are fetched without being asked for: the configuration's word.
    pub intel_schedule: &'static str,
    /// The names of the user's own rules.
    pub user_rules: Arc<[String]>,
    /// Whoever masks again what is stored.
    pub mask_again: MaskAgain,
    /// Who may ask.
    pub access: Access,
    /// For ending.
    pub shutdown: Shutdown,
}

/// What the handlers need.
#[derive(Clone)]
struct State {
    parts: Parts,
    port: u16,
    places: answer::Places,
    streams: Arc<Semaphore>,
}

impl std::ops::Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("data", &self.data).finish_non_exhaustive()
    }
}

/// Listening sockets that do not answer yet.
#[derive(Debug)]
pub struct Bound {
    listeners: Vec<TcpListener>,
    port: u16,
}

/// Listens on both loopback addresses, or on the one of them that this machine has: `localhost`
/// means either, and whoever held the other one would be sent what is meant for us. Port 0 picks
/// a free one. What the service manager holds, if it is anything, is used in place of `port`.
///
/// # Errors
/// [`ApiError::Bind`] when the port is taken.
pub async fn bind(port: u16, held: Vec<net::TcpListener>) -> Result<Bound, ApiError> {
    if !held.is_empty() {
        return take_over(held).await;
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match bind_both(port).await {
            // The other address has this port in use; another port may be free on both.
            Err(_) if port == 0 && tries < TRIES => {}
            bound => return bound,
        }
    }
}

async fn bind_both(port: u16) -> Result<Bound, ApiError> {
    let first = listen(Ipv4Addr::LOCALHOST.into(), port).await?;
    let addr = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    let port = first.local_addr().map_err(|source| ApiError::Bind { addr, source })?.port();
    beside(vec![first], Ipv6Addr::LOCALHOST.into(), port).await
}

/// Listens where the service manager does, and on the other loopback address as well.
async fn take_over(held: Vec<net::TcpListener>) -> Result<Bound, ApiError> {
    let nowhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
    let failed = |source| ApiError::Bind { addr: nowhere, source };
    let mut at = nowhere;
    let mut listeners = Vec::new();
    for listener in held {
        at = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        listeners.push(TcpListener::from_std(listener).map_err(failed)?);
    }
    if listeners.len() > 1 {
        return Ok(Bound { listeners, port: at.port() });
    }
    let other = if at.is_ipv4() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    beside(listeners, other, at.port()).await
}

/// Listens on the loopback address `other` too, where there is one.
async fn beside(
    mut listeners: Vec<TcpListener>,
    other: IpAddr,
    port: u16,
) -> Result<Bound, ApiError> {
    match listen(other, port).await {
        Ok(second) => listeners.push(second),
        Err(ApiError::Bind { addr, source }) if source.kind() == io::ErrorKind::AddrInUse => {
            return Err(ApiError::Bind { addr, source });
        }
        // A machine without IPv6.
        Err(error) => tracing::debug!(%error, "no second loopback address"),
    }
    Ok(Bound { listeners, port })
}

async fn listen(ip: IpAddr, port: u16) -> Result<TcpListener, ApiError> {
    let addr = SocketAddr::new(ip, port);
    TcpListener::bind(addr).await.map_err(|source| ApiError::Bind { addr, source })
}

impl Bound {
    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers until the end is asked for; what is answered then has two seconds left.
    pub async fn run(self, parts: Parts) {
        let shutdown = parts.shutdown.clone();
        let app = routes::router(State {
            parts,
            port: self.port,
            places: answer::Places::default(),
            streams: Arc::new(Semaphore::new(stream::STREAMS)),
        });
        let mut serving = tokio::task::JoinSet::new();
        for listener in self.listeners {
            serving.spawn(serve::run(listener, app.clone(), shutdown.clone()));
        }
        drop(app);
        while serving.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests;
