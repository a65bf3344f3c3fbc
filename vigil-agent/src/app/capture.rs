//! The lease by which the root daemon leads this user's own connections to the proxy: asked for,
//! proven, renewed for as long as the agent is there, given back at the end. Whatever goes wrong with
//! it, connections are direct, and the status says why.

use std::{
    net::{IpAddr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context as _;
use vigil_platform::{changes::Changes, redirect};
use vigil_proto::{
    change::Changed,
    rpc::{Lease, LeaseSeconds, Leased, Port, Refusal, Request, Response},
};

use crate::{
    daemon::{Connection, Daemon, DaemonError, Pause},
    shutdown::Shutdown,
};

/// How long the kernel leads connections here when nobody renews it any more.
const LEASE_SECONDS: u16 = 60;
/// How often it is renewed: two renewals may fail.
const BEAT: Duration = Duration::from_secs(20);
/// How long a probe may take to connect to this machine itself.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// The shortest and the longest pause before it is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(15), Duration::from_mins(5));

/// What the status says of it. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Arc<Mutex<Option<Standing>>>);

/// How it stands, when it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Asked for, and not there yet.
    Beginning,
    /// Connections of this kind are led to the proxy.
    On(Leased),
    /// All connections are direct, and why.
    Off(String),
}

impl Standing {
    /// In a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Beginning => "being proven".to_owned(),
            Self::On(Leased::CaptureV4) => "on for IPv4".to_owned(),
            Self::On(Leased::CaptureV6) => "on for IPv6".to_owned(),
            Self::On(_) => "on".to_owned(),
            Self::Off(why) => format!("off: {why}"),
        }
    }
}

impl Told {
    /// How it stands; `None` when it is not wanted.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, standing: Standing) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() != Some(&standing) {
            match &standing {
                Standing::Off(why) => {
                    tracing::warn!(%why, "connections are not redirected: they are direct");
                }
                on => tracing::info!(redirection = on.words(), "redirection of connections"),
            }
            *told = Some(standing);
        }
    }
}

/// The lease's thread.
#[derive(Debug)]
pub(super) struct Capture {
    ending: Shutdown,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    /// Has connections led to `port`, when it is given. What that changes is noted in `state`.
    pub(super) fn start(
        port: Option<u16>,
        daemon: Daemon,
        told: Told,
        state: &Path,
    ) -> anyhow::Result<Self> {
        let ending = Shutdown::default();
        let Some(port) = port.and_then(|port| Port::new(port).ok()) else {
            return Ok(Self { ending, thread: None });
        };
        let state = state.to_owned();
        let keeper = Keeper { port, daemon, told, state, ending: ending.clone() };
        let thread = thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || keeper.run())
            .context("cannot start the redirection's thread")?;
        Ok(Self { ending, thread: Some(thread) })
    }

    /// Gives the lease back: afterwards new connections are direct.
    pub(super) fn end(self) {
        self.ending.request();
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}

struct Keeper {
    port: Port,
    daemon: Daemon,
    told: Told,
    state: PathBuf,
    ending: Shutdown,
}

impl Keeper {
    fn run(&self) {
        let (shortest, longest) = PAUSES;
        let mut pause = Pause::up_to(longest);
        self.told.tell(Standing::Beginning);
        while let Err(error) = self.hold(&mut pause) {
            self.tell(Standing::Off(error.to_string()));
            if self.ending.sleep(pause.after_failure().max(shortest)) {
                return;
            }
        }
    }

    /// Holds a lease until the end is asked for. The lease belongs to the connection, which goes
    /// when this returns.
    fn hold(&self, pause: &mut Pause) -> Result<(), DaemonError> {
        let mut connection = self.daemon.connect()?;
        let lease_s = LeaseSeconds::new(LEASE_SECONDS).map_err(|_| DaemonError::Unexpected)?;
        let enable = Request::CaptureEnable { port: self.port, lease_s };
        let mut lease = leased(&connection.ask(&enable)?)?;
        loop {
            probe(lease.of);
            lease = self.renew(&mut connection, &lease)?;
            self.tell(Standing::On(lease.of));
            pause.reset();
            if self.ending.sleep(BEAT) {
                connection.ask(&Request::LeaseEnd { lease: lease.lease })?;
                self.note(Changed::RedirectOff, "connections are direct: Vigil ends");
                return Ok(());
            }
        }
    }

    /// Says how it stands, and notes when that changes where connections go.
    fn tell(&self, standing: Standing) {
        let was_on = matches!(self.told.standing(), Some(Standing::On(_)));
        match &standing {
            Standing::On(_) if !was_on => self.note(
                Changed::RedirectOn,
                &format!("this user's connections are redirected to port {}", self.port),
            ),
            Standing::Off(why) if was_on => {
                self.note(Changed::RedirectOff, &format!("connections are direct: {why}"));
            }
            _ => {}
        }
        self.told.tell(standing);
    }

    fn note(&self, what: Changed, words: &str) {
        if let Err(error) = Changes::hold(&self.state).and_then(|notes| notes.note(what, words)) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, %what, "a change of the redirection could not be noted");
        }
    }

    /// A daemon that is busy with something else is asked again.
    fn renew(&self, connection: &mut Connection, lease: &Lease) -> Result<Lease, DaemonError> {
        loop {
            match connection.ask(&Request::LeaseRenew { lease: lease.lease }) {
                Err(DaemonError::Refused(Refusal::Busy))
                    if !self.ending.sleep(Duration::from_secs(1)) => {}
                answer => return leased(&answer?),
            }
        }
    }
}

fn leased(response: &Response) -> Result<Lease, DaemonError> {
    match response {
        Response::Leased(lease) => Ok(*lease),
        _ => Err(DaemonError::Unexpected),
    }
}

/// Makes the connections that show the kernel what is redirected and what is not, for each kind of
/// address that is not redirected yet. What comes of them the kernel notes itself.
fn probe(of: Leased) {
    let probes = [
        (IpAddr::from(redirect::PROBE_V4), of != Leased::CaptureV4),
        (IpAddr::from(redirect::PROBE_V6), of != Leased::CaptureV6),
    ];
    for (address, _) in probes.iter().filter(|(_, open)| *open && of != Leased::Capture) {
        let to = SocketAddr::from((*address, redirect::PORT));
        let ordinary = TcpStream::connect_timeout(&to, PROBE_PATIENCE);
        let excluded = redirect::connect_excluded(to);
        tracing::debug!(%to, came_here = ordinary.is_ok(), left_out = excluded.is_err(), "probed");
    }
}

#[cfg(test)]
mod tests;
