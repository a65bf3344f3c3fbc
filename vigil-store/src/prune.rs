//! Retention: what is older than the user wants, or more than the disk may hold, is deleted;
//! totals stay. Never deletes sessions, usage or findings themselves.

use vigil_proto::{Timestamp, config::Retention};

use crate::{apply::Ledger, error::Error};

/// What a pruning deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Events.
    pub events: u64,
    /// Texts that nothing refers to any more.
    pub bodies: u64,
}

/// Deletes by age.
pub(crate) fn by_age(
    _ledger: &mut Ledger,
    _retention: &Retention,
    _now: Timestamp,
) -> Result<Pruned, Error> {
    Ok(Pruned::default())
}

/// Deletes the oldest conversations until the store fits.
pub(crate) fn to_quota(_ledger: &mut Ledger, _quota: u64) -> Result<Pruned, Error> {
    Ok(Pruned::default())
}
