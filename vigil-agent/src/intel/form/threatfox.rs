//! ThreatFox: hosts, addresses and URLs that malware speaks with.

use serde::Deserialize;
use serde_json::Value;

use super::{super::gathered::Gathered, csv, place};

/// From this confidence on, of 100, the list is sure.
const SURE: u64 = 75;
/// An address changes hands sooner than a name.
const ADDRESS_DAYS: i32 = 180;
const HOST_DAYS: i32 = 365;

/// A line of the CSV export.
pub(super) fn line(line: &str, columns: &mut csv::Columns, gathered: &mut Gathered) {
    if columns.take(line, "ioc_value") {
        return;
    }
    let row = csv::values(line);
    let of = |name: &str, usual: usize| columns.of(&row, name, usual);
    entry(
        &Entry {
            id: of("ioc_id", 1),
            value: of("ioc_value", 2),
            what: of("ioc_type", 3),
            first: of("first_seen_utc", 0),
            last: of("last_seen_utc", 8),
            confidence: of("confidence_level", 9).parse().unwrap_or(0),
            is_compromised: is_true(of("is_compromised", usize::MAX)),
        },
        gathered,
    );
}

fn is_true(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "1")
}

/// What is read of an entry of the JSON export.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    ioc_value: String,
    ioc_type: String,
    #[serde(default)]
    first_seen_utc: Option<String>,
    #[serde(default)]
    last_seen_utc: Option<String>,
    #[serde(default)]
    confidence_level: Value,
    #[serde(default)]
    is_compromised: Value,
}

pub(super) fn document(id: &str, document: &Document, gathered: &mut Gathered) {
    let confidence = match &document.confidence_level {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let is_compromised = match &document.is_compromised {
        Value::Bool(is) => *is,
        Value::String(text) => is_true(text),
        _ => false,
    };
    entry(
        &Entry {
            id,
            value: &document.ioc_value,
            what: &document.ioc_type,
            first: document.first_seen_utc.as_deref().unwrap_or_default(),
            last: document.last_seen_utc.as_deref().unwrap_or_default(),
            confidence: confidence.unwrap_or(0),
            is_compromised,
        },
        gathered,
    );
}

struct Entry<'a> {
    id: &'a str,
    value: &'a str,
    what: &'a str,
    first: &'a str,
    last: &'a str,
    confidence: u64,
    is_compromised: bool,
}

fn entry(entry: &Entry<'_>, gathered: &mut Gathered) {
    gathered.dated(entry.first);
    // Whose server was broken into is not malicious for ever.
    let is_sure = entry.confidence >= SURE && !entry.is_compromised;
    let sure = |days: i32, gathered: &Gathered| {
        is_sure && [entry.first, entry.last].iter().any(|at| gathered.is_recent(at, days))
    };
    match entry.what.to_ascii_lowercase().as_str() {
        "ip:port" => {
            let sure = sure(ADDRESS_DAYS, gathered);
            place::endpoint(entry.value, entry.id, sure, gathered);
        }
        "domain" => {
            let sure = sure(HOST_DAYS, gathered);
            place::host(entry.value, entry.id, sure, gathered);
        }
        "url" => {
            let sure = sure(HOST_DAYS, gathered);
            place::url(entry.value, entry.id, sure, false, gathered);
        }
        "" => gathered.skip("not-a-row", entry.value),
        // Hashes of files, senders of mail.
        _ => gathered.skip("no-place", entry.value),
    }
}
