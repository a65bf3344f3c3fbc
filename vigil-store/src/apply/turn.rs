//! Turns: each prompt begins one, numbered within its session in the order in which prompts
//! were first heard of. Sub-agents count for themselves, since a reader sees their events under
//! the turn that started them.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{EventId, SessionId};

use super::Tx;
use crate::chain::facts::Of;

impl Tx<'_> {
    /// The turn that the prompt `prompt` began.
    pub(super) fn turn(
        &mut self,
        prompt: EventId,
        session: SessionId,
        side: bool,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.state.turns.get(&prompt) {
            return Ok(*id);
        }
        let found = match self.turn_known_as(prompt)? {
            None => self
                .conn
                .prepare_cached("SELECT id FROM turns WHERE event = ?")?
                .query_row([prompt.as_bytes()], |row| row.get(0))
                .optional()?,
            found => found,
        };
        let id = if let Some(id) = found {
            id
        } else {
            let session = self.session_of(session)?;
            session.changed = true;
            let last = if side { &mut session.numbered_side } else { &mut session.numbered };
            *last += 1;
            let (session, number) = (session.id, *last);
            self.conn
                .prepare_cached("INSERT INTO turns (event, session, number) VALUES (?, ?, ?)")?
                .execute(params![prompt.as_bytes(), session, number])?;
            let id = self.conn.last_insert_rowid();
            self.state.chain.adds(Of::Turn, id);
            id
        };
        self.state.turns.insert(prompt, id);
        Ok(id)
    }

    /// The turn turns out to be a sub-agent's, or the user's own where not `side`: it takes a number
    /// among those, and gives the one that it had back when no later turn has one yet.
    pub(super) fn turn_changes_sides(
        &mut self,
        prompt: EventId,
        session: SessionId,
        side: bool,
    ) -> rusqlite::Result<()> {
        let turn: Option<(i64, i64)> = self
            .conn
            .prepare_cached("SELECT id, number FROM turns WHERE event = ?")?
            .query_row([prompt.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((turn, number)) = turn else { return Ok(()) };
        self.state.chain.changes(Of::Turn, turn);
        let session = self.session_of(session)?;
        session.changed = true;
        let (from, to) = if side {
            (&mut session.numbered, &mut session.numbered_side)
        } else {
            (&mut session.numbered_side, &mut session.numbered)
        };
        if *from == number {
            *from -= 1;
        }
        *to += 1;
        let number = *to;
        self.conn
            .prepare_cached("UPDATE turns SET number = ? WHERE id = ?")?
            .execute([number, turn])?;
        Ok(())
    }
}
