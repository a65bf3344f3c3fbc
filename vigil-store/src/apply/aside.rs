//! What a client asks beside its conversation, such as a title. A proxy knows it by its looks, and
//! can be wrong; a transcript holds the conversation alone, and knows better.

use vigil_proto::{Event, Kind, Masked, Witness, batch::ASIDE};

use super::{
    Tx,
    event::{Links, Row},
};
use crate::chain::facts::Of;

/// True for what was asked beside a conversation, as far as its witness can tell.
pub(super) fn is_aside(event: &Event<Masked>) -> bool {
    event.thread.as_ref().is_some_and(|thread| thread.as_str() == ASIDE)
}

/// The thread in which the event has no other sightings, for a transcript has none of what is there.
pub(super) fn is_not_in(event: &Event<Masked>) -> Option<&'static str> {
    (event.witness == Witness::Transcript).then_some(ASIDE)
}

impl Tx<'_> {
    /// The thread that `row` learns from one more sighting.
    pub(super) fn thread_told(
        &mut self,
        row: &Row,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<i64>> {
        let by_transcript = row.witnesses.contains(Witness::Transcript);
        if is_aside(event) && by_transcript {
            return Ok(None);
        }
        let knows_better = event.witness == Witness::Transcript && links.thread.is_none();
        if knows_better && row.thread.is_some() && !by_transcript {
            self.was_no_aside(row, event)?;
        }
        Ok(links.thread)
    }

    /// The row is part of the conversation, where it was taken for something beside it.
    fn was_no_aside(&mut self, row: &Row, event: &Event<Masked>) -> rusqlite::Result<()> {
        let aside = self.state.name(self.conn, ASIDE)?;
        let changed = self
            .conn
            .prepare_cached("UPDATE events SET thread = NULL WHERE seq = ? AND thread = ?")?
            .execute([row.seq, aside])?;
        if changed == 0 {
            return Ok(());
        }
        self.state.chain.event(row.seq);
        let findings: Vec<i64> = self
            .conn
            .prepare_cached(
                "UPDATE findings SET thread = NULL WHERE event = ? AND thread = ? RETURNING id",
            )?
            .query_map((row.id.as_bytes(), aside), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for finding in findings {
            self.state.chain.changes(Of::Finding, finding);
            self.state.findings_changed = true;
        }
        let (Kind::Prompt(_), Some(key)) = (&event.kind, event.session) else { return Ok(()) };
        let session = self.session_of(key)?;
        session.prompts += 1;
        session.prompts_side -= 1;
        session.changed = true;
        self.turn_changes_sides(row.id, key, false)
    }
}
