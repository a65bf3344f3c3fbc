//! Suppressions: what people do not want to be told of, why, and until when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{id::FindingId, text::Masked, time::Timestamp};

/// `vigil.suppressions/1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Suppressions {
    /// Those in force, the newest first.
    pub suppressions: Vec<SuppressionRow>,
}

/// One of them. It is for one finding, or for what a rule finds in some files or in one project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SuppressionRow {
    /// Its number.
    pub id: i64,
    /// The finding.
    pub finding: Option<FindingId>,
    /// The rule.
    pub rule: Option<String>,
    /// Files like this, where the finding was first seen.
    pub path: Option<Masked>,
    /// The working directory, or one above it, of the session where the finding was first seen.
    pub project: Option<Masked>,
    /// Why.
    pub reason: Masked,
    /// Since when.
    pub made: Timestamp,
    /// Until when; none: until it is taken back.
    pub expires: Option<Timestamp>,
    /// How many findings are suppressed by it now.
    pub findings: u64,
}

/// The body of `POST /api/v1/suppress`: a finding, or a rule with a path or a project.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct SuppressOrder {
    /// The finding.
    pub finding: Option<FindingId>,
    /// The rule.
    pub rule: Option<String>,
    /// Files like this: `*` is any part of a name, `**` any folders.
    pub path: Option<String>,
    /// An absolute path.
    pub project: Option<String>,
    /// Why, at most 2,000 characters; masked before it is kept.
    pub reason: String,
    /// Until when.
    pub expires: Option<Timestamp>,
}

impl fmt::Debug for SuppressOrder {
    /// Without the words, which nobody has masked yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuppressOrder").field("finding", &self.finding).finish_non_exhaustive()
    }
}

/// `vigil.suppress/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Suppressed {
    /// The suppression's number.
    pub id: i64,
    /// How many findings are suppressed by it from now on.
    pub findings: u64,
}

/// The body of `POST /api/v1/unsuppress`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct UnsuppressOrder {
    /// The suppression's number.
    pub id: i64,
}

/// `vigil.unsuppress/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Unsuppressed {
    /// How many findings are open again.
    pub findings: u64,
}
