//! What was written for which client, and how far Vigil goes with it.

use serde::{Deserialize, Serialize};
use vigil_platform::guards;
use vigil_proto::{Timestamp, guard::Mode};

use crate::route::journal::{Kept, Written};

/// A client that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guarded {
    /// How far Vigil goes. It stands here and not in the client's file, so that changing it does not
    /// make that another file, which a client may have to be told to trust.
    pub(crate) mode: Mode,
    /// Since when the client asks.
    pub(crate) since: Timestamp,
    #[serde(flatten)]
    pub(crate) written: Written,
}

impl Kept for Guarded {
    const NAME: &str = guards::NAME;
    const LOCK: &str = "guards.lock";
    const COMMAND: &str = "vigil guard";
}
