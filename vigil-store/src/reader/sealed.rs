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

    /// The day to whose key this incident's value is sealed, if there is one.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sealed_on(&self, id: FindingId) -> Result<Option<u32>, Error> {
        self.snapshot("look for a sealed value", |conn| {
            conn.prepare_cached(
                "SELECT s.day FROM sealed s JOIN findings f ON f.id = s.finding WHERE f.key = ?",
            )?
            .query_row(params![id.as_bytes()], |row| row.get(0))
            .optional()
        })
    }

    /// How many values are sealed to the key of each day, first to last. Days are counted from
    /// 1 January 1970.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sealed_by_day(&self) -> Result<Vec<(u32, u64)>, Error> {
        self.snapshot("count the vault's values by day", |conn| {
            let mut days =
                conn.prepare_cached("SELECT day, count(*) FROM sealed GROUP BY day ORDER BY day")?;
            let days = days.query_map([], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            days.collect()
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
