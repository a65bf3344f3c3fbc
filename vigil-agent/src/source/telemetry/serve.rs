//! The accept loop: the user's own processes, a bounded number at a time, and none for longer than
//! it takes to say what it wants.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::Semaphore,
    task::{self, JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{Bound, Config, answer::Front, counters::Loss, told::Client};
use crate::{pipeline::Inlet, shutdown::Shutdown};

/// The most connections at a time; one more is closed at once, and counted.
const CONNECTIONS_MAX: usize = 32;
/// How long a client may take for the head of a request, and be silent between two. Clients tell
/// something every few seconds, and connect anew where they must.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// How long a new connection may ask for nothing.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);
/// How long answers may go on after the end was asked for.
const DRAIN: Duration = Duration::from_secs(2);
/// The pause after a failed accept, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long what was lost stays untold when nothing else is told.
const UNTOLD: Duration = Duration::from_secs(2);

/// Serves until `shutdown`. When this returns no connection is left.
pub(super) async fn run(bound: Bound, inlet: Inlet, shutdown: Shutdown) {
    let Bound { listener, addr, config } = bound;
    let front = Arc::new(Front::new(inlet, &config.key, addr.port()));
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = JoinSet::new();
    let mut telling: Option<JoinHandle<()>> = None;
    let mut ticks = interval(UNTOLD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = open.join_next() => continue,
            _ = ticks.tick() => {
                // A store that is behind keeps nobody waiting here.
                if telling.as_ref().is_none_or(JoinHandle::is_finished) {
                    telling = tell_losses(&front);
                }
                continue;
            }
            () = shutdown.requested() => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if !may_enter(&config, &stream, peer) {
            front.counters.add(Loss::Refused, 1);
            // Closing with zero linger resets: nothing was read and nothing is said.
            let _ = stream.set_zero_linger();
            continue;
        }
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            front.counters.add(Loss::Crowded, 1);
            continue;
        };
        let (front, shutdown) = (Arc::clone(&front), shutdown.clone());
        open.spawn(async move {
            let _place = place;
            if let Err(error) = serve(front, stream, shutdown).await {
                tracing::debug!(%error, "a connection for telemetry broke");
            }
        });
    }
    drop(listener);
    let answered = async { while open.join_next().await.is_some() {} };
    if timeout(DRAIN, answered).await.is_err() {
        open.shutdown().await;
    }
    let told = async {
        if let Some(telling) = telling {
            let _ = telling.await;
        }
        if let Some(telling) = tell_losses(&front) {
            let _ = telling.await;
        }
    };
    // What cannot be told now is told by nobody.
    let _ = timeout(DRAIN, told).await;
}

async fn serve(front: Arc<Front>, stream: TcpStream, shutdown: Shutdown) -> hyper::Result<()> {
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = service_fn(move |request| {
        asked.store(true, Ordering::Relaxed);
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let unasked = async {
        sleep(FIRST_PATIENCE).await;
        if has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = unasked => return Ok(()),
        () = shutdown.requested() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Puts what was lost on record, beside everything else; nothing where nothing was.
fn tell_losses(front: &Arc<Front>) -> Option<JoinHandle<()>> {
    if front.counters.is_empty() || front.inlet.is_paused() {
        return None;
    }
    let front = Arc::clone(front);
    Some(task::spawn_blocking(move || {
        let mut batch = Client::ClaudeCode.batch();
        front.counters.take(&mut batch);
        // A pipeline that has ended records nothing more.
        let _ = front.inlet.send(batch);
    }))
}

/// Whoever else is on this machine does not even get to try tokens. Where the platform cannot tell,
/// the token alone decides.
fn may_enter(config: &Config, stream: &TcpStream, peer: SocketAddr) -> bool {
    let owner: io::Result<Option<u32>> =
        stream.local_addr().and_then(|own| (config.lookup)(own, peer));
    match owner {
        Ok(Some(uid)) => uid == config.uid,
        Ok(None) | Err(_) => !vigil_platform::socket::KNOWS_OWNERS,
    }
}
