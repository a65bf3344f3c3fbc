//! A call that the proxy saw in the middle of a conversation turns out to be a sub-agent's, which was
//! given the whole of it to go on with. Its turn goes into the sub-agent's thread.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{Event, KindName, Masked, Witness, Witnesses};

use super::{Moving, Way};
use crate::apply::{
    Tx,
    alias::Meeting,
    event::{Links, Row},
};

/// A turn that the proxy told in a session with a made up name, and where it belongs.
struct Turn {
    told_in: i64,
    number: i64,
    thread: i64,
}

impl Tx<'_> {
    /// One more sighting of the model call `row`: one of both is the proxy's, and the other may know
    /// of a thread.
    pub(in crate::apply) fn thread_of_call(
        &mut self,
        row: &Row,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        let (told_in, turn, known, thread) = if event.witness == Witness::Proxy {
            (links.told_in, links.turn, links.thread, row.thread)
        } else {
            (row.told_in, row.turn, row.thread, links.thread)
        };
        match (told_in, turn, thread) {
            (Some(told_in), Some(turn), Some(thread)) if known != Some(thread) => {
                self.turn_to_thread(&Turn { told_in, number: turn, thread })
            }
            _ => Ok(()),
        }
    }

    /// A call in a session that is joined already shows which thread it is of.
    pub(super) fn meet_in_thread(&mut self, meeting: Meeting) -> rusqlite::Result<()> {
        let Some(turn) = meeting.turn else { return Ok(()) };
        let side = self
            .conn
            .prepare_cached("SELECT thread FROM events WHERE seq = ? AND thread IS NOT NULL")?
            .query_row([meeting.call], |row| {
                Ok(Turn { told_in: meeting.provisional, number: turn, thread: row.get(0)? })
            })
            .optional()?;
        side.map_or(Ok(()), |side| self.turn_to_thread(&side))
    }

    fn turn_to_thread(&mut self, side: &Turn) -> rusqlite::Result<()> {
        let Turn { told_in, number: turn, thread } = *side;
        let proxy = Witnesses::default().with(Witness::Proxy).bits();
        // What somebody else told too is no sub-agent's.
        let found: Option<(i64, i64, bool)> = self
            .conn
            .prepare_cached(
                "SELECT p.session, t.number, p.thread IS NULL
                 FROM turns t JOIN events p ON p.id = t.event
                 WHERE t.id = ?1 AND p.told_in = ?2 AND p.witnesses = ?3
                     AND (p.thread IS NULL OR p.thread = ?4)",
            )?
            .query_row(params![turn, told_in, proxy, thread], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((session, number, is_new)) = found else { return Ok(()) };
        let Some(key) = self.key_of(session)? else { return Ok(()) };
        let sql = format!(
            "{} WHERE session = ? AND turn = ? AND told_in = ? AND thread IS NULL AND kind <> ?
             ORDER BY seq",
            Moving::COLUMNS
        );
        let rows: Vec<Moving> = self
            .conn
            .prepare_cached(&sql)?
            .query_map((session, turn, told_in, KindName::ModelCall.code()), Moving::read)?
            .collect::<rusqlite::Result<_>>()?;
        // It gives its number back when no later turn has one yet.
        let known = self.told_session(key)?;
        if is_new && known.numbered == number {
            known.numbered -= 1;
        }
        self.state.alone.remove(&session);
        let way = (session, key);
        let mut way =
            Way { told_in, from: way, to: way, thread: Some(thread), turns: HashMap::new() };
        if !is_new {
            way.turns.insert(turn, Some(turn));
        }
        for row in rows {
            self.bring(&mut way, &row)?;
        }
        self.state.alone.remove(&session);
        Ok(())
    }
}
