//! A provisional session turns out to be one that its client names: a model call was told in both.
//! What was told in it belongs to that session from then on, and what both sides told is one row.
//! A wrong join is worse than none: where a call is known by its tokens alone, the sessions must
//! say the same too, and no others may.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, params};
use vigil_proto::{EventId, KindName, Outcome, SessionId, Witness, Witnesses};

use super::{
    Tx,
    alias::Meeting,
    alone::{Sighting, is_told},
    session::Alias,
    state,
};
use crate::chain::facts::Of;

mod evidence;
mod places;
mod side;

/// A row that moves.
struct Moving {
    seq: i64,
    id: EventId,
    at: i64,
    kind: u8,
    content: i64,
    turn: Option<i64>,
    tool_call: Option<String>,
    name: Option<i64>,
    outcome: Option<Outcome>,
    witnesses: Witnesses,
    source: i64,
    position: i64,
    seen_at: i64,
    /// False for a sighting that contradicts another row, which is never counted.
    is_counted: bool,
    /// True in a sub-agent's thread.
    is_side: bool,
}

impl Moving {
    const COLUMNS: &str = "SELECT seq, id, at, kind, content, turn, tool_call, name, outcome,
            witnesses, source, position, seen_at, conflicts_with IS NULL, thread IS NOT NULL
        FROM events";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: EventId::from_bytes(row.get(1)?),
            at: row.get(2)?,
            kind: row.get(3)?,
            content: row.get(4)?,
            turn: row.get(5)?,
            tool_call: row.get(6)?,
            name: row.get(7)?,
            outcome: row.get::<_, Option<u8>>(8)?.and_then(Outcome::from_code),
            witnesses: Witnesses::from_bits(row.get(9)?),
            source: row.get(10)?,
            position: row.get(11)?,
            seen_at: row.get(12)?,
            is_counted: row.get(13)?,
            is_side: row.get(14)?,
        })
    }

    fn is(&self, kind: KindName) -> bool {
        self.kind == kind.code()
    }
}

/// From where to where.
struct Way {
    /// The provisional session.
    told_in: i64,
    /// The session that the rows belong to so far: the provisional one, or what that was before.
    from: (i64, SessionId),
    to: (i64, SessionId),
    thread: Option<i64>,
    /// The turns of moved rows, by those that they had.
    turns: HashMap<i64, Option<i64>>,
}

