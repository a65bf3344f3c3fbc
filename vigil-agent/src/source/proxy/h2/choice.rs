//! Which protocol a connection speaks: one that the client offers and upstream chooses, the same
//! on both sides.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a host is taken to choose as it did.
const KEPT: Duration = Duration::from_mins(10);

/// What is spoken within TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// Its name in a TLS handshake (RFC 7301).
    pub(in crate::source::proxy) const fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

/// What a client would speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) struct Offers {
    /// It offers HTTP/1.1, or nothing at all.
    pub(in crate::source::proxy) http1: bool,
    pub(in crate::source::proxy) http2: bool,
}

/// What a host chose when it had the choice; clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::source::proxy) struct Choice(Arc<Mutex<Option<(Protocol, Instant)>>>);

impl Choice {
    /// What will be spoken with a client that offers `offers`, when that is known before upstream
    /// is asked.
    pub(in crate::source::proxy) fn known(&self, offers: Offers) -> Option<Protocol> {
        match offers {
            Offers { http2: false, .. } => Some(Protocol::Http1),
            Offers { http1: false, .. } => Some(Protocol::Http2),
            Offers { .. } => {
                let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                kept.filter(|(_, since)| since.elapsed() < KEPT).map(|(protocol, _)| protocol)
            }
        }
    }

    /// The host, asked, chose `protocol`.
    pub(in crate::source::proxy) fn learn(&self, protocol: Protocol) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((protocol, Instant::now()));
    }

    /// The host did not do as it did before.
    pub(in crate::source::proxy) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
