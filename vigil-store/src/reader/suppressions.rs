//! The suppressions in force.

use vigil_proto::{
    FindingId, Timestamp,
    view::{SuppressionRow, Suppressions},
};

use super::{Reader, count, label, masked};
use crate::error::Error;

impl Reader {
    /// Those in force, the newest first.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn suppressions(&self) -> Result<Suppressions, Error> {
        self.snapshot("list suppressions", |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT id, finding, rule, path, project, reason, made, expires,
                     (SELECT count(*) FROM findings f WHERE f.suppression = s.id) AS findings
                 FROM suppressions s WHERE ended IS NULL ORDER BY made DESC, id DESC",
            )?;
            let rows = statement.query_map([], |row| {
                let text = |column: &str| -> rusqlite::Result<_> {
                    Ok(row.get::<_, Option<String>>(column)?.map(label))
                };
                let finding: Option<[u8; 16]> = row.get("finding")?;
                Ok(SuppressionRow {
                    id: row.get("id")?,
                    finding: finding.map(FindingId::from_bytes),
                    rule: row.get("rule")?,
                    path: text("path")?,
                    project: text("project")?,
                    reason: masked(row.get("reason")?),
                    made: Timestamp::from_micros(row.get("made")?),
                    expires: row.get::<_, Option<i64>>("expires")?.map(Timestamp::from_micros),
                    findings: count(row, "findings")?,
                })
            })?;
            Ok(Suppressions { suppressions: rows.collect::<rusqlite::Result<_>>()? })
        })
    }
}
