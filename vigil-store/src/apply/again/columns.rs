//! Tables whose texts are small and stand by themselves.

use std::collections::HashMap;

use rusqlite::{Connection, params, types::ValueRef};
use vigil_proto::{EventId, event::Field};

use super::{Ledger, Masker, Piece};
use crate::chain::facts::Of;

/// The columns of a table that hold text.
pub(super) struct Plain {
    pub(super) table: &'static str,
    /// The number by which rows are found; several may have the same.
    key: &'static str,
    pub(super) columns: &'static [&'static str],
    /// What the audit chain calls the row with that number.
    of: Option<Of>,
    /// True when a column is of the part that else never changes.
    stays: bool,
}

pub(super) const PLAIN: &[Plain] = &[
    Plain { table: "names", key: "id", columns: &["text"], of: Some(Of::Name), stays: true },
    Plain {
        table: "sources",
        key: "id",
        columns: &["place", "state"],
        of: Some(Of::Source),
        stays: false,
    },
    Plain {
        table: "sessions",
        key: "id",
        columns: &["native", "version", "cwd", "branch", "title"],
        of: Some(Of::Session),
        stays: true,
    },
    Plain {
        table: "subagents",
        key: "session",
        columns: &["started_by", "agent_type"],
        of: None,
        stays: false,
    },
    Plain {
        table: "findings",
        key: "id",
        columns: &["evidence", "why", "note"],
        of: Some(Of::Finding),
        stays: false,
    },
    Plain {
        table: "triage_log",
        key: "finding",
        columns: &["note"],
        of: Some(Of::Finding),
        stays: false,
    },
    Plain {
        table: "suppressions",
        key: "id",
        columns: &["path", "project", "reason"],
        of: Some(Of::Suppression),
        stays: false,
    },
];

/// Rows of one piece.
const ROWS: i64 = 500;

/// A value that is to be another.
struct Change {
    key: i64,
    column: &'static str,
    old: String,
    new: String,
}

