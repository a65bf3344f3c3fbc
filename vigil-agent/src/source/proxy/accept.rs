//! The accept loop: loopback only, own user only, a bounded number at a time; and the orderly
//! end of everything.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, SystemTime},
};

use tokio::{net::TcpStream, sync::Semaphore, task::JoinSet, time::timeout};

use super::{
    Bound, Counters, OwnerCheck, connect,
    dial::Dialler,
    inspect,
    leaf::Leaves,
    policy::Policy,
    tee::{Envelope, Mailbox},
    tunnel::Traffic,
};
use crate::{pipeline::Inlet, shutdown::Shutdown};

/// The most clients at a time; more wait in the listener's queue.
const CLIENTS_MAX: usize = 2048;
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
    /// True when the user does not want `host` decrypted, or has paused recording.
    pub(super) fn is_excluded(&self, host: &str) -> bool {
        self.inlet.exclusions().host(host) || self.inlet.is_paused()
    }

    /// Records a flow that was not opened before, when it went to an AI host.
    pub(super) fn envelope(
        &self,
        host: &Arc<str>,
        port: u16,
        decrypted: bool,
        traffic: &Traffic,
        began: SystemTime,
        detail: &'static str,
    ) {
        if self.policy.is_ai_host(host) {
            let flow = self.mailbox.next_flow();
            self.close(flow, host, port, decrypted, traffic, began, detail);
        }
    }

    /// Records the end of `flow`.
    #[expect(clippy::too_many_arguments, reason = "an envelope has that many parts")]
    pub(super) fn close(
        &self,
        flow: u64,
        host: &Arc<str>,
        port: u16,
        decrypted: bool,
        traffic: &Traffic,
        began: SystemTime,
        detail: &'static str,
    ) {
        self.mailbox.close(Envelope {
            flow,
            host: Arc::clone(host),
            port,
            decrypted,
            sent: traffic.sent.load(Ordering::Relaxed),
            received: traffic.received.load(Ordering::Relaxed),
            began: began.into(),
            ended: SystemTime::now().into(),
            detail,
        });
    }
}

/// Serves until `shutdown`, then drains.
pub(super) async fn run(bound: Bound, inlet: Inlet, shutdown: Shutdown) {
    let Bound { listener, addr, owner, policy, dialler, leaves, counters, .. } = bound;
    let (mailbox, messages) = Mailbox::new(&counters);
    let inspector = {
        let inlet = inlet.clone();
        thread::Builder::new()
            .name("proxy-inspect".to_owned())
            .spawn(move || inspect::run(addr, &inlet, &messages))
    };
    if let Err(error) = &inspector {
        tracing::error!(%error, "the proxy runs without its inspector: nothing will be recorded");
    }
    let front = Arc::new(Front { policy, dialler, leaves, mailbox, counters, inlet });
    let places = Arc::new(Semaphore::new(CLIENTS_MAX));
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = clients.join_next() => continue,
            () = shutdown.requested() => break,
        };
        let (client, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if !may_enter(&front.counters, owner.as_ref(), peer, addr) {
            // Closing with zero linger resets: nothing was read and nothing is said.
            let _ = client.set_zero_linger();
            continue;
        }
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let front = Arc::clone(&front);
        clients.spawn(async move {
            let _place = place;
            serve(front, client).await;
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

async fn serve(front: Arc<Front>, client: TcpStream) {
    let counters = front.counters.clone();
    counters.0.accepted.fetch_add(1, Ordering::Relaxed);
    counters.0.open.fetch_add(1, Ordering::Relaxed);
    let _open = Open(counters);
    if let Err(error) = connect::serve(front, client).await {
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

/// True when `peer` is the user's own: asked before a byte is read.
fn may_enter(
    counters: &Counters,
    owner: Option<&OwnerCheck>,
    peer: SocketAddr,
    own: SocketAddr,
) -> bool {
    let Some(check) = owner else { return true };
    let found: io::Result<Option<u32>> = (check.lookup)(own, peer);
    if matches!(found, Ok(Some(uid)) if uid == check.uid) {
        return true;
    }
    counters.0.refused.fetch_add(1, Ordering::Relaxed);
    tracing::warn!(%peer, ?found, "refused a connection that is not the user's own");
    false
}
