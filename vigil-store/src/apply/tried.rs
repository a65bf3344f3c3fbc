//! Whether what is recorded now would reach the disk: found out by a write that leaves nothing.

use rusqlite::OptionalExtension as _;

use super::Ledger;
use crate::error::Error;

/// The name under which it is tried to write.
const NAME: &str = "tried";

impl Ledger {
    /// Writes, reads it back and takes it away again, outside every open transaction.
    pub(crate) fn try_write(&self) -> Result<(), Error> {
        let written = self.conn.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             INSERT OR REPLACE INTO meta VALUES ('{NAME}', randomblob(16));
             COMMIT;"
        ));
        let read = written.and_then(|()| {
            let question = "SELECT length(value) FROM meta WHERE name = ?";
            self.conn.query_row(question, [NAME], |row| row.get::<_, i64>(0)).optional()
        });
        if read.is_err() && !self.conn.is_autocommit() {
            // Nothing of it may stay open; why it failed matters more.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        let taken_away = read.and_then(|read| {
            self.conn.execute("DELETE FROM meta WHERE name = ?", [NAME])?;
            read.ok_or(rusqlite::Error::QueryReturnedNoRows)
        });
        taken_away.map(drop).map_err(|source| Error::sql("try to write", &self.path, source))
    }
}
