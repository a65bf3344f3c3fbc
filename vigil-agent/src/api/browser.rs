//! What the browser extension tells, by way of `vigil native-host`.

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use tokio::time::timeout;
use vigil_proto::{
    browser::{MOST, MOST_ON, Said},
    report::Document,
};

use super::{
    State,
    answer::{Problem, document},
};

/// How long the body may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// `POST /api/v1/browser`.
pub(super) async fn hear(
    Extract(state): Extract<State>,
    request: Request,
) -> Result<Response, Problem> {
    let wrong = |words: String| Problem::new(StatusCode::BAD_REQUEST, words);
    let bytes = timeout(PATIENCE, to_bytes(request.into_body(), MOST_ON))
        .await
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "what is told did not come"))?
        .map_err(|_| wrong(format!("what is told has at most {} MiB", MOST / 1024 / 1024)))?;
    let said: Said = serde_json::from_slice(&bytes)
        // What is wrong may stand in the words of the error.
        .map_err(|error| wrong(format!("nothing that is understood: {:?}", error.classify())))?;
    let browsers = state.browsers.clone();
    // It is on record before it is answered, which the client may not wait for.
    let hearing = tokio::task::spawn_blocking(move || browsers.hear(said));
    let answer = hearing
        .await
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it could not be kept"))?
        .ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "nothing is kept now"))?;
    Ok(document(Document::v1("browser", answer)))
}
