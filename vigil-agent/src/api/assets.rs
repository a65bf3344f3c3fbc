//! The dashboard's files, compiled in, with the headers that keep a page honest. They are the same
//! for everybody and hold nothing of the user's, so they need no login.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::login;

/// What is in `dashboard/` and meant for the browser. In development it is read from there at
/// each request.
#[derive(RustEmbed)]
#[folder = "dashboard/"]
#[exclude = "types/*"]
#[exclude = "*.md"]
#[exclude = "*.json"]
#[exclude = "*.d.ts"]
struct Dashboard;

/// What the page may do: run our own files and ask our own origin, nothing else. Text never
/// becomes HTML (Trusted Types without a single policy).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The page's own addresses: each of them is the same document, which looks at its address itself.
const VIEWS: &[&str] =
    &["", "sessions", "live", "findings", "installs", "analytics", "timeline", "system", "capture"];

/// Answers with the file of this path, or with the page when the path is one of its addresses.
pub(super) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let name = if VIEWS.contains(&first) { "index.html" } else { path };
    match Dashboard::get(name) {
        Some(file) => answer(name, file, request.headers()),
        None => (
            StatusCode::NOT_FOUND,
            login::notice("There is no such page", "<p><a href=/>To the dashboard</a></p>"),
        )
            .into_response(),
    }
}

fn answer(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", blake3::Hash::from_bytes(file.metadata.sha256_hash()).to_hex());
    let Ok(tag_value) = HeaderValue::from_str(&tag) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    // Asked for again each time, answered in full only when it changed: a page never mixes files
    // of two versions for longer than one load.
    let headers = [
        (header::ETAG, tag_value),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type(name))),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(file.data)).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// Headers that every answer carries, whatever it is.
pub(super) fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
