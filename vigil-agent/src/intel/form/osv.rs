//! Advisories in the form of OSV (schema 1.x). Only those of malicious packages are taken in: an
//! ordinary vulnerability is no reason not to install.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use vigil_detect::intel::{Affected, Range, compare, ecosystem as ecosystem_word};

use super::super::gathered::Gathered;

/// An advisory, as far as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct Advisory {
    id: Option<String>,
    modified: Option<String>,
    withdrawn: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    affected: Option<Vec<Part>>,
    database_specific: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct Part {
    package: Option<Package>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    #[serde(default)]
    ranges: Option<Vec<Ranges>>,
    database_specific: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Ranges {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

/// Reads an advisory; none where it is something else.
pub(super) fn read(text: &str) -> serde_json::Result<Option<Advisory>> {
    let advisory: Advisory = serde_json::from_str(text)?;
    let is_one =
        advisory.id.is_some() && (advisory.affected.is_some() || advisory.withdrawn.is_some());
    Ok(is_one.then_some(advisory))
}

/// Whether a text that cannot be read was meant as one.
pub(super) fn looks_like_one(text: &str) -> bool {
    text.contains("\"affected\"") && text.contains("\"id\"")
}

pub(super) fn take_in(advisory: &Advisory, gathered: &mut Gathered) {
    let id = advisory.id.as_deref().unwrap_or_default();
    if advisory.withdrawn.is_some() {
        return gathered.skip("withdrawn", id);
    }
    let is_malicious = is_of_malware(advisory);
    let mut is_any = false;
    for part in advisory.affected.iter().flatten() {
        let is_meant = is_malicious || part.database_specific.as_deref().is_some_and(says_malware);
        if let (true, Some(package)) = (is_meant, &part.package) {
            gathered.package(&package.ecosystem, &package.name, id, &affected(part));
            is_any = true;
        }
    }
    if is_any {
        if let Some(modified) = &advisory.modified {
            gathered.dated(modified);
        }
    } else if is_malicious {
        gathered.skip("no-package", id);
    } else {
        gathered.skip("vulnerability", id);
    }
}

/// True when the package itself is what is wrong.
fn is_of_malware(advisory: &Advisory) -> bool {
    let id = advisory.id.as_deref().unwrap_or_default();
    let is_named = id.starts_with("MAL-")
        || advisory.aliases.iter().flatten().any(|id| id.starts_with("MAL-"));
    // RustSec has no category for it; such advisories have titles in these words.
    let is_titled = || {
        let title = advisory.summary.as_deref().unwrap_or_default().to_lowercase();
        id.starts_with("RUSTSEC-")
            && (title.contains("malicious crate") || title.contains("for malicious code"))
    };
    is_named || is_titled() || advisory.database_specific.as_deref().is_some_and(says_malware)
}

/// Whether a database's own fields say so: the weakness "embedded malicious code" and those below it,
/// a category, or a mark of the collection of malicious packages.
fn says_malware(specific: &RawValue) -> bool {
    const WEAKNESSES: &[&str] =
        &["CWE-506", "CWE-507", "CWE-508", "CWE-509", "CWE-510", "CWE-511", "CWE-512"];
    const CATEGORIES: &[&str] = &["malicious", "malware", "malicious-package"];
    let Ok(Value::Object(fields)) = serde_json::from_str(specific.get()) else { return false };
    let has = |field: &str, words: &[&str]| {
        let values = fields.get(field).and_then(Value::as_array);
        values.into_iter().flatten().any(|value| {
            let word = value.as_str().or_else(|| value.get("cweId").and_then(Value::as_str));
            word.is_some_and(|word| words.contains(&word))
        })
    };
    fields.contains_key("malicious-packages-origins")
        || has("cwe_ids", WEAKNESSES)
        || has("cwes", WEAKNESSES)
        || has("categories", CATEGORIES)
}

impl Event {
    /// Its version, and which comes first of two of the same: one range may end where another begins,
    /// and the last that is meant may be the first.
    fn place(&self) -> Option<(&str, u8)> {
        let first = self.introduced.as_deref().map(|version| (version, 1));
        let end = || self.fixed.as_deref().map(|version| (version, 0));
        let last = || self.last_affected.as_deref().map(|version| (version, 2));
        first.or_else(end).or_else(last)
    }

    fn order(&self, other: &Self, ecosystem: &str) -> Ordering {
        match (self.place(), other.place()) {
            (Some((a, rank_a)), Some((b, rank_b))) => {
                // `0` is before all others.
                let versions = (b == "0").cmp(&(a == "0"));
                let versions = versions.then_with(|| compare(ecosystem, a, b));
                versions.then(rank_a.cmp(&rank_b))
            }
            // A `limit` says nothing of versions.
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
}

fn affected(part: &Part) -> Affected {
    let ecosystem = part.package.as_ref().map_or("", |package| package.ecosystem.as_str());
    let ecosystem = &ecosystem_word(ecosystem);
    let versions = part.versions.clone().unwrap_or_default();
    let mut ranges = Vec::new();
    for range in part.ranges.iter().flatten().filter(|range| range.kind != "GIT") {
        let mut open: Option<Range> = None;
        // They may stand in any order.
        let mut events: Vec<&Event> = range.events.iter().collect();
        events.sort_by(|a, b| a.order(b, ecosystem));
        for event in events {
            if let Some(introduced) = &event.introduced {
                open.get_or_insert_with(|| Range {
                    introduced: introduced.clone(),
                    ..Range::default()
                });
            } else if let Some(mut range) = open.take() {
                range.fixed.clone_from(&event.fixed);
                range.last.clone_from(&event.last_affected);
                // An end that is no end: `limit` says nothing of versions.
                if range.fixed.is_none() && range.last.is_none() {
                    open = Some(range);
                } else {
                    ranges.push(range);
                }
            }
        }
        ranges.extend(open);
    }
    // Where versions are named beside "from the first on", these are all that there were.
    Affected::of(versions, ranges)
}
