//! What a person says of findings: the newest word stands in the finding's row, every word in
//! its history.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{FindingId, Masked, Timestamp, Triage};

use super::Ledger;
use crate::{chain::facts::Of, error::Error, store::Committed};

/// What was said, and of which findings.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ids: Vec<FindingId>,
    pub(crate) state: Triage,
    pub(crate) note: Option<Masked>,
    pub(crate) at: Timestamp,
}

impl Ledger {
    /// Notes it of every finding that exists, in a transaction of its own; gives how many.
    pub(crate) fn triage(&mut self, said: &Said) -> Result<(u64, Committed), Error> {
        let mut note = || -> rusqlite::Result<(u64, Committed)> {
            self.begin()?;
            let mut changed = 0;
            for id in &said.ids {
                changed += u64::from(self.say(*id, said)?);
            }
            self.state.findings_changed |= changed > 0;
            Ok((changed, self.commit()?))
        };
        note().map_err(|source| {
            if let Err(error) = self.roll_back() {
                tracing::error!(%error, "the triage could not be undone");
            }
            Error::sql("note the triage", &self.path, source)
        })
    }

    /// False when there is no such finding.
    fn say(&mut self, id: FindingId, said: &Said) -> rusqlite::Result<bool> {
        let note = said.note.as_ref().map(Masked::as_str);
        let (state, at) = (said.state.code(), said.at.as_micros());
        let finding: Option<i64> = self
            .conn
            .prepare_cached(
                "UPDATE findings SET state = ?2, note = ?3, triaged_at = ?4, suppression = NULL
                 WHERE key = ?1 RETURNING id",
            )?
            .query_row(params![id.as_bytes(), state, note, at], |row| row.get(0))
            .optional()?;
        let Some(finding) = finding else { return Ok(false) };
        self.state.chain.changes(Of::Finding, finding);
        self.conn
            .prepare_cached(
                "INSERT INTO triage_log (finding, at, state, note) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![finding, at, state, note])?;
        Ok(true)
    }
}
