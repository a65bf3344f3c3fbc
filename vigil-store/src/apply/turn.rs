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

    /// The turn turns out to be a sub-agent's: it takes a number among those, and gives its own
    /// back when no later turn has one yet.
    pub(super) fn turn_of_a_subagent(
        &mut self,
        prompt: EventId,
        session: SessionId,
    ) -> rusqlite::Result<()> {
        let turn: Option<(i64, i64)> = self
            .conn
            .prepare_cached("SELECT id, number FROM turns WHERE event = ?")?
            .query_row([prompt.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((turn, number)) = turn else { return Ok(()) };
        self.state.chain.changes(Of::Turn, turn);
        let session = self.session_of(session)?;
        if session.numbered == number {
            session.numbered -= 1;
        }
        session.numbered_side += 1;
        session.changed = true;
        let number = session.numbered_side;
        self.conn
            .prepare_cached("UPDATE turns SET number = ? WHERE event = ?")?
            .execute(params![number, prompt.as_bytes()])?;
        Ok(())
    }
}
