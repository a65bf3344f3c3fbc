//! Turns: each prompt begins one, numbered within its session in the order in which prompts
//! were first heard of. Sub-agents count for themselves, since a reader sees their events under
//! the turn that started them.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{EventId, SessionId};

use super::Tx;

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
        let found = self
            .conn
            .prepare_cached("SELECT id FROM turns WHERE event = ?")?
            .query_row([prompt.as_bytes()], |row| row.get(0))
            .optional()?;
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
            self.conn.last_insert_rowid()
        };
        self.state.turns.insert(prompt, id);
        Ok(id)
    }
}
