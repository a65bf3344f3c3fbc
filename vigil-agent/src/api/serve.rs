//! Answers connections: those of the user alone, a bounded number at a time, and none for longer
//! than it takes to say what it wants. The end waits for nobody who is silent.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use vigil_platform::{process, socket};

use crate::shutdown::Shutdown;

/// The most connections at a time; one more is closed at once.
const CONNECTIONS_MAX: usize = 128;
/// How long a client may take for the head of a request, and be silent between two.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long answers may go on after the end was asked for.
const DRAIN: Duration = Duration::from_secs(2);
/// The pause after a failed accept, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` until `shutdown`. When this returns no connection is left.
pub(super) async fn run(listener: TcpListener, app: Router, shutdown: Shutdown) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = open.join_next() => continue,
            () = shutdown.requested() => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let owner = stream.local_addr().and_then(|own| socket::owner_uid(own, peer));
        if !may_enter(&owner) {
            continue;
        }
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let (app, shutdown) = (app.clone(), shutdown.clone());
        open.spawn(async move {
            let _place = place;
            if let Err(error) = serve(stream, app, shutdown).await {
                tracing::debug!(%error, "a connection to the local API broke");
            }
        });
    }
    drop(listener);
    let answered = async { while open.join_next().await.is_some() {} };
    if timeout(DRAIN, answered).await.is_err() {
        open.shutdown().await;
    }
}

async fn serve(stream: TcpStream, app: Router, shutdown: Shutdown) -> hyper::Result<()> {
    let service = TowerToHyperService::new(app);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // A hook that stops waiting has asked all the same. Who reads a stream and is gone is noticed
        // at the next word to it.
        .half_close(true)
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = shutdown.requested() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Whoever else is on this machine does not even get to try tokens. Root may ask for the user;
/// where the platform cannot tell, the token alone decides.
fn may_enter(owner: &io::Result<Option<u32>>) -> bool {
    match owner {
        Ok(Some(uid)) => *uid == process::uid() || *uid == 0,
        Ok(None) | Err(_) => !socket::KNOWS_OWNERS,
    }
}

#[cfg(test)]
mod tests {
    use super::may_enter;

    #[test]
    fn another_user_does_not_enter() {
        let own = vigil_platform::process::uid();

        assert!(may_enter(&Ok(Some(own))));
        assert!(!may_enter(&Ok(Some(own + 1))));
        assert_eq!(may_enter(&Ok(None)), !vigil_platform::socket::KNOWS_OWNERS);
    }
}
