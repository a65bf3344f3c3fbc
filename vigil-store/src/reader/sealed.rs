//! What the vault holds.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{FindingId, SealedValue};

use super::Reader;
use crate::error::Error;

impl Reader {
    /// The sealed value of this incident, if there is one.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sealed_value(&self, id: FindingId) -> Result<Option<SealedValue>, Error> {
        self.snapshot("read the vault", |conn| {
            conn.prepare_cached(
                "SELECT s.day, s.value FROM sealed s JOIN findings f ON f.id = s.finding
                 WHERE f.key = ?",
            )?
            .query_row(params![id.as_bytes()], |row| {
                Ok(SealedValue { day: row.get(0)?, bytes: row.get(1)? })
            })
            .optional()
        })
    }

    /// How many values the vault holds.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sealed_values(&self) -> Result<u64, Error> {
        self.snapshot("count the vault's values", |conn| {
            let values: i64 =
                conn.query_row("SELECT count(*) FROM sealed", [], |row| row.get(0))?;
            Ok(values.unsigned_abs())
        })
    }
}
