//! Hosts whose connections are recorded though nobody's API is there: others call them malicious. Of
//! every other host that is passed on blindly nothing is kept.

use std::{fmt, sync::Arc};

type Look = dyn Fn(&str, u16) -> bool + Send + Sync;

/// Tells whether a host is one, at this port. Nobody is, where nobody tells.
#[derive(Clone, Default)]
pub struct Suspects(Option<Arc<Look>>);

impl fmt::Debug for Suspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Suspects").field(&self.0.is_some()).finish()
    }
}

impl Suspects {
    /// Those that `look` knows. It is asked once a connection and answers at once.
    pub fn new(look: impl Fn(&str, u16) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(look)))
    }

    pub(super) fn holds(&self, host: &str, port: u16) -> bool {
        self.0.as_ref().is_some_and(|look| look(host, port))
    }
}
