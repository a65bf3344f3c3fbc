//! The archive's orders: writing a session back for its client, and forgetting sessions. Both are
//! on record.

use std::time::{Duration, SystemTime};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use vigil_proto::{
    Timestamp,
    archive::{ForgetOrder, RestoreOrder},
    report::Document,
};

use super::{
    NotRestored, State,
    answer::{Problem, aside, document},
    control::record,
};

/// An order names some thousands of sessions at most.
const ORDER_BYTES: usize = 1024 * 1024;
/// Sessions of one order at most.
const MOST_SESSIONS: usize = 20_000;
/// How long its body may take to come.
const ORDER_PATIENCE: Duration = Duration::from_secs(5);

type Answer = Result<Response, Problem>;

/// `POST /api/v1/forget`.
pub(super) async fn forget(Extract(state): Extract<State>, request: Request) -> Answer {
    let ForgetOrder { sessions } = order(request.into_body()).await?;
    if sessions.is_empty() || sessions.len() > MOST_SESSIONS {
        let words = format!("an order names 1 to {MOST_SESSIONS} sessions");
        return Err(Problem::new(StatusCode::BAD_REQUEST, words));
    }
    let writer = state.writer.clone();
    let now = Timestamp::from(SystemTime::now());
    // That it was done is recorded together with what is done.
    let forgotten = aside(&state, move || Ok(writer.forget(sessions, now)?)).await?;
    state.changed.send_modify(|n| *n += 1);
    if forgotten.sessions.is_empty() {
        return Err(Problem::gone("session"));
    }
    Ok(document(Document::v1("forget", forgotten)))
}

/// `POST /api/v1/restore`.
pub(super) async fn restore(Extract(state): Extract<State>, request: Request) -> Answer {
    let RestoreOrder { session } = order(request.into_body()).await?;
    let restore = state.restore.clone();
    let restored = aside(&state, move || {
        restore.restore(session).map_err(|error| match error {
            NotRestored::Unknown => Problem::gone("session"),
            NotRestored::Store(error) => error.into(),
            NotRestored::Refused(what, hint) => {
                let problem = Problem::new(StatusCode::CONFLICT, what);
                match hint {
                    Some(hint) => problem.with_hint(hint),
                    None => problem,
                }
            }
        })
    })
    .await?;
    let id: String = restored.session.as_str().chars().take(8).collect();
    let detail = format!("{} {id}", restored.client);
    record(&state, "restore", detail).await?;
    state.changed.send_modify(|n| *n += 1);
    Ok(document(Document::v1("restore", restored)))
}

/// The order that a request's body is.
pub(super) async fn order<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let wrong = |words: String| Problem::new(StatusCode::BAD_REQUEST, words);
    let bytes = timeout(ORDER_PATIENCE, to_bytes(body, ORDER_BYTES))
        .await
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the order did not come"))?
        .map_err(|_| wrong(format!("an order has at most {} KiB", ORDER_BYTES / 1024)))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}
