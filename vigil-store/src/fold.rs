//! What was deleted leaves the files: free pages are given back and the write-ahead log, which still
//! holds what was, is emptied. Whoever reads meanwhile keeps that from happening, so a mark stands in
//! the database from the transaction that deletes until it is done.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use crate::{apply::Ledger, schema};

/// How long whoever deletes waits for readers. They mostly take less.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// How long until it is tried again.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// True when something that was deleted may still be in the files.
pub(crate) fn is_due(conn: &Connection) -> rusqlite::Result<bool> {
    let mark: Option<i64> = conn
        .query_row("SELECT value FROM meta WHERE name = 'to fold'", [], |row| row.get(0))
        .optional()?;
    Ok(mark.is_some())
}

/// Within the transaction that deletes: says so.
pub(crate) fn mark(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("INSERT OR REPLACE INTO meta VALUES ('to fold', 1)", []).map(|_| ())
}

/// Outside any transaction: does it, waiting so long for readers, or leaves it for later.
pub(crate) fn fold(ledger: &mut Ledger, patience: Duration) {
    let conn = &ledger.conn;
    let folded = conn
        .busy_timeout(patience)
        .and_then(|()| conn.execute_batch("PRAGMA incremental_vacuum;"))
        .and_then(|()| {
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
        })
        .and_then(|busy| match busy {
            0 => conn.execute("DELETE FROM meta WHERE name = 'to fold'", []).map(|_| true),
            _ => Ok(false),
        });
    // It was deleted, and is tried again: no reason to fail.
    let folded = folded.unwrap_or_else(|error| {
        tracing::debug!(%error, "what was deleted is still in the files");
        false
    });
    if let Err(error) = conn.busy_timeout(schema::PATIENCE) {
        tracing::debug!(%error, "how long to wait for others could not be set");
    }
    ledger.is_fold_due = !folded;
}
