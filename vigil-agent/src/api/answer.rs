//! How the API answers: documents, and problems with a remedy. Questions to the store run off the
//! async threads, a few at a time.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, Path, Query},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::Semaphore;
use vigil_proto::report::Document;
use vigil_store::{Error, Reader};

use super::State;

/// Questions that are looked up at the same time: each has a connection and its cache.
const AT_ONCE: usize = 6;

/// Places for questions to the store.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Something that went wrong, for whoever asked: what, and what to do about it.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    error: String,
    hint: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), hint: None }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// There is no such thing, or no more.
    pub(super) fn gone(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no such {what}"))
            .with_hint("it may have been deleted by retention; go back to the list")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({ "schema": "vigil.error/1", "error": self.error, "hint": self.hint });
        (self.status, Json(body)).into_response()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Question { .. } => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
            Error::Closed { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
                .with_hint("Vigil is ending; start it again with `vigil up`"),
            error => {
                tracing::error!(%error, "a question to the store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
                    .with_hint("`vigil status` and `vigil logs` say more")
            }
        }
    }
}

/// A document of the API.
pub(super) fn document(body: impl Serialize) -> Response {
    Json(body).into_response()
}

/// An answer that could not be made.
pub(super) fn failed(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the API failed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

/// Runs a question to the store and answers with the document `name`.
pub(super) async fn ask<T: Serialize + Send + 'static>(
    state: &State,
    name: &'static str,
    question: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let data = state.data.clone();
    aside(state, move || {
        let body = question(&Reader::open(&data)?)?;
        // Written out here as well: a large answer takes as long as looking it up.
        Ok(document(Document::v1(name, body)))
    })
    .await
}

/// Runs what blocks off the async threads, when its turn comes.
pub(super) async fn aside<T: Send + 'static>(
    state: &State,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let panicked =
        || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the question failed; see `vigil logs`");
    let place = Arc::clone(&state.places.0).acquire_owned().await.map_err(|_| panicked())?;
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    working.await.map_err(|_| panicked())?
}

/// A question as the query string has it; one that cannot be read is answered in words.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(question)) => Ok(Self(question)),
            Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, error.body_text())),
        }
    }
}

/// The one part of the path that is not fixed.
#[derive(Debug)]
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, error.body_text())),
        }
    }
}