impl Tx<'_> {
    /// Joins the sessions that were seen to be one. Called once the batch is applied.
    pub(super) fn join_sessions(&mut self) -> rusqlite::Result<()> {
        for meeting in std::mem::take(&mut self.state.meetings) {
            let one = self.is_provisional(meeting.provisional)?;
            let other = self.is_provisional(meeting.session)?;
            match (one, other) {
                (true, false) => self.meet_in(meeting)?,
                (false, true) => self.meet_in(Meeting {
                    provisional: meeting.session,
                    session: meeting.provisional,
                    ..meeting
                })?,
                _ => {}
            }
        }
        Ok(())
    }

    fn meet_in(&mut self, meeting: Meeting) -> rusqlite::Result<()> {
        let (Some(provisional), Some(session)) =
            (self.key_of(meeting.provisional)?, self.key_of(meeting.session)?)
        else {
            return Ok(());
        };
        let before = self.told_session(provisional)?.alias;
        match before {
            Some(alias) if alias.session == session => {
                if meeting.call > alias.call {
                    self.shown_again(provisional, meeting)?;
                }
                self.meet_in_thread(meeting)
            }
            // It was another session's before: what it tells from now on is this one's.
            Some(alias) if meeting.by_id && meeting.call > alias.call => {
                self.join(meeting, (provisional, session), Some(alias))
            }
            None if meeting.by_id || self.are_one(meeting)? => {
                self.join(meeting, (provisional, session), None)
            }
            _ => Ok(()),
        }
    }

    fn key_of(&self, session: i64) -> rusqlite::Result<Option<SessionId>> {
        let key = self
            .conn
            .prepare_cached("SELECT key FROM sessions WHERE id = ?")?
            .query_row([session], |row| row.get(0))
            .optional()?;
        Ok(key.map(SessionId::from_bytes))
    }

    /// Another call shows what was known.
    fn shown_again(&mut self, provisional: SessionId, meeting: Meeting) -> rusqlite::Result<()> {
        let id: i64 = self
            .conn
            .prepare_cached("UPDATE aliases SET call = ? WHERE provisional = ? RETURNING id")?
            .query_row([meeting.call, meeting.provisional], |row| row.get(0))?;
        self.state.chain.changes(Of::Alias, id);
        if let Some(alias) = &mut self.told_session(provisional)?.alias {
            alias.call = meeting.call;
        }
        Ok(())
    }

    fn join(
        &mut self,
        meeting: Meeting,
        (provisional, session): (SessionId, SessionId),
        before: Option<Alias>,
    ) -> rusqlite::Result<()> {
        let (at, thread): (i64, Option<i64>) = self
            .conn
            .prepare_cached("SELECT at, thread FROM events WHERE seq = ?")?
            .query_row([meeting.call], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let from = match before {
            Some(alias) => (self.told_session(alias.session)?.id, alias.session),
            None => (meeting.provisional, provisional),
        };
        let mut way = Way {
            told_in: meeting.provisional,
            from,
            to: (meeting.session, session),
            thread,
            turns: HashMap::new(),
        };
        let rows = self.told_since(&way, before.map_or(0, |alias| alias.call))?;
        self.note_alias(meeting, at, thread)?;
        self.told_session(provisional)?.alias = Some(Alias { session, thread, call: meeting.call });
        self.state.joined.insert(meeting.session);
        self.state.settled.insert(meeting.session);
        self.state.alone.remove(&from.0);
        for row in rows {
            self.bring(&mut way, &row)?;
        }
        self.bring_findings(&way)?;
        if before.is_none() {
            self.bring_totals(&way)?;
            self.leave_empty(provisional, session)?;
        }
        self.state.turns.clear();
        *self.state.counts.entry("sessions.joined".to_owned()).or_default() += 1;
        Ok(())
    }

    fn note_alias(
        &mut self,
        meeting: Meeting,
        at: i64,
        thread: Option<i64>,
    ) -> rusqlite::Result<()> {
        let known: Option<i64> = self
            .conn
            .prepare_cached(
                "UPDATE aliases SET session = ?2, thread = ?3, at = ?4, call = ?5
                 WHERE provisional = ?1 RETURNING id",
            )?
            .query_row(
                params![meeting.provisional, meeting.session, thread, at, meeting.call],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(id) = known {
            self.state.chain.changes(Of::Alias, id);
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO aliases (provisional, session, thread, at, call)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![meeting.provisional, meeting.session, thread, at, meeting.call])?;
        self.state.chain.adds(Of::Alias, self.conn.last_insert_rowid());
        Ok(())
    }

    /// What was told in the provisional session after the row `after`, in that order.
    fn told_since(&self, way: &Way, after: i64) -> rusqlite::Result<Vec<Moving>> {
        let is_first = way.from.0 == way.told_in;
        let condition = if is_first { "session = ?1" } else { "told_in = ?2 AND session = ?1" };
        let sql = format!("{} WHERE {condition} AND seq > ?3 ORDER BY seq", Moving::COLUMNS);
        self.conn
            .prepare_cached(&sql)?
            .query_map([way.from.0, way.told_in, after], Moving::read)?
            .collect()
    }

    /// Brings one row into its session: what the client told too becomes one with that.
    fn bring(&mut self, way: &mut Way, row: &Moving) -> rusqlite::Result<()> {
        let sighting = Sighting {
            seq: row.seq,
            by_proxy: true,
            thread: way.thread,
            tool_call: row.tool_call.clone(),
        };
        let by_proxy_alone = row.witnesses == Witnesses::default().with(Witness::Proxy);
        let key = (row.kind, row.content);
        let may_be_one = is_told(row.kind, row.content) && row.is_counted && by_proxy_alone;
        let other = if may_be_one { self.alone(way.to.0)?.take(key, &sighting) } else { None };
        self.count_row(way.from, row, -1, row.is_side)?;
        if let Some(other) = other {
            return self.unite(way, row, other);
        }
        self.arrive(way, row)?;
        if may_be_one {
            self.alone(way.to.0)?.push(key, sighting);
        }
        Ok(())
    }

    /// Counts a row in a session that it arrives in, or out of the one that it leaves.
    fn count_row(
        &mut self,
        (number, key): (i64, SessionId),
        row: &Moving,
        sign: i64,
        is_side: bool,
    ) -> rusqlite::Result<()> {
        if !row.is_counted {
            return Ok(());
        }
        let Some(kind) = KindName::from_code(row.kind) else { return Ok(()) };
        let quarter = state::quarter(row.at);
        let session = self.told_session(key)?;
        session.changed = true;
        match kind {
            KindName::Prompt if is_side => session.prompts_side += sign,
            KindName::Prompt => session.prompts += sign,
            KindName::ModelCall => session.messages += sign,
            KindName::ToolCall => session.tool_calls += sign,
            _ => {}
        }
        match kind {
            KindName::ModelCall => {
                self.move_usage((number, row.name.unwrap_or(0), quarter), row.seq, sign)?;
            }
            KindName::ToolCall => {
                let key = (number, row.name.unwrap_or(0), quarter);
                let outcome = row.outcome.unwrap_or(Outcome::Requested);
                self.state.tools.entry(key).or_default().add(sign, outcome);
            }
            _ => {}
        }
        if matches!(kind, KindName::ModelCall | KindName::ToolCall) {
            let key = (number, row.kind, row.witnesses.bits());
            *self.state.told_by.entry(key).or_default() += sign;
        }
        Ok(())
    }

    fn move_usage(&mut self, key: (i64, i64, i64), seq: i64, sign: i64) -> rusqlite::Result<()> {
        let figures = self
            .conn
            .prepare_cached(
                "SELECT input, cache_read, cache_write_5m, cache_write_1h, output, reasoning,
                     cost, coalesce(estimated, 0)
                 FROM calls WHERE seq = ?",
            )?
            .query_row([seq], |row| {
                let mut tokens = [0; 6];
                for (column, tokens) in tokens.iter_mut().enumerate() {
                    *tokens = row.get(column)?;
                }
                Ok((tokens, row.get(6)?, row.get(7)?))
            })
            .optional()?;
        if let Some((tokens, cost, estimated)) = figures {
            self.state.usage.entry(key).or_default().add(sign, &tokens, cost, estimated);
        }
        Ok(())
    }

    /// The row belongs to the other session from now on. It keeps the one that it was told in.
    fn arrive(&mut self, way: &mut Way, row: &Moving) -> rusqlite::Result<()> {
        let turn = self.turn_there(way, row)?;
        self.count_row(way.to, row, 1, row.is_side || way.thread.is_some())?;
        self.conn
            .prepare_cached(
                "UPDATE events SET session = ?2, told_in = ?3, thread = coalesce(thread, ?4),
                     turn = ?5
                 WHERE seq = ?1",
            )?
            .execute(params![row.seq, way.to.0, way.told_in, way.thread, turn])?;
        if row.is(KindName::ToolCall) {
            self.conn
                .prepare_cached("UPDATE touched SET session = ? WHERE at = ? AND seq = ?")?
                .execute([way.to.0, row.at, row.seq])?;
        }
        self.state.chain.event(row.seq);
        self.bring_places(way, row, turn)
    }

    /// The turn of a row that arrives: the one that its prompt began there, or its own, which moves
    /// along and takes the next number.
    fn turn_there(&mut self, way: &mut Way, row: &Moving) -> rusqlite::Result<Option<i64>> {
        let Some(turn) = row.turn else { return Ok(None) };
        if let Some(known) = way.turns.get(&turn) {
            return Ok(*known);
        }
        let is_of: Option<i64> = self
            .conn
            .prepare_cached("SELECT session FROM turns WHERE id = ?")?
            .query_row([turn], |row| row.get(0))
            .optional()?;
        if is_of == Some(way.from.0) {
            let session = self.told_session(way.to.1)?;
            let last = if way.thread.is_some() {
                &mut session.numbered_side
            } else {
                &mut session.numbered
            };
            *last += 1;
            let number = *last;
            session.changed = true;
            self.conn
                .prepare_cached("UPDATE turns SET session = ?, number = ? WHERE id = ?")?
                .execute([way.to.0, number, turn])?;
            self.state.chain.changes(Of::Turn, turn);
        }
        way.turns.insert(turn, Some(turn));
        Ok(Some(turn))
    }

    /// Both sides told of it: the client's row has one more witness, and the other goes.
    fn unite(&mut self, way: &mut Way, row: &Moving, other: i64) -> rusqlite::Result<()> {
        let (id, witnesses, turn): ([u8; 16], u16, Option<i64>) = self
            .conn
            .prepare_cached("SELECT id, witnesses, turn FROM events WHERE seq = ?")?
            .query_row([other], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let id = EventId::from_bytes(id);
        if row.is(KindName::Prompt)
            && let Some(old) = row.turn
        {
            way.turns.insert(old, turn);
        }
        let with = Witnesses::from_bits(witnesses).with(Witness::Proxy);
        if row.is(KindName::ToolCall) {
            *self.state.told_by.entry((way.to.0, row.kind, witnesses)).or_default() -= 1;
            *self.state.told_by.entry((way.to.0, row.kind, with.bits())).or_default() += 1;
        }
        self.conn
            .prepare_cached(
                "UPDATE events SET witnesses = ?2,
                     outcome = CASE WHEN outcome <> ?4 AND (?3 > outcome OR ?3 = ?4)
                         THEN ?3 ELSE outcome END
                 WHERE seq = ?1",
            )?
            .execute(params![
                other,
                with.bits(),
                row.outcome.filter(|_| row.is(KindName::ToolResult)).map(Outcome::code),
                Outcome::Denied.code(),
            ])?;
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO sightings (event, witness, source, position, seen_at)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                other,
                Witness::Proxy.code(),
                row.source,
                row.position,
                row.seen_at
            ])?;
        self.state.chain.event(other);
        self.also_known(row.id, other)?;
        self.name_call(other, row.tool_call.as_deref())?;
        if row.is(KindName::ToolCall) {
            if let Some(outcome) = row.outcome {
                self.came_to(id, outcome)?;
            }
            self.told_before(row.id)?;
        }
        self.unite_places(way, row, (other, id, turn))?;
        self.unite_installs(row.seq, other)?;
        self.delete(row)
    }

    fn delete(&mut self, row: &Moving) -> rusqlite::Result<()> {
        for sql in [
            "DELETE FROM search WHERE rowid = ?",
            "DELETE FROM sightings WHERE event = ?",
            "DELETE FROM events WHERE seq = ?",
        ] {
            self.conn.prepare_cached(sql)?.execute([row.seq])?;
        }
        self.conn
            .prepare_cached("DELETE FROM touched WHERE at = ? AND seq = ?")?
            .execute([row.at, row.seq])?;
        self.state.events -= 1;
        *self.state.activity.entry((state::quarter(row.at), row.kind)).or_default() -= 1;
        self.state.chain.unites(row.seq);
        Ok(())
    }

    /// Totals of events that are no longer there follow too.
    fn bring_totals(&mut self, way: &Way) -> rusqlite::Result<()> {
        self.state.save_totals(self.conn)?;
        let (from, to) = (way.told_in, way.to.0);
        self.conn
            .prepare_cached(
                "INSERT INTO usage (session, model, quarter, calls, input, cache_read,
                     cache_write_5m, cache_write_1h, output, reasoning, cost, estimated)
                 SELECT ?2, model, quarter, calls, input, cache_read, cache_write_5m,
                     cache_write_1h, output, reasoning, cost, estimated
                 FROM usage WHERE session = ?1 AND calls > 0
                 ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,
                     input = input + excluded.input,
                     cache_read = cache_read + excluded.cache_read,
                     cache_write_5m = cache_write_5m + excluded.cache_write_5m,
                     cache_write_1h = cache_write_1h + excluded.cache_write_1h,
                     output = output + excluded.output,
                     reasoning = reasoning + excluded.reasoning, cost = cost + excluded.cost,
                     estimated = estimated + excluded.estimated",
            )?
            .execute([from, to])?;
        self.conn
            .prepare_cached(
                "INSERT INTO tool_usage (session, tool, quarter, calls, failed, denied)
                 SELECT ?2, tool, quarter, calls, failed, denied
                 FROM tool_usage WHERE session = ?1 AND calls > 0
                 ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,
                     failed = failed + excluded.failed, denied = denied + excluded.denied",
            )?
            .execute([from, to])?;
        self.conn
            .prepare_cached(
                "INSERT INTO told_by (session, kind, witnesses, n)
                 SELECT ?2, kind, witnesses, n FROM told_by WHERE session = ?1 AND n > 0
                 ON CONFLICT DO UPDATE SET n = n + excluded.n",
            )?
            .execute([from, to])?;
        for table in ["usage", "tool_usage", "told_by"] {
            let sql = format!("DELETE FROM {table} WHERE session = ?");
            self.conn.prepare_cached(&sql)?.execute([from])?;
        }
        self.conn
            .prepare_cached("UPDATE OR IGNORE subagents SET session = ? WHERE session = ?")?
            .execute([to, from])?;
        Ok(())
    }

    /// Nothing is left in the provisional session but its name; the other spans its time.
    fn leave_empty(&mut self, provisional: SessionId, session: SessionId) -> rusqlite::Result<()> {
        let empty = self.told_session(provisional)?;
        let (started, last) = (empty.started.take(), empty.last.take());
        let model = empty.model.zip(empty.model_at);
        empty.prompts = 0;
        empty.prompts_side = 0;
        empty.messages = 0;
        empty.tool_calls = 0;
        empty.findings = 0;
        empty.changed = true;
        let whole = self.told_session(session)?;
        for at in started.into_iter().chain(last) {
            whole.spans(at);
        }
        if let Some((model, at)) = model
            && whole.model_at.is_none_or(|known| at > known)
        {
            whole.model = Some(model);
            whole.model_at = Some(at);
            whole.changed = true;
        }
        Ok(())
    }
}
