//! Full-text search: the words of the query are looked up in the index, and the text itself
//! decides about phrases and gives the snippet.

use rusqlite::Connection;
use vigil_proto::report::{EventRow, SearchHit, SearchResults};

use super::{Reader, cut, events, masked};
use crate::{
    error::Error,
    words::{self, INDEXED_BYTES},
};

/// How many candidates are read for a phrase before giving up, in events, and how much of their
/// texts, in bytes: a single one may be as long as a line can be.
const CANDIDATES: usize = 2000;
const READ: usize = 256 * 1024 * 1024;

/// How many words of a query are looked up, and as many phrases: the index takes quadratic time to
/// read a long question, and nobody types one.
const WORDS: usize = 32;

/// How far a snippet's phrase is looked for in a text, in bytes.
const PHRASE_WITHIN: usize = 1024 * 1024;

/// Text in front of a hit, and from its beginning on, in characters.
const BEFORE: usize = 80;
const AFTER: usize = 120;

/// A query in parts.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Every word must occur.
    words: Vec<String>,
    /// Words with this beginning must occur.
    beginning: Option<String>,
    /// These must occur as they stand, in lower case.
    phrases: Vec<String>,
}

impl Reader {
    /// At most `limit` events in which every word of `query` occurs, newest first. `"..."` is a
    /// phrase, and `wor*` at the end a beginning.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn search(&self, query: &str, limit: usize) -> Result<SearchResults, Error> {
        let query = Query::parse(query);
        let mut results = SearchResults {
            hits: Vec::new(),
            note: format!("The index covers the first {} KiB of each text.", INDEXED_BYTES / 1024),
            more: false,
        };
        let Some(expression) = query.expression() else {
            "Nothing to look for: give a word of at least two letters."
                .clone_into(&mut results.note);
            return Ok(results);
        };
        self.snapshot("search", |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC",
            )?;
            let mut rows = statement.query([expression])?;
            let (mut looked_at, mut bytes) = (0, 0);
            while let Some(row) = rows.next()? {
                looked_at += 1;
                if looked_at > CANDIDATES.max(limit) || bytes > READ {
                    results.more = true;
                    break;
                }
                let Some(hit) = self.hit(conn, row.get(0)?, &query, &mut bytes)? else { continue };
                if results.hits.len() >= limit {
                    results.more = true;
                    break;
                }
                results.hits.push(hit);
            }
            Ok(())
        })?;
        results.hits.sort_by(|a, b| b.at.cmp(&a.at).then(a.event.cmp(&b.event)));
        Ok(results)
    }

    fn hit(
        &self,
        conn: &Connection,
        seq: i64,
        query: &Query,
        bytes: &mut usize,
    ) -> rusqlite::Result<Option<SearchHit>> {
        let found: Option<EventRow> = events::by_seq(conn, &mut self.bodies.borrow_mut(), seq)?;
        let Some(event) = found else { return Ok(None) };
        let text = event.text.as_ref().map(vigil_proto::Masked::as_str).unwrap_or_default();
        *bytes += text.len();
        if !query.holds(text) {
            return Ok(None);
        }
        Ok(Some(SearchHit {
            event: event.id,
            kind: event.kind,
            at: event.at,
            session: event.session.clone(),
            turn: event.turn,
            snippet: masked(query.snippet(text)),
        }))
    }
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 && query.phrases.len() < WORDS && !part.trim().is_empty() {
                query.phrases.push(part.trim().to_lowercase());
            }
            words::each_word(part, |word| {
                if query.words.len() < WORDS && !query.words.iter().any(|known| known == word) {
                    query.words.push(word.to_owned());
                }
            });
        }
        if text.trim_end().ends_with('*') {
            query.beginning = query.words.pop();
        }
        query
    }

    /// In the index's own language; the words hold nothing but letters and digits.
    pub(super) fn expression(&self) -> Option<String> {
        let mut parts: Vec<String> = self.words.iter().map(|word| format!("\"{word}\"")).collect();
        parts.extend(self.beginning.iter().map(|word| format!("\"{word}\" *")));
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// True when every phrase stands in `text`.
    fn holds(&self, text: &str) -> bool {
        if self.phrases.is_empty() {
            return true;
        }
        let lower = text.to_lowercase();
        self.phrases.iter().all(|phrase| lower.contains(phrase))
    }

    /// The text around the first of these words, on one line. Its place comes from the lower case
    /// of the text, which is as long except for a few rare letters.
    pub(super) fn snippet(&self, text: &str) -> String {
        // The index knows no words beyond its part of the text.
        let within = if self.phrases.is_empty() { INDEXED_BYTES } else { PHRASE_WITHIN };
        let lower = text.get(..text.floor_char_boundary(within)).unwrap_or(text).to_lowercase();
        let found = |words: &[String]| {
            words
                .iter()
                .filter_map(|word| Some((lower.find(word.as_str())?, word.len())))
                .min_by_key(|(at, _)| *at)
        };
        let beginning: Vec<String> = self.beginning.iter().cloned().collect();
        // A whole phrase says more than one of its words somewhere before.
        let hit = found(&self.phrases).or_else(|| found(&self.words)).or_else(|| found(&beginning));
        let (at, length) = hit.unwrap_or((0, 0));
        cut::around(text, at..at + length, BEFORE, AFTER)
    }
}
