//! The accept loop: loopback only, own user only, a bounded number at a time; and the orderly
//! end of everything.

use std::{
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    sync::Semaphore,
    task::{self, JoinSet},
    time::{sleep, timeout},
};

use vigil_platform::socket::{self, Owner};

use super::{
    Bound, Counters, OwnerCheck, Rooms, connect,
    dial::Dialler,
    distrust::Distrust,
    inspect,
    lanes::Lanes,
    leaf::Leaves,
    policy::Policy,
    suspects::Suspects,
    tee::Mailbox,
    transparent::{self, Doors},
    trial::Trials,
};
use crate::{pipeline::Inlet, shutdown::Shutdown, source::callers::Caller};

/// How long open connections may go on after the end was asked for.
const DRAIN: Duration = Duration::from_secs(3);
/// The pause after a failed accept, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long what is left of a client that has gone may lie around.
const TIDY: Duration = Duration::from_secs(1);

/// What every connection shares.
pub(super) struct Front {
    pub(super) policy: Policy,
    pub(super) dialler: Dialler,
    pub(super) leaves: Leaves,
    pub(super) distrust: Distrust,
    pub(super) mailbox: Mailbox,
    pub(super) counters: Counters,
    pub(super) suspects: Suspects,
    pub(super) trials: Trials,
    inlet: Inlet,
}

impl Front {
    /// Why `host` is not to be decrypted though it is listed, if the user wants that.
    pub(super) fn excluded(&self, host: &str) -> Option<&'static str> {
        if self.inlet.exclusions().host(host) {
            Some("excluded")
        } else {
            self.inlet.is_paused().then_some("paused")
        }
    }
}

/// Serves until `shutdown`, then drains.
pub(super) async fn run(bound: Bound, inlet: Inlet, shutdown: Shutdown) {
    let Bound { listener, doors, addr, owner, clients_max, policy, .. } = bound;
    let (dialler, leaves, counters) = (bound.dialler, bound.leaves, bound.counters);
    let trials = bound.trials;
    let Rooms { callers, families, addresses, suspects } = bound.rooms;
    let (mailbox, inbox) = Mailbox::new(&counters);
    let inspector = {
        let inlet = inlet.clone();
        thread::Builder::new()
            .name("proxy-inspect".to_owned())
            .spawn(move || inspect::run(addr, &inlet, &families, inbox))
    };
    if let Err(error) = &inspector {
        tracing::error!(%error, "the proxy runs without its inspector: nothing will be recorded");
    }
    let lanes = task::spawn_blocking(Lanes::open).await.ok();
    let distrust = Distrust::default();
    let front = Arc::new(Front {
        policy,
        dialler,
        leaves,
        distrust,
        mailbox,
        counters,
        suspects,
        trials,
        inlet,
    });
    let places = Arc::new(Semaphore::new(clients_max));
    let mut clients = JoinSet::new();
    let mut failures = 0_u64;
    loop {
        let (door, accepted) = tokio::select! {
            accepted = listener.accept() => (Door::Asked, accepted),
            accepted = redirected(doors.as_ref()) => (Door::Redirected, accepted),
            () = sleep(TIDY), if !clients.is_empty() => {
                while clients.try_join_next().is_some() {}
                continue;
            }
            () = shutdown.requested() => break,
        };
        let (client, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                failures += 1;
                if is_worth_a_line(failures) {
                    tracing::warn!(%error, failures, "cannot accept a connection");
                }
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some((client, meant)) = looked_at(door, client) else { continue };
        let own = meant.unwrap_or(addr);
        let Ok(owner) = may_enter(&front.counters, owner.as_ref(), door, peer, own) else {
            // Closing with zero linger resets: nothing was read and nothing is said.
            let _ = client.set_zero_linger();
            continue;
        };
        if let Some(meant) = meant {
            addresses.made(peer);
            if transparent::is_probe(meant) {
                continue;
            }
        }
        let caller = owner.map_or_else(Caller::default, |owner| callers.announce(owner.inode));
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = shutdown.requested() => break,
        };
        let Ok(place) = place else { break };
        // A client that has gone wakes nobody: whoever is there next tidies up.
        while clients.try_join_next().is_some() {}
        let (lane, seat) = lanes.as_ref().and_then(Lanes::next).unzip();
        // It belongs to the thread that serves it.
        let Ok(client) = client.into_std() else { continue };
        let front = Arc::clone(&front);
        let served = async move {
            let _held = (place, seat);
            if let Ok(client) = TcpStream::from_std(client) {
                serve(front, client, caller, meant).await;
            }
        };
        match lane {
            Some(lane) => clients.spawn_on(served, lane),
            None => clients.spawn(served),
        };
    }
    drop((listener, doors));
    let drained = async { while clients.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        clients.shutdown().await;
    }
    // The last mailbox goes with the front, and with it the inspector's loop ends.
    drop(front);
    let ending = task::spawn_blocking(move || {
        if let Some(lanes) = lanes {
            lanes.close();
        }
        inspector.map(JoinHandle::join)
    });
    let _ = ending.await;
}

/// How a client came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// It knows that this is a proxy.
    Asked,
    /// The kernel led it here.
    Redirected,
}

async fn redirected(doors: Option<&Doors>) -> io::Result<(TcpStream, SocketAddr)> {
    match doors {
        Some(doors) => doors.accept().await,
        None => pending().await,
    }
}

/// The client, and where it meant to go if the kernel led it here. None when it has no business at
/// that door.
fn looked_at(door: Door, client: TcpStream) -> Option<(TcpStream, Option<SocketAddr>)> {
    if door == Door::Asked {
        return Some((client, None));
    }
    let (client, meant) = transparent::meant(client).ok()?;
    if meant.is_none() {
        let _ = client.set_zero_linger();
        return None;
    }
    Some((client, meant))
}

async fn serve(front: Arc<Front>, client: TcpStream, caller: Caller, meant: Option<SocketAddr>) {
    let counters = front.counters.clone();
    counters.0.accepted.fetch_add(1, Ordering::Relaxed);
    counters.0.open.fetch_add(1, Ordering::Relaxed);
    let _open = Open(counters);
    let served = match meant {
        Some(to) => transparent::serve(front, client, caller, to).await,
        None => connect::serve(front, client, caller).await,
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a client connection broke");
    }
}

/// Takes a connection off the count, also when its task is aborted.
struct Open(Counters);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Not the user's own.
struct Stranger;

/// Who is behind `peer`, when that is the user's own: asked before a byte is read.
fn may_enter(
    counters: &Counters,
    owner: Option<&OwnerCheck>,
    door: Door,
    peer: SocketAddr,
    own: SocketAddr,
) -> Result<Option<Owner>, Stranger> {
    let Some(check) = owner else { return Ok(None) };
    let found: io::Result<Option<Owner>> = match door {
        Door::Asked => (check.lookup)(own, peer),
        // Its socket is still connected with where it meant to go.
        Door::Redirected => socket::owner_of(peer, own),
    };
    if let Ok(Some(owner)) = &found
        && owner.uid == check.uid
    {
        return Ok(Some(*owner));
    }
    let refused = counters.0.refused.fetch_add(1, Ordering::Relaxed) + 1;
    if is_worth_a_line(refused) {
        let uid = found.map(|found| found.map(|owner| owner.uid));
        tracing::warn!(%peer, found = ?uid, refused, "refused a connection that is not the user's own");
    }
    Err(Stranger)
}

/// True for the 1st, 2nd, 4th, 8th ... time: what others can make happen at will must not fill
/// the log.
const fn is_worth_a_line(times: u64) -> bool {
    times.is_power_of_two()
}