impl Ledger {
    /// A piece of one of these tables.
    pub(super) fn columns_again(
        &mut self,
        table: u8,
        after: i64,
        masker: &dyn Masker,
    ) -> rusqlite::Result<Piece> {
        let Some(plain) = PLAIN.get(usize::from(table)) else { return Ok(Piece::default()) };
        let Plain { table, key, .. } = plain;
        let upto: Option<i64> = self.conn.query_row(
            &format!(
                "SELECT max(k) FROM (SELECT DISTINCT {key} AS k FROM {table} WHERE {key} > ?
                     ORDER BY k LIMIT ?)"
            ),
            params![after, ROWS],
            |row| row.get(0),
        )?;
        let Some(upto) = upto else { return Ok(Piece::default()) };
        // What is kept of sessions in memory is older than what is about to be written.
        self.state.save_sessions(&self.conn)?;
        let changes = changes(&self.conn, plain, (after, upto), masker)?;
        let mut piece = Piece { after: Some(upto), ..Piece::default() };
        let named = if plain.table == "names" { self.named(&changes)? } else { HashMap::default() };
        for change in &changes {
            if plain.table == "names" {
                if let Some((seq, id)) = named.get(&change.key)
                    && let Some(again) = masker.again(&change.old, Some((*id, Field::Name)))
                {
                    piece.found += self.found_again(*seq, &again.findings)?;
                }
                self.rename(change)?;
            } else {
                let sql = format!(
                    "UPDATE {table} SET {column} = CASE typeof({column})
                         WHEN 'blob' THEN CAST(?2 AS BLOB) ELSE ?2 END
                     WHERE {key} = ?1 AND CAST({column} AS TEXT) = ?3",
                    column = change.column
                );
                self.conn
                    .prepare_cached(&sql)?
                    .execute(params![change.key, change.new, change.old])?;
            }
            piece.changed += 1;
            match plain.of {
                Some(of) if plain.stays => self.state.chain.rewrites_row(of, change.key),
                Some(of) => self.state.chain.changes(of, change.key),
                None => {}
            }
        }
        Ok(piece)
    }

    /// A name gets its new text. Where that is the text of another name already, it says that it is
    /// not the same.
    fn rename(&self, change: &Change) -> rusqlite::Result<()> {
        let mut rename =
            self.conn.prepare_cached("UPDATE OR IGNORE names SET text = ?2 WHERE id = ?1")?;
        let mut text = change.new.clone();
        for n in 2_u32.. {
            if rename.execute(params![change.key, text])? > 0 {
                break;
            }
            text = format!("{} {n}", change.new);
        }
        Ok(())
    }

    /// The earliest event of each of these names, of which is told what is found in it. Nothing
    /// finds events by their names, so that all names are looked for in one go.
    fn named(&self, changes: &[Change]) -> rusqlite::Result<HashMap<i64, (i64, EventId)>> {
        if changes.is_empty() {
            return Ok(HashMap::new());
        }
        let keys: Vec<String> = changes.iter().map(|change| change.key.to_string()).collect();
        self.conn
            .prepare_cached(
                "SELECT name, seq, id, min(at) FROM events
                 WHERE name IN (SELECT value FROM json_each(?)) GROUP BY name",
            )?
            .query_map([format!("[{}]", keys.join(","))], |row| {
                Ok((row.get(0)?, (row.get(1)?, EventId::from_bytes(row.get(2)?))))
            })?
            .collect()
    }

    /// A piece of the paths that tool calls name. A path's number follows from its text.
    pub(super) fn paths_again(
        &mut self,
        after: i64,
        masker: &dyn Masker,
    ) -> rusqlite::Result<Piece> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, text FROM paths WHERE id > ? ORDER BY id LIMIT ?")?;
        let rows: Vec<(i64, String)> = statement
            .query_map(params![after, ROWS], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut piece = Piece { after: rows.last().map(|(id, _)| *id), ..Piece::default() };
        let mut moved = Vec::new();
        for (old, text) in rows {
            let Some(again) = masker.again(&text, None) else { continue };
            let new = self.state.packer.hash(again.text.as_str());
            self.conn
                .prepare_cached("INSERT OR IGNORE INTO paths (id, text) VALUES (?, ?)")?
                .execute(params![new, again.text.as_str()])?;
            moved.push((old, new));
        }
        if moved.is_empty() {
            return Ok(piece);
        }
        self.conn.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS renamed (old INTEGER PRIMARY KEY, new INTEGER);
             DELETE FROM temp.renamed;",
        )?;
        for (old, new) in moved {
            self.conn
                .prepare_cached("INSERT OR IGNORE INTO temp.renamed VALUES (?, ?)")?
                .execute(params![old, new])?;
            piece.changed += 1;
        }
        self.conn.execute_batch(
            "UPDATE touched SET path = r.new FROM temp.renamed r WHERE touched.path = r.old;
             DELETE FROM paths WHERE id IN (SELECT old FROM temp.renamed);",
        )?;
        Ok(piece)
    }
}

/// What of the rows with these numbers holds what is to be masked.
fn changes(
    conn: &Connection,
    plain: &Plain,
    (after, upto): (i64, i64),
    masker: &dyn Masker,
) -> rusqlite::Result<Vec<Change>> {
    let Plain { table, key, columns, .. } = plain;
    let sql = format!(
        "SELECT {key}, {} FROM {table} WHERE {key} > ? AND {key} <= ? ORDER BY {key}",
        columns.join(", ")
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([after, upto])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        for (at, column) in columns.iter().enumerate() {
            let value = row.get_ref(at + 1)?;
            let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = value else { continue };
            let Ok(old) = str::from_utf8(bytes) else { continue };
            let Some(again) = masker.again(old, None) else { continue };
            let mut new = again.text.into_string();
            // The memory of a source is JSON. One that cannot be read is none.
            if matches!(value, ValueRef::Blob(_))
                && serde_json::from_str::<serde_json::Value>(&new).is_err()
            {
                new.clear();
            }
            changes.push(Change { key: row.get(0)?, column, old: old.to_owned(), new });
        }
    }
    Ok(changes)
}
