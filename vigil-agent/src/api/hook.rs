//! What clients' hooks ask before a command runs. The answer waits for nobody: not for the store, not
//! for what else is asked.

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use tokio::time::timeout;
use vigil_proto::{guard::HookCall, report::Document};

use super::{
    State,
    answer::{Problem, document},
};

/// A hook's command and its input, which hold the same words, and what JSON adds.
const CALL_BYTES: usize = 4 * 1024 * 1024;
/// How long the body may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// `POST /api/v1/hook`.
pub(super) async fn ask(
    Extract(state): Extract<State>,
    request: Request,
) -> Result<Response, Problem> {
    let wrong = |words: String| Problem::new(StatusCode::BAD_REQUEST, words);
    let bytes = timeout(PATIENCE, to_bytes(request.into_body(), CALL_BYTES))
        .await
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the call did not come"))?
        .map_err(|_| wrong(format!("a call has at most {} MiB", CALL_BYTES / 1024 / 1024)))?;
    let call: HookCall = serde_json::from_slice(&bytes)
        // What is wrong may stand in the words of the error.
        .map_err(|error| wrong(format!("not a call: {:?}", error.classify())))?;
    let hooks = state.hooks.clone();
    // A client that stops waiting does not end this.
    let answering = tokio::task::spawn_blocking(move || hooks.ask(&call));
    let answer = answering.await.map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the call could not be judged")
    })?;
    Ok(document(Document::v1("hook", answer)))
}
