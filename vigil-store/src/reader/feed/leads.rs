//! Which processes have a row of their own where many would: the last one of a minute stands for all
//! that the same agent started in it without a tool call.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};

/// A minute, in microseconds.
const MINUTE: i64 = 60_000_000;

/// Looks a whole minute up at once: of a build there are thousands of rows.
pub(super) struct Leads<'a> {
    process: CachedStatement<'a>,
    minute: CachedStatement<'a>,
    last: CachedStatement<'a>,
    /// By their events' numbers.
    known: HashMap<i64, bool>,
}

impl<'a> Leads<'a> {
    pub(super) fn new(conn: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            process: conn.prepare_cached(
                "SELECT root_started, root_pid, started FROM processes WHERE seq = ?",
            )?,
            minute: conn.prepare_cached(
                "SELECT seq FROM processes INDEXED BY processes_tree
                 WHERE root_started = ?1 AND root_pid = ?2 AND started BETWEEN ?3 AND ?4",
            )?,
            last: conn.prepare_cached(
                "SELECT seq FROM processes INDEXED BY processes_minute
                 WHERE root_started = ?1 AND root_pid = ?2 AND in_call = 0
                     AND started BETWEEN ?3 AND ?4
                 ORDER BY started DESC, seq DESC LIMIT 1",
            )?,
            known: HashMap::new(),
        })
    }

    /// True when the process of this event stands for the others of its minute, or is none that
    /// the record knows more of.
    pub(super) fn stands_for_its_minute(&mut self, seq: i64) -> rusqlite::Result<bool> {
        if let Some(known) = self.known.get(&seq) {
            return Ok(*known);
        }
        let process: Option<(i64, i64, i64)> = self
            .process
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((root_started, root_pid, started)) = process else { return Ok(true) };
        // As SQLite's `%` has it, for times before 1970 as well.
        let start = started - started % MINUTE;
        let range = params![root_started, root_pid, start.min(started), start + MINUTE - 1];
        let last: Option<i64> = self.last.query_row(range, |row| row.get(0)).optional()?;
        let mut rows = self.minute.query(range)?;
        while let Some(row) = rows.next()? {
            let of_minute = row.get(0)?;
            self.known.insert(of_minute, last == Some(of_minute));
        }
        Ok(last == Some(seq))
    }
}
