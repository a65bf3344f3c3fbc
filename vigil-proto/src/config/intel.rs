//! `[intel]`: from where lists of malicious packages and places are fetched, and when.

use serde::{Deserialize, Serialize};

/// The lists that are known by name, and where they are. Fetched only when the user says so.
pub const KNOWN: &[(&str, &str)] = &[
    ("osv-npm", "https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip"),
    ("osv-pypi", "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"),
    ("osv-crates.io", "https://osv-vulnerabilities.storage.googleapis.com/crates.io/all.zip"),
    ("osv-rubygems", "https://osv-vulnerabilities.storage.googleapis.com/RubyGems/all.zip"),
    ("osv-nuget", "https://osv-vulnerabilities.storage.googleapis.com/NuGet/all.zip"),
    ("osv-go", "https://osv-vulnerabilities.storage.googleapis.com/Go/all.zip"),
    ("urlhaus", "https://urlhaus.abuse.ch/downloads/csv_recent/"),
    ("threatfox", "https://threatfox.abuse.ch/export/csv/recent/"),
];

/// `[intel]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intel {
    /// Whether the agent fetches the lists by itself.
    pub update: Schedule,
    /// What `vigil intel update` fetches: names of [`KNOWN`], or `NAME=https://...`.
    pub sources: Vec<String>,
}

/// When lists are fetched without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Never.
    #[default]
    Off,
    /// Once a day, while the agent runs.
    Daily,
}

impl Schedule {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Daily => "daily",
        }
    }
}

impl Default for Intel {
    fn default() -> Self {
        let sources = KNOWN.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { update: Schedule::Off, sources }
    }
}

/// The name and address that an entry of `intel.sources` means; none when it means nothing.
pub fn source(entry: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 2048;
    if entry.len() > LONGEST {
        return None;
    }
    let Some((name, url)) = entry.split_once('=') else {
        return KNOWN.iter().find(|(name, _)| *name == entry).copied();
    };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    let is_sound = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(is_name)
        && url
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.starts_with(['/', ':']) && !rest.is_empty())
        && url.chars().all(|c| c.is_ascii_graphic());
    is_sound.then_some((name, url))
}

#[cfg(test)]
mod tests {
    use super::{Intel, source};

    #[test]
    fn a_source_is_known_or_says_where_it_is() {
        assert!(Intel::default().sources.iter().all(|entry| source(entry).is_some()));
        assert_eq!(source("ours=https://lists.example/a.tsv?x=1").unwrap().0, "ours");
        for wrong in [
            "",
            "osv-nothing",
            "ours",
            "ours=http://lists.example/a.tsv",
            "ours=file:///etc/passwd",
            "=https://lists.example",
            "Our List=https://lists.example",
            "ours=https://",
            "ours=https://lists.example/a b",
        ] {
            assert_eq!(source(wrong), None, "{wrong}");
        }
    }
}
