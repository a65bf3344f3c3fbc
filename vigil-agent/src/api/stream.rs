//! The live stream: what is committed, as it is committed, read back from the store by number. A
//! client is served at the pace at which it reads; whoever falls far behind is told what it
//! missed and goes on with the newest. Nothing is kept in memory for anybody.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State as Extract,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep, sleep_until},
};
use vigil_proto::view::FeedRow;
use vigil_store::Reader;

use super::{
    State,
    answer::{Asked, Problem},
};
use crate::shutdown::Shutdown;

/// Streams at a time.
pub(super) const STREAMS: usize = 32;
/// Rows of one message at most.
const ROWS: u64 = 200;
/// Whoever is further behind is told so, and goes on from here.
const FURTHEST_BEHIND: i64 = 2_000;
/// The shortest time between two messages with rows: a burst is sent in few large ones.
const PACE: Duration = Duration::from_millis(25);
/// How long to wait before the store is asked again after it could not answer.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);
/// A line of nothing, by which both ends notice that the other has gone. A page that was left is noticed
/// by the second one and holds its place until then, so they follow soon on each other.
const HEARTBEAT: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
pub(super) struct StreamQuery {
    after: Option<i64>,
}

/// `GET /api/v1/stream`: server-sent events. `id` is the number of the last event in a message;
/// `Last-Event-ID`, or `after`, says where to go on.
pub(super) async fn stream(
    Extract(state): Extract<State>,
    Asked(query): Asked<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = Arc::clone(&state.streams).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many live views are open")
            .with_hint("close some of the dashboard's tabs")
    })?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let mut changed = state.changed.subscribe();
    changed.mark_unchanged();
    let newest = *state.committed.borrow();
    let live = Live {
        data: state.data.clone(),
        // Numbers beyond the newest are those of a store that was renewed since; there are none
        // below 0.
        after: last.or(query.after).filter(|after| *after <= newest).unwrap_or(newest).max(0),
        committed: state.committed.clone(),
        changed,
        shutdown: state.shutdown.clone(),
        next: Instant::now(),
        greeted: false,
        told_rows: false,
        _place: place,
    };
    let body = stream::unfold(live, async |mut live| {
        let message = live.message().await?;
        Some((Ok::<_, Infallible>(message), live))
    });
    let mut response = Response::new(Body::from_stream(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// One client's place in the stream.
struct Live {
    data: PathBuf,
    /// The last event that was sent or passed over.
    after: i64,
    committed: watch::Receiver<i64>,
    changed: watch::Receiver<u64>,
    shutdown: Shutdown,
    /// No rows before this moment.
    next: Instant,
    greeted: bool,
    /// The last message held rows: if there is something else to say, it is said next.
    told_rows: bool,
    _place: OwnedSemaphorePermit,
}

impl Live {
    /// The next thing to say; none at the end.
    async fn message(&mut self) -> Option<String> {
        if !self.greeted {
            self.greeted = true;
            return Some(self.here());
        }
        loop {
            if self.shutdown.is_requested() {
                return None;
            }
            let newest = *self.committed.borrow_and_update();
            if newest < self.after {
                // The store was renewed: its numbers begin anew, and all of them are new.
                self.after = 0;
                return Some(self.here());
            }
            if newest > self.after {
                // Rows without end must not keep the rest from being told.
                if std::mem::take(&mut self.told_rows) && self.changed.has_changed().ok()? {
                    return Some(self.change());
                }
                if newest - self.after > FURTHEST_BEHIND {
                    return Some(self.skip(newest));
                }
                tokio::select! {
                    () = sleep_until(self.next) => {}
                    () = self.shutdown.requested() => return None,
                }
                self.next = Instant::now() + PACE;
                match self.rows().await {
                    Some(rows) if rows.is_empty() => self.after = newest,
                    Some(rows) => return Some(self.told(&rows)),
                    // Nothing is passed over because the disk was slow once.
                    None => self.next = Instant::now() + AFTER_TROUBLE,
                }
                continue;
            }
            tokio::select! {
                new = self.committed.changed() => new.ok()?,
                changed = self.changed.changed() => {
                    changed.ok()?;
                    return Some(self.change());
                }
                () = self.shutdown.requested() => return None,
                () = sleep(HEARTBEAT) => return Some(":\n\n".to_owned()),
            }
        }
    }

    /// Tells the client where it stands, so that it can come back there.
    fn here(&self) -> String {
        format!("id: {0}\nevent: here\ndata: {0}\n\n", self.after)
    }

    fn change(&mut self) -> String {
        let n = *self.changed.borrow_and_update();
        format!("event: changed\ndata: {{\"findings\":{n}}}\n\n")
    }

    /// Passes over what is too much to send.
    fn skip(&mut self, newest: i64) -> String {
        let from = self.after;
        self.after = newest - FURTHEST_BEHIND / 2;
        let skipped = self.after - from;
        format!("id: {}\nevent: skipped\ndata: {{\"events\":{skipped}}}\n\n", self.after)
    }

    /// The next rows; none when they could not be read.
    async fn rows(&self) -> Option<Vec<FeedRow>> {
        let (data, after) = (self.data.clone(), self.after);
        let read =
            tokio::task::spawn_blocking(move || Reader::open(&data)?.feed_after(after, ROWS));
        match read.await.ok()? {
            Ok(rows) => Some(rows),
            Err(error) => {
                tracing::warn!(%error, "the live stream could not read the store");
                None
            }
        }
    }

    fn told(&mut self, rows: &[FeedRow]) -> String {
        self.after = rows.last().map_or(self.after, |last| last.event.seq);
        self.told_rows = true;
        // JSON has no line ends of its own, so it is one line of the message.
        let json = serde_json::to_string(rows).unwrap_or_else(|_| "[]".to_owned());
        format!("id: {}\nevent: events\ndata: {json}\n\n", self.after)
    }
}
