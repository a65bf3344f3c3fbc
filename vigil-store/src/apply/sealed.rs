//! The sealed values of incidents. Each has one, of the day that it was last seen on.

use rusqlite::params;
use vigil_proto::Finding;

use super::{Ledger, Tx};
use crate::{error::Error, fold, vault::Purge};

impl Tx<'_> {
    /// Keeps the value that comes with a sighting.
    pub(super) fn keep(&self, finding: &Finding) -> rusqlite::Result<()> {
        let Some(sealed) = &finding.sealed else { return Ok(()) };
        self.conn
            .prepare_cached(
                "INSERT INTO sealed (finding, day, value)
                 SELECT id, ?2, ?3 FROM findings WHERE key = ?1
                 ON CONFLICT (finding) DO UPDATE SET day = excluded.day, value = excluded.value
                 WHERE excluded.day >= sealed.day",
            )?
            .execute(params![finding.id.as_bytes(), sealed.day, sealed.bytes])
            .map(|_| ())
    }
}

impl Ledger {
    /// Deletes sealed values, in a transaction of its own, and lets them leave the files; gives how
    /// many there were.
    pub(crate) fn purge(&mut self, what: &Purge) -> Result<u64, Error> {
        let purged = self.purged(what).map_err(|source| {
            if let Err(error) = self.roll_back() {
                tracing::error!(%error, "the purge could not be undone");
            }
            Error::sql("purge the vault", &self.path, source)
        });
        if let Err(error) = self.conn.execute_batch("PRAGMA secure_delete = OFF;") {
            tracing::debug!(%error, "deleted pages go on being overwritten");
        }
        if self.is_fold_due {
            fold::fold(self, fold::PATIENCE);
        }
        purged
    }

    fn purged(&mut self, what: &Purge) -> rusqlite::Result<u64> {
        self.conn.execute_batch("PRAGMA secure_delete = ON;")?;
        self.begin()?;
        let purged = match what {
            Purge::All => self.conn.execute("DELETE FROM sealed", [])?,
            Purge::Before(day) => self.conn.execute("DELETE FROM sealed WHERE day < ?", [day])?,
            Purge::Finding(id) => self.conn.execute(
                "DELETE FROM sealed WHERE finding = (SELECT id FROM findings WHERE key = ?)",
                [id.as_bytes()],
            )?,
        };
        if purged > 0 {
            fold::mark(&self.conn)?;
            self.is_fold_due = true;
        }
        self.commit()?;
        Ok(purged as u64)
    }
}
