//! URLhaus: URLs from which malware was spread.

use serde::Deserialize;

use super::{super::gathered::Gathered, csv, place};

/// A host is taken in besides its URL for so many days after it was seen; cleaned servers are common.
const HOST_DAYS: i32 = 30;

/// A line of the CSV export.
pub(super) fn line(line: &str, columns: &mut csv::Columns, gathered: &mut Gathered) {
    if columns.take(line, "url_status") {
        return;
    }
    let row = csv::values(line);
    entry(
        &Entry {
            id: columns.of(&row, "id", 0),
            added: columns.of(&row, "dateadded", 1),
            url: columns.of(&row, "url", 2),
            status: columns.of(&row, "url_status", 3),
            last_online: columns.of(&row, "last_online", 4),
        },
        gathered,
    );
}

/// What is read of an entry of the JSON export.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    url: String,
    #[serde(default)]
    dateadded: Option<String>,
    #[serde(default)]
    url_status: Option<String>,
    #[serde(default)]
    last_online: Option<String>,
}

pub(super) fn document(id: &str, document: &Document, gathered: &mut Gathered) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    entry(
        &Entry {
            id,
            added: &text(&document.dateadded),
            url: &document.url,
            status: &text(&document.url_status),
            last_online: &text(&document.last_online),
        },
        gathered,
    );
}

struct Entry<'a> {
    id: &'a str,
    added: &'a str,
    url: &'a str,
    status: &'a str,
    last_online: &'a str,
}

fn entry(entry: &Entry<'_>, gathered: &mut Gathered) {
    let is_there = entry.status.eq_ignore_ascii_case("online")
        || [entry.added, entry.last_online].iter().any(|at| gathered.is_recent(at, HOST_DAYS));
    gathered.dated(entry.added);
    place::url(entry.url, entry.id, true, is_there, gathered);
}
