//! Whether a request comes from where it may come from: our own page or a program of the user's,
//! never another page that the browser shows. Knows nothing of tokens.

use axum::http::{HeaderMap, HeaderName, header};
use vigil_proto::browser::paired::is_extension;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The API: for our own page and for programs.
    Api,
    /// The page and its assets, which hold nothing of the user's; a link elsewhere may lead here.
    Page,
}

/// True when the request names us as its host and was not sent by another page. Other host names
/// are DNS rebinding; other origins are other pages, those of other local ports among them.
pub(super) fn is_ours(headers: &HeaderMap, port: u16, target: Target) -> bool {
    let Some(host) = own_host(headers, port) else { return false };
    let own_origin = match headers.get(header::ORIGIN) {
        None => true,
        Some(_) => only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin == host),
    };
    own_origin && site_may(headers, target)
}

/// The host that it names, when that is us.
fn own_host(headers: &HeaderMap, port: u16) -> Option<&str> {
    let own = [format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    only(headers, &header::HOST).filter(|host| own.iter().any(|own| own == host))
}

/// True when it names us as its host and comes from the extension's own pages or its worker. What its
/// scripts in other pages send has the origin of those pages.
pub(super) fn is_extensions(headers: &HeaderMap, port: u16) -> bool {
    own_host(headers, port).is_some() && extension(headers).is_some()
}

/// The extension's origin, as the browser names it.
pub(super) fn extension(headers: &HeaderMap) -> Option<&str> {
    only(headers, &header::ORIGIN).filter(|origin| is_extension(origin))
}

/// Browsers say by `Sec-Fetch-*` whose page sent a request; programs say nothing.
fn site_may(headers: &HeaderMap, target: Target) -> bool {
    if headers.get(&FETCH_SITE).is_none() {
        return true;
    }
    match (only(headers, &FETCH_SITE), target) {
        (Some("same-origin"), _) | (Some("none"), Target::Page) => true,
        // Following a link to the page is allowed; embedding or fetching it is not.
        (Some("same-site" | "cross-site"), Target::Page) => {
            only(headers, &FETCH_MODE) == Some("navigate")
                && only(headers, &FETCH_DEST) == Some("document")
        }
        _ => false,
    }
}

/// The value of a header that stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests;
