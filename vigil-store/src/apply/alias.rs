//! Further names: ids under which another witness knows an event, and the sessions that two
//! witnesses of one model call name differently.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    Event, EventId, Kind, Masked, Witnesses,
    batch::{NAMELESS, PROVISIONAL},
};

use super::{
    Tx,
    event::{Links, Row},
};
use crate::chain::facts::Of;

/// One model call that was told in two sessions, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meeting {
    /// The session whose name a witness made up.
    pub(super) provisional: i64,
    /// The session that its client names.
    pub(super) session: i64,
    /// The event of the call.
    pub(super) call: i64,
    /// The turn in which the session with the made up name had it.
    pub(super) turn: Option<i64>,
    /// True when both told the provider's own id of it; else they are alike in their tokens.
    pub(super) by_id: bool,
}

/// The sessions that are known by further names.
pub(super) fn joined(conn: &Connection) -> rusqlite::Result<HashSet<i64>> {
    conn.prepare("SELECT DISTINCT session FROM aliases")?.query_map([], |row| row.get(0))?.collect()
}

/// True when any event is known by further ids.
pub(super) fn any_known_as(conn: &Connection) -> rusqlite::Result<bool> {
    conn.prepare("SELECT 1 FROM known_as LIMIT 1")?.exists([])
}

impl Tx<'_> {
    /// The id of the row under which the event is known by what its witness calls it, where that
    /// is not its own.
    pub(super) fn known_as(&self, event: &Event<Masked>) -> rusqlite::Result<Option<EventId>> {
        self.other_name(event.id)
    }

    /// The id of the row that is known as `id`: its own, or another.
    pub(super) fn name_of(&self, id: EventId) -> rusqlite::Result<EventId> {
        Ok(self.other_name(id)?.unwrap_or(id))
    }

    fn other_name(&self, id: EventId) -> rusqlite::Result<Option<EventId>> {
        if !self.state.any_known_as {
            return Ok(None);
        }
        let found = self
            .conn
            .prepare_cached(
                "SELECT e.id FROM known_as k JOIN events e ON e.seq = k.event WHERE k.id = ?",
            )?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(found.map(EventId::from_bytes))
    }

    /// The turn of the prompt that is known as `id`, where that is not its own.
    pub(super) fn turn_known_as(&self, id: EventId) -> rusqlite::Result<Option<i64>> {
        if !self.state.any_known_as {
            return Ok(None);
        }
        let found: Option<Option<i64>> = self
            .conn
            .prepare_cached(
                "SELECT e.turn FROM known_as k JOIN events e ON e.seq = k.event WHERE k.id = ?",
            )?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    /// Notes that the row `seq` is known as `id` too.
    pub(super) fn also_known(&mut self, id: EventId, seq: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO known_as (id, event) VALUES (?, ?)")?
            .execute(params![id.as_bytes(), seq])?;
        self.state.any_known_as = true;
        Ok(())
    }

    /// The row `seq`, whose key was not fully known, takes the whole key of `event`. It stays known
    /// by the one that it had.
    pub(super) fn renamed(&mut self, seq: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        let old: [u8; 16] = self
            .conn
            .prepare_cached("SELECT id FROM events WHERE seq = ?")?
            .query_row([seq], |row| row.get(0))?;
        if old != *event.id.as_bytes() {
            if matches!(event.kind, Kind::Prompt(_)) {
                self.turn_of(EventId::from_bytes(old), event.id)?;
            }
            self.also_known(EventId::from_bytes(old), seq)?;
            self.findings_of(seq, &old, event.id)?;
            if let Some(outcome) = self.state.unsettled.remove(&EventId::from_bytes(old)) {
                self.conn.prepare_cached("DELETE FROM unsettled WHERE call = ?")?.execute([old])?;
                self.settle(Some(event.id), outcome)?;
            }
        }
        // An id that a witness made up is worth less than the one that is there.
        let given = event.tool_call.as_ref().map(Masked::as_str);
        let given = given.filter(|call| !call.starts_with(NAMELESS));
        self.conn
            .prepare_cached(
                "UPDATE events SET id = ?1, incomplete = NULL, tool_call = coalesce(?2, tool_call)
                 WHERE seq = ?3",
            )?
            .execute(params![event.id.as_bytes(), given, seq])?;
        self.state.chain.event(seq);
        Ok(())
    }

    /// The turn that a prompt began stays the same turn.
    fn turn_of(&mut self, old: EventId, new: EventId) -> rusqlite::Result<()> {
        let turn: Option<i64> = self
            .conn
            .prepare_cached("UPDATE OR IGNORE turns SET event = ?1 WHERE event = ?2 RETURNING id")?
            .query_row(params![new.as_bytes(), old.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(turn) = turn {
            self.state.chain.changes(Of::Turn, turn);
        }
        self.state.turns.clear();
        Ok(())
    }

    /// What was found in the row `seq` is found in it under its new id.
    fn findings_of(&mut self, seq: i64, old: &[u8; 16], new: EventId) -> rusqlite::Result<()> {
        let found: Vec<i64> = self
            .conn
            .prepare_cached("SELECT DISTINCT finding FROM finding_sightings WHERE event = ?")?
            .query_map([seq], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for finding in found {
            let changed = self
                .conn
                .prepare_cached("UPDATE findings SET event = ? WHERE id = ? AND event = ?")?
                .execute(params![new.as_bytes(), finding, old])?;
            if changed > 0 {
                self.state.chain.changes(Of::Finding, finding);
            }
        }
        Ok(())
    }

    /// Notes when the sightings of one model call name different sessions, of which one has a made
    /// up name.
    pub(super) fn sessions_meet(&mut self, row: &Row, links: &Links, by_id: bool) {
        let (Some(one), Some(other)) =
            (row.told_in.or(row.session), links.told_in.or(links.session))
        else {
            return;
        };
        if one != other {
            let turn = if links.is_provisional { links.turn } else { row.turn };
            let meeting = Meeting { provisional: one, session: other, call: row.seq, turn, by_id };
            if !self.state.meetings.contains(&meeting) {
                self.state.meetings.push(meeting);
            }
        }
    }

    /// Whether the name of a session is made up.
    pub(super) fn is_provisional(&self, session: i64) -> rusqlite::Result<bool> {
        let native = self
            .conn
            .prepare_cached("SELECT native FROM sessions WHERE id = ?")?
            .query_row([session], |row| row.get::<_, String>(0))
            .optional()?;
        Ok(native.is_some_and(|native| native.starts_with(PROVISIONAL)))
    }

    /// Counts a model call or a tool call by who told of it.
    pub(super) fn told_by(
        &mut self,
        session: Option<i64>,
        kind: &Kind<Masked>,
        witnesses: Witnesses,
        n: i64,
    ) {
        if let (Some(session), Kind::ModelCall(_) | Kind::ToolCall(_)) = (session, kind) {
            let key = (session, kind.name().code(), witnesses.bits());
            *self.state.told_by.entry(key).or_default() += n;
        }
    }
}
