//! The routes. Each handler asks the store or the agent and answers with a document of
//! `vigil_proto::report`; the checks of host, origin and identity stand before all of them.

use std::{ops::ControlFlow, sync::atomic::Ordering, time::SystemTime};

use axum::{
    Json, Router,
    extract::{Query, Request, State as Extract},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use vigil_proto::{
    Batch, Kind, Sensitive, Timestamp,
    event::ConfigChange,
    report::{Document, EventFilter, UsageBy},
};
use vigil_store::Reader;

use super::{State, access::is_ours, page};
use crate::pipeline::own_event;

/// Events of one answer at most.
const MAX_EVENTS: u64 = 1_000;

pub(super) fn router(state: State, port: u16) -> Router {
    let private = Router::new()
        .route("/api/v1/status", get(status))
        .route("/api/v1/sessions", get(sessions))
        .route("/api/v1/usage", get(usage))
        .route("/api/v1/events", get(events))
        .route("/api/v1/findings", get(findings))
        .route("/api/v1/search", get(search))
        .route("/api/v1/pause", post(pause))
        .route("/api/v1/resume", post(resume))
        .route("/api/v1/down", post(down))
        .layer(middleware::from_fn_with_state(state.clone(), require_bearer));
    Router::new()
        .route("/", get(front))
        // A HEAD would use the link up and give its cookie to nobody.
        .route("/login", get(login).head(async || StatusCode::METHOD_NOT_ALLOWED))
        .merge(private)
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            if is_ours(request.headers(), port) {
                secured(next.run(request).await)
            } else {
                secured((StatusCode::MISDIRECTED_REQUEST, "not this host\n").into_response())
            }
        }))
        .with_state(state)
}

/// Headers that every answer carries.
fn secured(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn require_bearer(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    if state.access.has_bearer(request.headers()) {
        return next.run(request).await;
    }
    problem(
        StatusCode::UNAUTHORIZED,
        "this needs `Authorization: Bearer TOKEN`; the token is in run/agent.json",
    )
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "schema": "vigil.error/1", "error": message }))).into_response()
}

/// Runs a question to the store off the async threads.
async fn ask<T: serde::Serialize + Send + 'static>(
    question: impl FnOnce() -> Result<T, vigil_store::Error> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(question).await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "a question to the store failed");
            problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
        }
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the question failed; see the log"),
    }
}

async fn status(Extract(state): Extract<State>) -> Response {
    ask(move || state.status.status()).await
}

async fn sessions(Extract(state): Extract<State>) -> Response {
    ask(move || Ok(Document::v1("sessions", Reader::open(&state.data)?.sessions()?))).await
}

#[derive(Deserialize)]
struct UsageQuery {
    by: Option<UsageBy>,
}

async fn usage(Extract(state): Extract<State>, Query(query): Query<UsageQuery>) -> Response {
    ask(move || {
        let zone = jiff::tz::TimeZone::system();
        let zone = zone.iana_name().unwrap_or("UTC");
        let by = query.by.unwrap_or(UsageBy::Model);
        Ok(Document::v1("usage", Reader::open(&state.data)?.usage(by, zone)?))
    })
    .await
}

#[derive(Deserialize)]
struct EventsQuery {
    session: Option<String>,
    kind: Option<vigil_proto::KindName>,
    after: Option<i64>,
    limit: Option<u64>,
}

async fn events(Extract(state): Extract<State>, Query(query): Query<EventsQuery>) -> Response {
    ask(move || {
        let filter = EventFilter {
            session: query.session,
            kind: query.kind,
            after_seq: query.after,
            limit: Some(query.limit.unwrap_or(MAX_EVENTS).min(MAX_EVENTS)),
            ..EventFilter::default()
        };
        let mut rows = Vec::new();
        Reader::open(&state.data)?.events(&filter, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(json!({ "schema": "vigil.events/1", "events": rows }))
    })
    .await
}

async fn findings(Extract(state): Extract<State>) -> Response {
    ask(move || Ok(Document::v1("findings", Reader::open(&state.data)?.findings()?))).await
}

#[derive(Deserialize)]
struct SearchQuery {
    q: String,
    limit: Option<usize>,
}

async fn search(Extract(state): Extract<State>, Query(query): Query<SearchQuery>) -> Response {
    ask(move || {
        let limit = query.limit.unwrap_or(20).min(200);
        Ok(Document::v1("search", Reader::open(&state.data)?.search(&query.q, limit)?))
    })
    .await
}

async fn pause(Extract(state): Extract<State>) -> Response {
    switch(state, true).await
}

async fn resume(Extract(state): Extract<State>) -> Response {
    switch(state, false).await
}

/// Pauses or resumes, and records that it was done: a pause is never silent.
async fn switch(state: State, paused: bool) -> Response {
    let was = state.shared.paused.swap(paused, Ordering::AcqRel);
    if was != paused {
        let inlet = state.inlet.clone();
        let batch = switched(paused);
        let sent = tokio::task::spawn_blocking(move || inlet.send(batch)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return problem(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending");
        }
    }
    Json(json!({ "schema": "vigil.pause/1", "paused": paused })).into_response()
}

/// The record of a pause or its end.
fn switched(paused: bool) -> Batch<Sensitive> {
    let what = if paused { "pause" } else { "resume" };
    let change = ConfigChange {
        what: Sensitive::from(what),
        detail: Sensitive::from("asked for by the user's command line"),
    };
    own_event(what, Timestamp::from(SystemTime::now()), Kind::ConfigChange(change))
}

async fn down(Extract(state): Extract<State>) -> Response {
    state.shutdown.request();
    Json(json!({ "schema": "vigil.down/1", "ending": true })).into_response()
}

#[derive(Deserialize)]
struct Login {
    once: String,
}

async fn login(Extract(state): Extract<State>, Query(login): Query<Login>) -> Response {
    match state.access.login(&login.once) {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        None => (
            StatusCode::FORBIDDEN,
            Html(page::refused("This link was used already, or is not ours.")),
        )
            .into_response(),
    }
}

async fn front(Extract(state): Extract<State>, request: Request) -> Response {
    if !state.access.has_cookie(request.headers()) && !state.access.has_bearer(request.headers()) {
        return Html(page::closed()).into_response();
    }
    let report = tokio::task::spawn_blocking(move || state.status.status()).await;
    match report {
        Ok(Ok(document)) => Html(page::status(&document.body, &page::Clock::now())).into_response(),
        Ok(Err(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Html(page::refused(&error.to_string())))
                .into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
