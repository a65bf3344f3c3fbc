//! The one-time link: whoever follows it gets a cookie and, in the page itself, the key that goes
//! with it. `login.js` moves the key into the tab's own storage and goes on to the dashboard.

use std::time::Instant;

use axum::{
    extract::{Query, State as Extract},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    State, access,
    answer::{self, Problem},
};

#[derive(Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    once: String,
}

/// `GET /login?once=SECRET`.
pub(super) async fn follow(Extract(state): Extract<State>, Query(login): Query<Login>) -> Response {
    match state.access.admit(&login.once, state.port, Instant::now()) {
        Ok(Some(admission)) => {
            // Hexadecimal digits: nothing to escape.
            let head = format!(
                "<meta name=vigil-key content={}><script type=module src=/login.js></script>",
                admission.key
            );
            let page = document(&head, "Vigil", "<p>Opening the dashboard …</p>");
            ([(header::SET_COOKIE, admission.cookie)], Html(page)).into_response()
        }
        Ok(None) => (
            StatusCode::FORBIDDEN,
            notice(
                "This link no longer opens the dashboard",
                "<p>It was used already, is too old, or is not ours. Where the dashboard is open \
                 in another tab of this browser, it opens <a href=/>without a link</a>.</p>\
                 <p>For a new link run <code>vigil open</code> in a terminal.</p>",
            ),
        )
            .into_response(),
        Err(error) => answer::failed(&error),
    }
}

/// `POST /api/v1/login-link`, for the command line alone: one more link.
pub(super) async fn make(Extract(state): Extract<State>) -> Response {
    match state.access.new_link(Instant::now()) {
        Ok(secret) => answer::document(json!({
            "schema": "vigil.login-link/1",
            "url": format!("http://localhost:{}/login?once={secret}", state.port),
            "seconds": access::LINK_LIFE.as_secs(),
        })),
        Err(error) => answer::failed(&error),
    }
}

/// `GET /api/v1/login-link?once=SECRET`, for the command line alone: whether it waits to be used.
pub(super) async fn look(
    Extract(state): Extract<State>,
    Query(login): Query<Login>,
) -> Result<Response, Problem> {
    let waiting = state.access.is_waiting(&login.once, Instant::now());
    Ok(answer::document(json!({ "schema": "vigil.login-link/1", "waiting": waiting })))
}

/// A page of a few words that looks like the dashboard. What is given is HTML.
pub(super) fn notice(title: &str, body: &str) -> Html<String> {
    Html(document("", title, body))
}

fn document(head: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\"><title>Vigil</title>\
         <link rel=stylesheet href=/styles/tokens.css><link rel=stylesheet href=/styles/base.css>\
         <link rel=stylesheet href=/styles/shell.css>\
         {head}<body><main class=closed><h1>{title}</h1>{body}</main></body></html>"
    )
}
