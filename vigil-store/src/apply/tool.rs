//! Tool calls: what became of each, the totals that follow that, and the files they name.

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    Event, EventId, Masked, Outcome,
    event::{self, ToolCall},
};

use super::{
    Tx,
    event::Links,
    state::{self, Outcomes},
};
use crate::body::{Packer, Unpacker};

impl Tx<'_> {
    /// A new row of a tool call: its result may have been seen before, and a sub-agent may wait
    /// for it.
    pub(super) fn called(
        &mut self,
        seq: i64,
        links: &Links,
        event: &Event<Masked>,
        call: &ToolCall<Masked>,
    ) -> rusqlite::Result<()> {
        let at = event.at.as_micros();
        let key = (links.session.unwrap_or(0), links.name.unwrap_or(0), state::quarter(at));
        self.state.tools.entry(key).or_default().add(1, call.outcome);
        self.touch((at, seq, links.session), call)?;
        self.told_before(event.id)?;
        if let (Some(session), Some(call)) = (links.session, &event.tool_call)
            && !self.state.starters.is_empty()
        {
            let key = (session, call.as_str().to_owned());
            if self.state.starters.contains(&key) && self.resolve_start(session, call.as_str())? {
                self.state.starters.remove(&key);
            }
        }
        Ok(())
    }

    /// Applies the outcome that came before its call.
    pub(super) fn told_before(&mut self, call: EventId) -> rusqlite::Result<()> {
        let Some(outcome) = self.state.unsettled.remove(&call) else { return Ok(()) };
        self.conn
            .prepare_cached("DELETE FROM unsettled WHERE call = ?")?
            .execute([call.as_bytes()])?;
        self.came_to(call, outcome)?;
        Ok(())
    }

    /// A result tells the fate of its call; what any witness [knew](Outcome::and) stays.
    pub(super) fn settle(
        &mut self,
        call: Option<EventId>,
        outcome: Outcome,
    ) -> rusqlite::Result<()> {
        let Some(call) = call else { return Ok(()) };
        if !self.came_to(call, outcome)? {
            let told = self.state.unsettled.get(&call).map_or(outcome, |told| told.and(outcome));
            self.conn
                .prepare_cached(
                    "INSERT INTO unsettled (call, outcome) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET outcome = ?2",
                )?
                .execute(params![call.as_bytes(), told.code()])?;
            self.state.unsettled.insert(call, told);
        }
        Ok(())
    }

    /// Notes what became of a call, and moves it within the totals. False when the call is not
    /// known yet.
    pub(super) fn came_to(&mut self, call: EventId, outcome: Outcome) -> rusqlite::Result<bool> {
        let call = self.name_of(call)?;
        // That it ran is the rule, and moves nothing in the totals.
        if outcome > Outcome::Executed {
            let known = self
                .conn
                .prepare_cached(
                    "SELECT session, name, at, outcome FROM events
                     WHERE id = ? AND conflicts_with IS NULL",
                )?
                .query_row([call.as_bytes()], |row| {
                    let key = (
                        row.get::<_, Option<i64>>(0)?.unwrap_or(0),
                        row.get::<_, Option<i64>>(1)?.unwrap_or(0),
                        state::quarter(row.get(2)?),
                    );
                    Ok((key, row.get::<_, Option<u8>>(3)?.and_then(Outcome::from_code)))
                })
                .optional()?;
            if let Some((key, before)) = known {
                let before = before.unwrap_or(Outcome::Requested);
                self.recount(key, before, before.and(outcome));
            }
        }
        let changed: Option<i64> = self
            .conn
            .prepare_cached(
                "UPDATE events SET outcome = ?1
                 WHERE id = ?2 AND outcome <> ?3 AND (outcome < ?1 OR ?1 = ?3) RETURNING seq",
            )?
            .query_row(params![outcome.code(), call.as_bytes(), Outcome::Denied.code()], |row| {
                row.get(0)
            })
            .optional()?;
        if let Some(seq) = changed {
            self.state.chain.event(seq);
            return Ok(true);
        }
        self.conn.prepare_cached("SELECT 1 FROM events WHERE id = ?")?.exists([call.as_bytes()])
    }

    fn recount(&mut self, key: (i64, i64, i64), before: Outcome, after: Outcome) {
        if before != after {
            let calls: &mut Outcomes = self.state.tools.entry(key).or_default();
            calls.add(-1, before);
            calls.add(1, after);
        }
    }

    /// Notes the file that the call names. `place` is its time, its number and its session.
    pub(super) fn touch(
        &self,
        place: (i64, i64, Option<i64>),
        call: &ToolCall<Masked>,
    ) -> rusqlite::Result<()> {
        touch(self.conn, &self.state.packer, place, &call.name, &call.input)
    }
}

pub(super) fn touch(
    conn: &Connection,
    packer: &Packer,
    (at, seq, session): (i64, i64, Option<i64>),
    tool: &Masked,
    input: &Masked,
) -> rusqlite::Result<()> {
    let Some(file) = event::touched(tool.as_str(), input) else { return Ok(()) };
    let path = packer.hash(file.path.as_str());
    conn.prepare_cached("INSERT OR IGNORE INTO paths (id, text) VALUES (?, ?)")?
        .execute(params![path, file.path.as_str()])?;
    conn.prepare_cached(
        "INSERT OR IGNORE INTO touched (at, seq, path, session, written) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![at, seq, path, session.unwrap_or(0), file.written])?;
    Ok(())
}

/// Notes the files of all tool calls of a store that was written before files were noted.
pub(crate) fn touch_all(conn: &Connection) -> rusqlite::Result<()> {
    let key: Option<[u8; 32]> = conn
        .query_row("SELECT value FROM meta WHERE name = 'body key'", [], |row| row.get(0))
        .optional()?;
    // A store without a key holds nothing yet.
    let Some(key) = key else { return Ok(()) };
    let packer = Packer::new(conn, key)?;
    let mut bodies = Unpacker::default();
    let mut statement = conn.prepare(
        "SELECT e.at, e.seq, e.session, n.text, e.body FROM events e JOIN names n ON n.id = e.name
         WHERE e.kind = ? AND e.conflicts_with IS NULL ORDER BY e.seq",
    )?;
    let mut rows = statement.query([vigil_proto::KindName::ToolCall.code()])?;
    while let Some(row) = rows.next()? {
        let input = match row.get_ref(4)? {
            rusqlite::types::ValueRef::Integer(hash) => match bodies.text(conn, hash) {
                // A text that cannot be unpacked names no file, and must not keep a whole store
                // from being brought forward.
                Err(rusqlite::Error::ToSqlConversionFailure(error)) => {
                    tracing::warn!(%error, "a tool call's text cannot be unpacked");
                    None
                }
                text => text?,
            },
            rusqlite::types::ValueRef::Text(text) => str::from_utf8(text).ok().map(str::to_owned),
            _ => None,
        };
        let Some(input) = input else { continue };
        let place = (row.get(0)?, row.get(1)?, row.get(2)?);
        let tool = Masked::from_scan(row.get(3)?);
        touch(conn, &packer, place, &tool, &Masked::from_scan(input))?;
    }
    Ok(())
}
