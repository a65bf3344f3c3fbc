//! Who may ask: the bearer token of the command line, the cookie of a browser that came with the
//! one-time link, and nobody from another host name or another page's origin.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq as _;

use super::ApiError;

const COOKIE: &str = "vigil_session";

/// The secrets of this run; clones share them. Never the same value for two purposes.
#[derive(Clone)]
pub struct Access(Arc<Secrets>);

struct Secrets {
    bearer: String,
    login: String,
    login_used: AtomicBool,
    cookie: Mutex<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(hidden)")
    }
}

impl Access {
    /// New random secrets.
    ///
    /// # Errors
    /// [`ApiError::Random`] when the system has no randomness.
    pub fn generate() -> Result<Self, ApiError> {
        Ok(Self(Arc::new(Secrets {
            bearer: token()?,
            login: token()?,
            login_used: AtomicBool::new(false),
            cookie: Mutex::new(token()?),
        })))
    }

    /// The command line's token.
    pub fn bearer(&self) -> &str {
        &self.0.bearer
    }

    /// The secret part of the one-time login link.
    pub fn login_link(&self) -> &str {
        &self.0.login
    }

    /// True when the request carries the bearer token.
    pub(super) fn has_bearer(&self, headers: &HeaderMap) -> bool {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|given| same(given, &self.0.bearer))
    }

    /// True when the request carries the cookie.
    pub(super) fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookie = self.0.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| name == COOKIE && same(value, &cookie))
    }

    /// Trades the one-time link's secret for the cookie; a second try gets nothing.
    pub(super) fn login(&self, given: &str) -> Option<String> {
        if !same(given, &self.0.login) || self.0.login_used.swap(true, Ordering::AcqRel) {
            return None;
        }
        let cookie = self.0.cookie.lock().unwrap_or_else(PoisonError::into_inner);
        Some(format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", *cookie))
    }
}

/// True when the request names us as its host and, if it has an origin, comes from our own page:
/// other names are DNS rebinding, other origins are other pages.
pub(super) fn is_ours(headers: &HeaderMap, port: u16) -> bool {
    let own_hosts = [format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    let mut hosts = headers.get_all(header::HOST).iter();
    let host_is_ours = hosts
        .next()
        .and_then(|value| value.to_str().ok())
        .is_some_and(|host| own_hosts.iter().any(|own| own == host))
        && hosts.next().is_none();
    let origin_is_ours = match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| own_hosts.iter().any(|own| own == origin)),
    };
    host_is_ours && origin_is_ours
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
