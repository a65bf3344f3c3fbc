//! `vigil doctor`: begins a trial, and tells how it went.

use axum::{
    body::to_bytes,
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use vigil_proto::report::{Check, CheckVerdict, Doctor, Document};

use super::{
    State,
    answer::{Problem, document},
};

/// An order is some names.
const ORDER_BYTES: usize = 64 * 1024;

/// Whoever tries each way of capture with something made up.
pub trait Examine: Send + Sync {
    /// Begins a trial; gives its name. What a hook or a browser tells of a session of that name
    /// belongs to it. Blocking: it makes a store.
    ///
    /// # Errors
    /// Nothing can be tried.
    fn begin(&self) -> Result<String, NotTried>;

    /// Tries what is left, and ends the trial. Blocking: it waits for what it tries.
    ///
    /// # Errors
    /// There is no such trial.
    fn examine(&self, order: &Examination) -> Result<Vec<Check>, NotTried>;
}

/// What is tried.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examination {
    /// The trial's name.
    pub run: String,
    /// Only these checks; all when there are none.
    #[serde(default)]
    pub only: Vec<String>,
    /// A hook was told something in its name.
    #[serde(default)]
    pub hook: bool,
    /// A browser's turn was told in its name.
    #[serde(default)]
    pub browser: bool,
}

/// Why nothing was tried.
#[derive(Debug)]
pub struct NotTried {
    /// Why.
    pub words: String,
    /// What to do about it.
    pub remedy: String,
}

impl NotTried {
    /// The trial is over, or there never was one.
    pub fn over() -> Self {
        Self {
            words: "this trial is over".to_owned(),
            remedy: "one at a time: run `vigil doctor` again".to_owned(),
        }
    }
}

/// `POST /api/v1/doctor/begin`.
pub(super) async fn begin(Extract(state): Extract<State>) -> Result<Response, Problem> {
    let run = aside(state, |state| state.doctor.begin()).await?;
    Ok(document(json!({ "schema": "vigil.doctor_begun/1", "run": run })))
}

/// `POST /api/v1/doctor`.
pub(super) async fn examine(
    Extract(state): Extract<State>,
    request: Request,
) -> Result<Response, Problem> {
    let wrong = |words: String| Problem::new(StatusCode::BAD_REQUEST, words);
    let bytes = to_bytes(request.into_body(), ORDER_BYTES)
        .await
        .map_err(|_| wrong(format!("an order has at most {} KiB", ORDER_BYTES / 1024)))?;
    let order: Examination =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    let checks = aside(state, move |state| state.doctor.examine(&order)).await?;
    let problems = checks.iter().filter(|check| check.verdict == CheckVerdict::Problem).count();
    let problems = u32::try_from(problems).unwrap_or(u32::MAX);
    Ok(document(Document::v1("doctor", Doctor { checks, problems })))
}

/// Off the async threads, and beside the questions to the store: it waits for things to happen.
async fn aside<T: Send + 'static>(
    state: State,
    work: impl FnOnce(&State) -> Result<T, NotTried> + Send + 'static,
) -> Result<T, Problem> {
    let panicked = || {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it could not be tried; see `vigil logs`")
    };
    let working = tokio::task::spawn_blocking(move || work(&state));
    working.await.map_err(|_| panicked())?.map_err(|NotTried { words, remedy }| {
        Problem::new(StatusCode::CONFLICT, words).with_hint(remedy)
    })
}
