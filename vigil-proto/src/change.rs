//! What Vigil changes on this machine, as whoever changes it notes it until it is on record.

use serde::{Deserialize, Serialize};

use crate::{finding::words, time::Timestamp};

words! {
    /// What was changed; the name of its event.
    Changed {
        /// A client's settings lead it to the proxy.
        RouteOn = "route on",
        /// They no longer do.
        RouteOff = "route off",
        /// One of both was begun and came to nothing.
        RouteFailed = "route failed",
        /// The system's proxy settings lead to the proxy.
        SystemProxyOn = "system proxy on",
        /// They were put back.
        SystemProxyOff = "system proxy off",
        /// The user's own connections are redirected to the proxy.
        RedirectOn = "redirect on",
        /// They are direct again.
        RedirectOff = "redirect off",
        /// A client asks Vigil before it runs a command, or does so in another mode.
        GuardOn = "guard on",
        /// It no longer does.
        GuardOff = "guard off",
        /// One of both was begun and came to nothing.
        GuardFailed = "guard failed",
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When it was noted.
    pub at: Timestamp,
    /// What it is.
    pub what: Changed,
    /// Words about it.
    pub detail: String,
}
