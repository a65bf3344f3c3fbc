//! Which address leads to which handler, and what stands before all of them: the checks of host,
//! origin and identity. The only place where it is decided what needs what.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State as Extract},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{
    State,
    answer::Problem,
    archive, assets, authority, browser, control, doctor, hook, login,
    origin::{Target, is_extensions, is_ours},
    paired, questions, stream, suppress, vault,
};
use crate::pairing::Refused;

/// What the extension of a paired browser may ask, from an origin of its own.
const FOR_EXTENSIONS: [&str; 2] = ["/api/v1/browser", "/api/v1/browser/pair"];

pub(super) fn router(state: State) -> Router {
    let by_anyone_admitted = Router::new()
        .route("/status", get(questions::status))
        .route("/facets", get(questions::facets))
        .route("/sessions", get(questions::sessions))
        .route("/sessions/{key}", get(questions::session))
        .route("/excerpts", get(questions::excerpts))
        .route("/events", get(questions::events))
        .route("/events/{place}", get(questions::event))
        .route("/findings", get(questions::findings))
        .route("/findings/{id}", get(questions::finding))
        .route("/findings/triage", post(control::triage))
        .route("/vault", get(vault::status))
        .route("/intel", get(questions::intel))
        .route("/installs", get(questions::installs))
        .route("/suppressions", get(questions::suppressions))
        .route("/suppress", post(suppress::suppress))
        .route("/unsuppress", post(suppress::unsuppress))
        .route("/timeline", get(questions::timeline))
        .route("/timeline/density", get(questions::density))
        .route("/analytics", get(questions::analytics))
        .route("/system", get(questions::system))
        .route("/processes", get(questions::processes))
        .route("/digest", get(questions::digest))
        .route("/usage", get(questions::usage))
        .route("/search", get(questions::search))
        .route("/stream", get(stream::stream))
        .route("/pause", post(control::pause))
        .route("/resume", post(control::resume))
        .layer(middleware::from_fn_with_state(state.clone(), require_admission));
    // A page that was tricked must not be able to end the agent or to let others in.
    let by_programs_alone = Router::new()
        .route("/down", post(control::down))
        .route("/ca/rotate", post(authority::rotate))
        .route("/ca/trust", get(authority::machine).post(authority::trust))
        .route("/ca/remove", post(authority::remove))
        .route("/changes", post(control::changes))
        .route("/forget", post(archive::forget))
        .route("/mask-again", post(control::mask_again))
        .route("/hook", post(hook::ask))
        .route("/doctor", post(doctor::examine))
        .route("/doctor/begin", post(doctor::begin))
        .route("/browser/code", post(paired::code))
        .route("/browser/paired", get(paired::list))
        .route("/browser/unpair", post(paired::unpair))
        .route("/vault/on", post(vault::on))
        .route("/vault/off", post(vault::off))
        .route("/vault/purge", post(vault::purge))
        .route("/vault/reveal", post(vault::reveal))
        .route("/restore", post(archive::restore))
        .route("/login-link", get(login::look).post(login::make))
        .layer(middleware::from_fn_with_state(state.clone(), require_bearer));
    let by_extensions = Router::new()
        .route("/browser", post(browser::hear))
        .layer(middleware::from_fn_with_state(state.clone(), paired::require_told))
        .route("/browser/pair", post(paired::ask));
    let api = by_anyone_admitted
        .merge(by_programs_alone)
        .merge(by_extensions)
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_way);
    let (port, pairings) = (state.port, Arc::clone(&state.pairings));
    Router::new()
        // A HEAD would use the link up and give its cookie to nobody.
        .route("/login", get(login::follow).head(async || StatusCode::METHOD_NOT_ALLOWED))
        .nest("/api/v1", api)
        .fallback(get(assets::serve))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let pairings = Arc::clone(&pairings);
            async move {
                let is_api = request.uri().path().starts_with("/api/");
                let target = if is_api { Target::Api } else { Target::Page };
                let is_told = FOR_EXTENSIONS.contains(&request.uri().path());
                if is_ours(request.headers(), port, target)
                    || (is_told && is_extensions(request.headers(), port))
                {
                    assets::secured(next.run(request).await)
                } else {
                    if is_told {
                        pairings.refuse(Refused::Origin);
                    }
                    assets::secured(misdirected(port).into_response())
                }
            }
        }))
        .with_state(state)
}

async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "the API has no such address")
}

async fn not_that_way() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address is asked in another way")
        .with_hint("questions are asked with GET, orders given with POST; see docs/API.md")
}

fn misdirected(port: u16) -> Problem {
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "this was asked under another name, or by another page")
        .with_hint(format!(
            "the dashboard answers to http://localhost:{port} and http://127.0.0.1:{port} alone; `vigil open` leads there"
        ))
}

async fn require_admission(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if state.access.has_bearer(headers)
        || state.access.is_admitted(headers, state.port, Instant::now())
    {
        return next.run(request).await;
    }
    Problem::new(StatusCode::UNAUTHORIZED, "this browser is not logged in, or no longer")
        .with_hint(
            "run `vigil open`; programs send `Authorization: Bearer TOKEN`, the token is in run/agent.json",
        )
        .into_response()
}

pub(super) async fn require_bearer(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Response {
    if state.access.has_bearer(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(StatusCode::UNAUTHORIZED, "this needs the bearer token")
        .with_hint("programs send `Authorization: Bearer TOKEN`; the token is in run/agent.json")
        .into_response()
}
