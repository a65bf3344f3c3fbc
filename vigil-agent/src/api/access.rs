//! Who may ask: a program with the bearer token, or a browser that came by a one-time link and
//! carries both halves of what it was given for it. Nothing here reads or writes a file.
//!
//! A cookie alone is not enough, because cookies ignore ports: any other server on this machine
//! that the browser visits is sent ours as well. The second half is a key that the page keeps for
//! itself and sends in a header, which only a page of our own origin can do.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, header};
use subtle::ConstantTimeEq as _;

use super::ApiError;

/// The header that carries the page's key.
pub(super) const KEY: HeaderName = HeaderName::from_static("x-vigil-key");

/// Browsers that are logged in at a time; one more ends the one that was silent longest.
const BROWSERS: usize = 16;
/// A browser that was silent for so long must come by a new link.
const SILENCE: Duration = Duration::from_hours(7 * 24);
/// How long a link that was asked for works, unless it is used before.
pub(super) const LINK_LIFE: Duration = Duration::from_mins(2);
/// Links that wait to be used; one more ends the oldest.
const LINKS: usize = 8;

/// The secrets of this run; clones share them. Never the same value for two purposes.
#[derive(Clone)]
pub struct Access(Arc<Secrets>);

struct Secrets {
    bearer: String,
    first_link: String,
    doors: Mutex<Doors>,
}

/// What changes while the agent runs.
#[derive(Default)]
struct Doors {
    links: VecDeque<Link>,
    browsers: Vec<Browser>,
}

/// A link that was not used yet.
struct Link {
    secret: String,
    /// None: as long as this run lasts.
    until: Option<Instant>,
}

/// A browser that came by a link.
struct Browser {
    cookie: String,
    key: String,
    heard: Instant,
}

/// What a browser is given for its link.
pub(super) struct Admission {
    /// The value of `Set-Cookie`.
    pub(super) cookie: String,
    /// The key that the page keeps.
    pub(super) key: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(hidden)")
    }
}

impl Access {
    /// New random secrets, and the first link.
    ///
    /// # Errors
    /// [`ApiError::Random`] when the system has no randomness.
    pub fn generate() -> Result<Self, ApiError> {
        let first_link = token()?;
        let links = VecDeque::from([Link { secret: first_link.clone(), until: None }]);
        Ok(Self(Arc::new(Secrets {
            bearer: token()?,
            first_link,
            doors: Mutex::new(Doors { links, browsers: Vec::new() }),
        })))
    }

    /// The command line's token.
    pub fn bearer(&self) -> &str {
        &self.0.bearer
    }

    /// The secret of the link that is printed at the start. It works once, at any time.
    pub fn login_link(&self) -> &str {
        &self.0.first_link
    }

    /// The secret of one more link, which works once within [`LINK_LIFE`].
    ///
    /// # Errors
    /// [`ApiError::Random`] when the system has no randomness.
    pub(super) fn new_link(&self, now: Instant) -> Result<String, ApiError> {
        let secret = token()?;
        let mut doors = self.doors();
        doors.forget_old(now);
        // The first link stays: whoever reads the terminal expects it to work.
        if doors.links.iter().filter(|link| link.until.is_some()).count() >= LINKS
            && let Some(oldest) = doors.links.iter().position(|link| link.until.is_some())
        {
            doors.links.remove(oldest);
        }
        doors.links.push_back(Link { secret: secret.clone(), until: Some(now + LINK_LIFE) });
        Ok(secret)
    }

    /// True while the link was not used and still would work.
    pub(super) fn is_waiting(&self, secret: &str, now: Instant) -> bool {
        let mut doors = self.doors();
        doors.forget_old(now);
        doors.links.iter().any(|link| same(&link.secret, secret))
    }

    /// Trades a link's secret for a cookie and a key; a second try gets nothing.
    ///
    /// # Errors
    /// [`ApiError::Random`] when the system has no randomness; the link is not used up then.
    pub(super) fn admit(
        &self,
        secret: &str,
        port: u16,
        now: Instant,
    ) -> Result<Option<Admission>, ApiError> {
        let (cookie, key) = (token()?, token()?);
        let mut doors = self.doors();
        doors.forget_old(now);
        let Some(place) = doors.links.iter().position(|link| same(&link.secret, secret)) else {
            return Ok(None);
        };
        doors.links.remove(place);
        if doors.browsers.len() >= BROWSERS
            && let Some((silent, _)) =
                doors.browsers.iter().enumerate().min_by_key(|(_, browser)| browser.heard)
        {
            doors.browsers.swap_remove(silent);
        }
        let admission = Admission {
            cookie: format!("{}={cookie}; Path=/; HttpOnly; SameSite=Strict", cookie_name(port)),
            key: key.clone(),
        };
        doors.browsers.push(Browser { cookie, key, heard: now });
        Ok(Some(admission))
    }

    /// True when the request carries the bearer token.
    pub(super) fn has_bearer(&self, headers: &HeaderMap) -> bool {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|given| same(given, &self.0.bearer))
    }

    /// True when the request carries a cookie and the key that was given out with it.
    pub(super) fn is_admitted(&self, headers: &HeaderMap, port: u16, now: Instant) -> bool {
        let Some(key) = headers.get(KEY).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let name = cookie_name(port);
        let cookies: Vec<&str> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(given, value)| (given == name).then_some(value))
            .collect();
        let mut doors = self.doors();
        doors.forget_old(now);
        let browser = doors.browsers.iter_mut().find(|browser| {
            same(key, &browser.key) && cookies.iter().any(|cookie| same(cookie, &browser.cookie))
        });
        let Some(browser) = browser else { return false };
        browser.heard = now;
        true
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.0.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors {
    fn forget_old(&mut self, now: Instant) {
        self.links.retain(|link| link.until.is_none_or(|until| now < until));
        self.browsers.retain(|browser| now.duration_since(browser.heard) < SILENCE);
    }
}

/// With the port in it, or two Vigils of one machine would overwrite each other's.
fn cookie_name(port: u16) -> String {
    format!("vigil_session_{port}")
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// 256 random bits as hexadecimal digits.
fn token() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(ApiError::Random)?;
    Ok(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}

#[cfg(test)]
mod tests;
