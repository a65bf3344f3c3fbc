//! The wall clock, for what is written down and shown. Deadlines never use it.

use std::time::{SystemTime, UNIX_EPOCH};

use vigil_proto::rpc::Micros;

/// Now.
pub(crate) fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
