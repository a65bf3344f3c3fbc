//! What was found in events that move: findings stand where their events stand.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::EventId;

use super::{Moving, Way};
use crate::{apply::Tx, chain::facts::Of};

impl Tx<'_> {
    fn found_in(&self, seq: i64) -> rusqlite::Result<Vec<i64>> {
        self.conn
            .prepare_cached("SELECT DISTINCT finding FROM finding_sightings WHERE event = ?")?
            .query_map([seq], |row| row.get(0))?
            .collect()
    }

    /// The event itself moves.
    pub(super) fn bring_places(
        &mut self,
        way: &Way,
        row: &Moving,
        turn: Option<i64>,
    ) -> rusqlite::Result<()> {
        for finding in self.found_in(row.seq)? {
            self.conn
                .prepare_cached(
                    "UPDATE findings SET session = ?3, turn = ?4, thread = coalesce(thread, ?5)
                     WHERE id = ?1 AND event = ?2",
                )?
                .execute(params![finding, row.id.as_bytes(), way.to.0, turn, way.thread])?;
            self.state.chain.changes(Of::Finding, finding);
            self.state.findings_changed = true;
            self.count_in_session(finding, row.seq)?;
        }
        Ok(())
    }

    /// The event becomes one with another, in which the same is found: that is one place.
    pub(super) fn unite_places(
        &mut self,
        way: &Way,
        row: &Moving,
        (other, id, turn): (i64, EventId, Option<i64>),
    ) -> rusqlite::Result<()> {
        for finding in self.found_in(row.seq)? {
            let is_there = self
                .conn
                .prepare_cached(
                    "SELECT 1 FROM finding_sightings WHERE finding = ? AND event = ? LIMIT 1",
                )?
                .exists([finding, other])?;
            if is_there {
                let gone = self
                    .conn
                    .prepare_cached(
                        "DELETE FROM finding_sightings WHERE finding = ? AND event = ?",
                    )?
                    .execute([finding, row.seq])?;
                self.conn
                    .prepare_cached("UPDATE findings SET sightings = sightings - ? WHERE id = ?")?
                    .execute(params![i64::try_from(gone).unwrap_or(0), finding])?;
            } else {
                self.conn
                    .prepare_cached(
                        "UPDATE finding_sightings SET event = ? WHERE finding = ? AND event = ?",
                    )?
                    .execute([other, finding, row.seq])?;
            }
            self.conn
                .prepare_cached(
                    "UPDATE findings SET event = ?3, session = ?4, turn = ?5,
                         thread = coalesce(thread, ?6),
                         at = (SELECT at FROM events WHERE seq = ?7)
                     WHERE id = ?1 AND event = ?2",
                )?
                .execute(params![
                    finding,
                    row.id.as_bytes(),
                    id.as_bytes(),
                    way.to.0,
                    turn,
                    way.thread,
                    other,
                ])?;
            self.state.chain.changes(Of::Finding, finding);
            self.state.findings_changed = true;
            self.count_in_session(finding, other)?;
        }
        Ok(())
    }

    /// Findings are counted in the session that they have a place in, and in no other.
    pub(super) fn bring_findings(&mut self, way: &Way) -> rusqlite::Result<()> {
        let gone: Vec<i64> = self
            .conn
            .prepare_cached(
                "DELETE FROM session_findings WHERE session = ?1 AND NOT EXISTS (
                     SELECT 1 FROM finding_sightings x JOIN events e ON e.seq = x.event
                     WHERE x.finding = session_findings.finding AND e.session = ?1)
                 RETURNING finding",
            )?
            .query_map([way.from.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let left = i64::try_from(gone.len()).unwrap_or(0);
        let session = self.told_session(way.from.1)?;
        session.findings -= left;
        session.changed = true;
        for finding in gone {
            // Its events may be gone, as by their age: it follows what was told with them.
            let followed: Option<i64> = self
                .conn
                .prepare_cached(
                    "UPDATE findings SET session = ? WHERE id = ? AND session = ? RETURNING id",
                )?
                .query_row([way.to.0, finding, way.from.0], |row| row.get(0))
                .optional()?;
            let Some(finding) = followed else { continue };
            self.state.chain.changes(Of::Finding, finding);
            let added = self
                .conn
                .prepare_cached("INSERT OR IGNORE INTO session_findings VALUES (?, ?)")?
                .execute([way.to.0, finding])?;
            if added > 0 {
                let session = self.told_session(way.to.1)?;
                session.findings += 1;
                session.changed = true;
            }
        }
        Ok(())
    }
}
