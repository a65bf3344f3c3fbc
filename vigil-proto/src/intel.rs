//! The lists of malicious packages, hosts and addresses that the user has brought in, as they are
//! noted beside them and told of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The lists in force, as noted in their folder; `vigil intel status --json` shows the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IntelSet {
    /// The lists, by name.
    pub lists: Vec<IntelList>,
}

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IntelList {
    /// Its name: what is imported under the same one again takes its place.
    pub name: String,
    /// Its form.
    pub form: IntelForm,
    /// Where it is from: a file's name, or a host.
    pub origin: String,
    /// When it was brought in.
    pub imported: Timestamp,
    /// The day of the newest thing in it, such as `2026-11-25`, where it says.
    pub newest: Option<String>,
    /// Indicators that are packages, or versions of them.
    pub packages: u64,
    /// Host names.
    pub hosts: u64,
    /// Addresses.
    pub addresses: u64,
    /// URLs.
    pub urls: u64,
    /// What of it was left out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// The first few of each reason.
    pub examples: BTreeMap<String, Vec<String>>,
    /// The file, in the folder.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// What the server calls this state of it, so that it is not sent again while it is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the server last changed it, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub enum IntelForm {
    /// Advisories in the form of OSV.
    Osv,
    /// Names of packages, one a line.
    Tsv,
    /// URLhaus.
    Urlhaus,
    /// ThreatFox.
    Threatfox,
}

impl IntelForm {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Osv => "OSV",
            Self::Tsv => "names",
            Self::Urlhaus => "URLhaus",
            Self::Threatfox => "ThreatFox",
        }
    }
}

/// What came of the last `vigil intel update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IntelUpdate {
    /// When it ended.
    pub at: Timestamp,
    /// Lists that are new.
    pub changed: u64,
    /// Lists that are what they were.
    pub unchanged: u64,
    /// Why the others stay as they were, by name.
    pub failed: BTreeMap<String, String>,
}

/// `vigil.intel/1`: how it stands with all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IntelReport {
    /// The lists.
    #[serde(flatten)]
    pub set: IntelSet,
    /// The last update, where there was one.
    pub update: Option<IntelUpdate>,
    /// `off` or `daily`: when lists are fetched without being asked for.
    pub schedule: String,
    /// Why lists that are there cannot be used.
    pub trouble: Option<String>,
}

/// The short of it, for `vigil status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct IntelStatus {
    /// How many lists there are.
    pub lists: u64,
    /// Indicators in all of them.
    pub indicators: u64,
    /// When the list that was brought in longest ago was.
    pub oldest: Option<Timestamp>,
    /// Why they cannot be used, or what went wrong in the last update.
    pub trouble: Option<String>,
}

impl IntelList {
    /// Everything in it.
    pub const fn indicators(&self) -> u64 {
        self.packages + self.hosts + self.addresses + self.urls
    }
}

impl IntelReport {
    /// The short of it.
    pub fn short(&self) -> IntelStatus {
        let failed = self.update.as_ref().and_then(|update| update.failed.iter().next());
        let failed = failed.map(|(name, why)| format!("{name} was not updated: {why}"));
        IntelStatus {
            lists: self.set.lists.len() as u64,
            indicators: self.set.lists.iter().map(IntelList::indicators).sum(),
            oldest: self.set.lists.iter().map(|list| list.imported).min(),
            trouble: self.trouble.clone().or(failed),
        }
    }
}
