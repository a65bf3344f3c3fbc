//! The accept loop: loopback only, own user only, a bounded number at a time; and the orderly
//! end of everything.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use tokio::{net::TcpStream, sync::Semaphore, task::JoinSet, time::timeout};

use vigil_platform::socket::Owner;

use super::{
    Bound, Counters, OwnerCheck, Rooms, connect, dial::Dialler, inspect, leaf::Leaves,
    policy::Policy, tee::Mailbox,
};
use crate::{pipeline::Inlet, shutdown::Shutdown, source::callers::Caller};

/// How long open connections may go on after the end was asked for.
const DRAIN: Duration = Duration::from_secs(3);
/// The pause after a failed accept, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What every connection shares.
pub(super) struct Front {
    pub(super) policy: Policy,
    pub(super) dialler: Dialler,
    pub(super) leaves: Leaves,
    pub(super) mailbox: Mailbox,
    pub(super) counters: Counters,
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
    let Bound { listener, addr, owner, clients_max, policy, .. } = bound;
    let (dialler, leaves, counters) = (bound.dialler, bound.leaves, bound.counters);
    let Rooms { callers, families, .. } = bound.rooms;
    let (mailbox, messages) = Mailbox::new(&counters);
    let inspector = {
        let inlet = inlet.clone();
        thread::Builder::new()
            .name("proxy-inspect".to_owned())
            .spawn(move || inspect::run(addr, &inlet, &families, &messages))
    };
    if let Err(error) = &inspector {
        tracing::error!(%error, "the proxy runs without its inspector: nothing will be recorded");
    }
    let front = Arc::new(Front { policy, dialler, leaves, mailbox, counters, inlet });
    let places = Arc::new(Semaphore::new(clients_max));
    let mut clients = JoinSet::new();
    let mut failures = 0_u64;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = clients.join_next() => continue,
            () = shutdown.requested() => break,
        };
        let (client, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                failures += 1;
                if is_worth_a_line(failures) {
                    tracing::warn!(%error, failures, "cannot accept a connection");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(owner) = may_enter(&front.counters, owner.as_ref(), peer, addr) else {
            // Closing with zero linger resets: nothing was read and nothing is said.
            let _ = client.set_zero_linger();
            continue;
        };
        let caller = owner.map_or_else(Caller::default, |owner| callers.announce(owner.inode));
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = shutdown.requested() => break,
        };
        let Ok(place) = place else { break };
        let front = Arc::clone(&front);
        clients.spawn(async move {
            let _place = place;
            serve(front, client, caller).await;
        });
    }
    drop(listener);
    let drained = async { while clients.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        clients.shutdown().await;
    }
    // The last mailbox goes with the front, and with it the inspector's loop ends.
    drop(front);
    if let Ok(inspector) = inspector {
        let _ = tokio::task::spawn_blocking(move || inspector.join()).await;
    }
}

async fn serve(front: Arc<Front>, client: TcpStream, caller: Caller) {
    let counters = front.counters.clone();
    counters.0.accepted.fetch_add(1, Ordering::Relaxed);
    counters.0.open.fetch_add(1, Ordering::Relaxed);
    let _open = Open(counters);
    if let Err(error) = connect::serve(front, client, caller).await {
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
    peer: SocketAddr,
    own: SocketAddr,
) -> Result<Option<Owner>, Stranger> {
    let Some(check) = owner else { return Ok(None) };
    let found: io::Result<Option<Owner>> = (check.lookup)(own, peer);
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
