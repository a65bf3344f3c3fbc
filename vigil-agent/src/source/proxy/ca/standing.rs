//! How a folder's authorities stand, for whoever has to say or change it.

use std::time::{Duration, SystemTime};

use super::Certificate;

/// A CA is to be followed by another one so long before it ends.
const RENEW_BEFORE: Duration = Duration::from_hours(30 * 24);

/// How everything stands at one moment.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The one that signs, or would if it were fit.
    pub current: Option<Certificate>,
    /// Why nothing is signed with it.
    pub unfit: Option<String>,
    /// Why another one is to follow.
    pub due: Option<String>,
    /// The hosts that it may not sign for, though they are to be decrypted.
    pub missing: Vec<String>,
    /// The one that will sign next.
    pub next: Option<Coming>,
    /// Those that signed before, and that clients still trust.
    pub former: Vec<Certificate>,
}

/// One that will sign next.
#[derive(Clone, Debug)]
pub struct Coming {
    /// Its certificate.
    pub certificate: Certificate,
    /// Since when clients are told to trust it: who reads their lists after that does.
    pub since: SystemTime,
}

impl Standing {
    /// Why another one is to follow `certificate`, with the names `wanted`.
    pub(super) fn due(
        certificate: &Certificate,
        wanted: &[String],
        now: SystemTime,
    ) -> Option<String> {
        let permitted = certificate.permitted();
        let without = |all: &[String], some: &[String]| -> Vec<String> {
            all.iter().filter(|name| !some.contains(name)).cloned().collect()
        };
        let (missing, surplus) = (without(wanted, permitted), without(permitted, wanted));
        if !missing.is_empty() {
            let names = missing.join(", ");
            return Some(format!("it may not sign for {names}, which the configuration lists"));
        }
        if now + RENEW_BEFORE > certificate.ends() {
            let left = certificate.ends().duration_since(now).unwrap_or_default();
            let days = left.as_secs() / (24 * 3600);
            return Some(format!("it ends in {days} days"));
        }
        if surplus.is_empty() {
            return None;
        }
        let names = surplus.join(", ");
        Some(format!("it may sign for {names}, which the configuration no longer lists"))
    }
}
