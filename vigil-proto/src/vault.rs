//! The vault: what is asked of it and what it answers. Keys and sealed values are lower-case
//! hexadecimal digits.

use serde::{Deserialize, Serialize};

use crate::{id::FindingId, time::Timestamp};

/// The change that is on record when a value was asked for in clear.
pub const REVEALED: &str = "vault-reveal";

/// How the vault stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct VaultStatus {
    /// Whether values are sealed now.
    pub on: bool,
    /// The public half of its key, while it is on.
    pub public: Option<String>,
    /// Incidents whose value it holds.
    pub values: u64,
    /// Days until the key of a day is destroyed.
    pub days: u32,
    /// Why it is off though it was left on, or why it did not take a value.
    pub trouble: Option<String>,
    /// The keys that there are, newest day first.
    #[serde(default)]
    pub keys: Vec<VaultKey>,
}

/// The key of one day, and what is sealed to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct VaultKey {
    /// The day in UTC, such as `2026-11-26`.
    pub day: String,
    /// Incidents whose value is sealed to it.
    pub values: u64,
    /// When it is destroyed.
    pub until: Timestamp,
}

/// That the vault holds a finding's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SealedUntil {
    /// The day in UTC whose key it is sealed to.
    pub day: String,
    /// When that key is destroyed.
    pub until: Timestamp,
}

/// `POST /api/v1/vault/on`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultOn {
    /// The public half of its key.
    pub public: String,
}

/// `POST /api/v1/vault/reveal`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevealOrder {
    /// The incident.
    pub finding: FindingId,
}

/// What is needed to open a value, but for the key in the keystore.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revealed {
    /// The public half of the vault's key.
    pub public: String,
    /// The wrapped key of the day.
    pub wrapped: String,
    /// The value, sealed.
    pub sealed: String,
}

/// `POST /api/v1/vault/purge`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeOrder {
    /// One incident's value; none for all of them, with every day's key.
    pub finding: Option<FindingId>,
}

/// What came of a purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Values that were deleted.
    pub values: u64,
    /// Keys of days that were destroyed.
    pub keys: u64,
}

/// A value in clear, for the person who asked.
#[derive(Clone, Debug, Serialize)]
pub struct InClear<'a> {
    /// The incident.
    pub id: FindingId,
    /// Its rule.
    pub rule: &'a str,
    /// The value.
    pub value: &'a str,
}
