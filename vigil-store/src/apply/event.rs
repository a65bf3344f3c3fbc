//! The merge: a sighting becomes a new row, or one more witness of a row that is there, or,
//! when it says something else than that row, a row beside it and a finding.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{
    ContentHash, Event, EventId, Kind, KindName, Masked, Outcome, Witnesses, event::ToolResult,
};

use super::{
    Met, Tx, parts,
    state::{self, Seen},
};
use crate::{body, spent::timed};

/// What an event refers to, as numbers of the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    pub(super) source: i64,
    pub(super) session: Option<i64>,
    /// The session that it was told in, where that is not the one that it belongs to.
    pub(super) told_in: Option<i64>,
    /// True when its witness does not know what the session is called.
    pub(super) is_provisional: bool,
    pub(super) thread: Option<i64>,
    pub(super) turn: Option<i64>,
    pub(super) name: Option<i64>,
}

/// Waits for the whole key.
const WAITS: u8 = 1;

/// Waits for the name of its session, which is part of its key.
pub(super) const NAMELESS: u8 = 2;

/// Gaps that are told beside an event of which a part was not searched. Whoever tells the event again
/// tells them again, so that they are counted here, once.
const NOT_SEARCHED: &[&str] = &["encoded-too-deep", "compressed"];

/// A row that is there already.
pub(super) struct Row {
    pub(super) id: EventId,
    pub(super) seq: i64,
    pub(super) at: i64,
    content: i64,
    pub(super) witnesses: Witnesses,
    pub(super) source: i64,
    pub(super) complete: bool,
    pub(super) session: Option<i64>,
    pub(super) told_in: Option<i64>,
    pub(super) thread: Option<i64>,
    pub(super) turn: Option<i64>,
}

impl Tx<'_> {
    pub(super) fn event(&mut self, source: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        if matches!(event.kind, Kind::Process(_) | Kind::Connection(_)) {
            return self.seen(source, event);
        }
        let adopted = self.adopt(event)? || self.recognise(event)?;
        let links = self.links(source, event)?;
        if let Some(session) = event.session {
            self.session_of(session)?.spans(event.at.as_micros());
        }
        let known = self.known_as(event)?;
        if !adopted
            && known.is_none()
            && let Some(seq) = self.insert(event.id, None, &links, event)?
        {
            self.meet(event.id, seq, false);
            return self.settle_new(seq, &links, event);
        }
        let id = match known {
            Some(id) => id,
            None => self.target(&links, event)?,
        };
        let Some(row) = self.row(id)? else { return Ok(()) };
        if id != event.id && known.is_none() {
            self.also_known(event.id, row.seq)?;
        }
        if let Kind::ModelCall(_) = &event.kind {
            self.sessions_meet(&row, &links, !adopted && !event.incomplete_key);
        }
        if row.content != 0 && event.content.0 != 0 && row.content != event.content.0.cast_signed()
        {
            return self.conflict(id, &row, &links, event);
        }
        self.meet(event.id, row.seq, true);
        self.merge(&row, &links, event)
    }

    pub(super) fn links(&mut self, source: i64, event: &Event<Masked>) -> rusqlite::Result<Links> {
        let (mut session, mut told_in, mut is_provisional, mut thread) = (None, None, false, None);
        if let Some(key) = event.session {
            let told = self.told_session(key)?;
            is_provisional = told.is_provisional;
            session = Some(told.id);
            if let (id, Some(alias)) = (told.id, told.alias) {
                (told_in, thread) = (Some(id), alias.thread);
                session = Some(self.told_session(alias.session)?.id);
            }
        }
        if let Some(name) = &event.thread {
            thread = Some(self.state.name(self.conn, name.as_str())?);
        }
        let is_prompt = matches!(event.kind, Kind::Prompt(_));
        let begun_by = event.turn.or(is_prompt.then_some(event.id));
        let turn = match (begun_by, event.session) {
            (Some(prompt), Some(session)) => Some(self.turn(prompt, session, thread.is_some())?),
            _ => None,
        };
        let name = match parts::name(&event.kind) {
            Some(name) => Some(self.state.name(self.conn, name)?),
            None => None,
        };
        Ok(Links { source, session, told_in, is_provisional, thread, turn, name })
    }

    /// Inserts a row under `id` and stores its text; none when the id is taken.
    pub(super) fn insert(
        &mut self,
        id: EventId,
        conflicts_with: Option<EventId>,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<i64>> {
        if event.incomplete_key && self.same_content(links, event)?.is_some() {
            return Ok(None);
        }
        let text =
            parts::main_text(&event.kind).map(Masked::as_str).filter(|text| !text.is_empty());
        let long = text.filter(|text| text.len() > body::INLINE);
        let digest = long.map(|text| self.state.packer.digest(text));
        let hash = digest.as_ref().map(body::number);
        let stored: &dyn rusqlite::ToSql = match &hash {
            Some(hash) => hash,
            None => &text,
        };
        let incomplete = match event.kind {
            Kind::ModelCall(_) => event.incomplete_key.then_some(WAITS),
            _ if links.is_provisional => Some(NAMELESS),
            _ => event.incomplete_key.then_some(WAITS),
        };
        let seq = self.state.last_seq + 1;
        let added = self
            .conn
            .prepare_cached(
                "INSERT INTO events (seq, id, at, seen_at, session, thread, turn, kind,
                     witnesses, source, position, content, tool_call, name, outcome, body,
                     detail, conflicts_with, incomplete, told_in)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                seq,
                id.as_bytes(),
                event.at.as_micros(),
                event.seen_at.as_micros(),
                links.session,
                links.thread,
                links.turn,
                event.kind.name().code(),
                Witnesses::default().with(event.witness).bits(),
                links.source,
                event.position.cast_signed(),
                event.content.0.cast_signed(),
                event.tool_call.as_ref().map(Masked::as_str),
                links.name,
                parts::outcome(&event.kind).map(Outcome::code),
                stored,
                parts::detail(event),
                conflicts_with.as_ref().map(EventId::as_bytes),
                incomplete,
                links.told_in,
            ])?;
        if added == 0 {
            return Ok(None);
        }
        self.state.last_seq = seq;
        self.state.events += 1;
        self.state.new_events += 1;
        let quarter = state::quarter(event.at.as_micros());
        *self.state.activity.entry((quarter, event.kind.name().code())).or_default() += 1;
        if let (Some(hash), Some(digest), Some(text)) = (hash, digest, long) {
            self.state.packer.add(self.conn, hash, text)?;
            self.state.chain.text(hash, digest);
        }
        self.index(seq, event)?;
        self.saw(event)?;
        Ok(Some(seq))
    }

    /// Puts the event's words into the search index.
    pub(super) fn index(&mut self, seq: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        let Some(text) = parts::main_text(&event.kind).filter(|_| parts::is_searched(&event.kind))
        else {
            return Ok(());
        };
        let (words, conn) = (&mut self.state.words, self.conn);
        timed(&mut self.state.spent.index, || {
            let words = words.of(text.as_str());
            if !words.is_empty() {
                conn.prepare_cached("INSERT INTO search (rowid, words) VALUES (?, ?)")?
                    .execute(params![seq, words])?;
            }
            Ok(())
        })
    }

    /// Counts a new row, and ties it to what came before it.
    fn settle_new(
        &mut self,
        seq: i64,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        let side = links.thread.is_some();
        self.told_by(links.session, &event.kind, Witnesses::default().with(event.witness), 1);
        self.is_alone(seq, links, event);
        if let Some(key) = event.session {
            let session = self.session_of(key)?;
            match event.kind.name() {
                KindName::Prompt if side => session.prompts_side += 1,
                KindName::Prompt => session.prompts += 1,
                KindName::ModelCall => session.messages += 1,
                KindName::ToolCall => session.tool_calls += 1,
                _ => {}
            }
            session.changed = true;
        }
        self.wait_for_key(seq, links, event);
        match &event.kind {
            Kind::ModelCall(call) => self.new_call(seq, links, event, call),
            Kind::ToolResult(result) => {
                let call = self.call_of(links, event, result.call)?;
                self.settle(call, result.outcome)
            }
            Kind::ToolCall(call) => self.called(seq, links, event, call),
            Kind::Gap(gap) if NOT_SEARCHED.contains(&gap.reason) => {
                *self.state.counts.entry(format!("gap.{}", gap.reason)).or_default() += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// One more sighting of a row, with the same content.
    fn merge(&mut self, row: &Row, links: &Links, event: &Event<Masked>) -> rusqlite::Result<()> {
        let fills_text = row.content == 0 && event.content != ContentHash(0);
        let elsewhere = row.source != links.source || !row.witnesses.contains(event.witness);
        if elsewhere {
            self.note_sighting(row.seq, links, event)?;
        }
        if !row.witnesses.contains(event.witness) {
            self.saw(event)?;
            self.told_by(row.session, &event.kind, row.witnesses, -1);
            self.told_by(row.session, &event.kind, row.witnesses.with(event.witness), 1);
        }
        if let Kind::ToolCall(call) = &event.kind {
            self.told_before(row.id)?;
            if elsewhere || fills_text {
                self.came_to(row.id, call.outcome)?;
            }
        }
        let thread = self.thread_told(row, links, event)?;
        if elsewhere || fills_text {
            let changed = self
                .conn
                .prepare_cached(
                    "UPDATE events SET witnesses = ?2, thread = coalesce(thread, ?3),
                         turn = coalesce(turn, ?4), tool_call = coalesce(tool_call, ?5),
                         outcome = CASE WHEN outcome <> ?7 AND (?6 > outcome OR ?6 = ?7)
                             THEN ?6 ELSE outcome END
                     WHERE seq = ?1 AND (witnesses <> ?2 OR thread IS NULL AND ?3 IS NOT NULL
                         OR turn IS NULL AND ?4 IS NOT NULL
                         OR tool_call IS NULL AND ?5 IS NOT NULL OR ?6 <> outcome)",
                )?
                .execute(params![
                    row.seq,
                    row.witnesses.with(event.witness).bits(),
                    thread,
                    links.turn,
                    event.tool_call.as_ref().map(Masked::as_str),
                    parts::outcome(&event.kind).map(Outcome::code),
                    Outcome::Denied.code(),
                ])?;
            if changed > 0 {
                self.state.chain.event(row.seq);
            }
            self.refused_by(row.seq, links.source, event)?;
        }
        if fills_text {
            self.fill_text(row.seq, event)?;
            if let Kind::ToolCall(call) = &event.kind {
                self.touch((row.at, row.seq, row.session.or(links.session)), call)?;
            }
        }
        match &event.kind {
            // Its usage stands with the session of the first sighting, even when that is none.
            Kind::ModelCall(call) => {
                self.better_call(row.seq, row.session, event, call)?;
                self.thread_of_call(row, links, event)
            }
            Kind::ToolResult(result) => {
                let call = self.call_of(links, event, result.call)?;
                self.settle(call, result.outcome)
            }
            Kind::Prompt(_) if thread.is_some() && row.thread.is_none() => {
                self.prompt_of_a_subagent(event)
            }
            _ => Ok(()),
        }
    }

    /// The first sighting of a result did not know who refused the call; this one does.
    fn refused_by(&mut self, seq: i64, source: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        let Kind::ToolResult(ToolResult { denied_by: Some(by), .. }) = &event.kind else {
            return Ok(());
        };
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE sightings SET denied_by = ?2
                 WHERE event = ?1 AND witness = ?3 AND source = ?4 AND denied_by IS NOT ?2",
            )?
            .execute(params![seq, by.as_str(), event.witness.code(), source])?;
        if changed > 0 {
            self.state.chain.event(seq);
        }
        Ok(())
    }

    /// A prompt that a witness without knowledge of threads had told as the user's own.
    fn prompt_of_a_subagent(&mut self, event: &Event<Masked>) -> rusqlite::Result<()> {
        let Some(key) = event.session else { return Ok(()) };
        let session = self.session_of(key)?;
        session.prompts -= 1;
        session.prompts_side += 1;
        session.changed = true;
        self.turn_changes_sides(event.id, key, true)
    }

    /// The first sighting had no text (a witness that is not shown it); this one has.
    fn fill_text(&mut self, seq: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        let text = parts::main_text(&event.kind).map_or("", Masked::as_str);
        let mut update =
            self.conn.prepare_cached("UPDATE events SET content = ?, body = ? WHERE seq = ?")?;
        let content = event.content.0.cast_signed();
        self.state.chain.fills(seq);
        if text.len() > body::INLINE {
            let digest = self.state.packer.digest(text);
            let hash = body::number(&digest);
            self.state.packer.add(self.conn, hash, text)?;
            self.state.chain.text(hash, digest);
            update.execute(params![content, hash, seq])?;
        } else {
            update.execute(params![content, text, seq])?;
        }
        self.conn.prepare_cached("DELETE FROM search WHERE rowid = ?")?.execute([seq])?;
        self.index(seq, event)
    }

    /// A sighting that contradicts a row is kept beside it, and never counted.
    fn conflict(
        &mut self,
        id: EventId,
        row: &Row,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        let own = id.conflicting(event.content);
        if let Some(seq) = self.insert(own, Some(id), links, event)? {
            self.meet(event.id, seq, false);
            return self.conflict_found(seq, (id, own), row.witnesses, links, event);
        }
        let Some(beside) = self.row(own)? else { return Ok(()) };
        self.meet(event.id, beside.seq, true);
        if beside.source != links.source || !beside.witnesses.contains(event.witness) {
            let bits = beside.witnesses.with(event.witness).bits();
            self.conn
                .prepare_cached("UPDATE events SET witnesses = ? WHERE seq = ?")?
                .execute(params![bits, beside.seq])?;
            if bits != beside.witnesses.bits() {
                self.state.chain.event(beside.seq);
            }
            self.note_sighting(beside.seq, links, event)?;
        }
        Ok(())
    }

    /// Notes where one more witness saw the event `seq`; the first one's place stands in its row.
    pub(super) fn note_sighting(
        &mut self,
        seq: i64,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        let added = self
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO sightings (event, witness, source, position, seen_at)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                seq,
                event.witness.code(),
                links.source,
                event.position.cast_signed(),
                event.seen_at.as_micros(),
            ])?;
        if added > 0 {
            self.state.chain.event(seq);
        }
        Ok(())
    }

    pub(super) fn row(&self, id: EventId) -> rusqlite::Result<Option<Row>> {
        self.conn
            .prepare_cached(
                "SELECT seq, content, witnesses, source, incomplete IS NULL, session,
                     thread, at, told_in, turn
                 FROM events WHERE id = ?",
            )?
            .query_row([id.as_bytes()], |row| {
                Ok(Row {
                    id,
                    seq: row.get(0)?,
                    at: row.get(7)?,
                    content: row.get(1)?,
                    witnesses: Witnesses::from_bits(row.get(2)?),
                    source: row.get(3)?,
                    complete: row.get(4)?,
                    session: row.get(5)?,
                    thread: row.get(6)?,
                    turn: row.get(9)?,
                    told_in: row.get(8)?,
                })
            })
            .optional()
    }

    pub(super) fn meet(&mut self, id: EventId, seq: i64, known: bool) {
        if let Some(met) = self.met.get_mut(&id) {
            *met = Met { seq: Some(seq), known };
        }
    }

    /// Counts what a witness saw of a client.
    pub(super) fn saw(&mut self, event: &Event<Masked>) -> rusqlite::Result<()> {
        let of_session = event.session.and_then(|key| self.state.sessions.get(&key));
        let client = match (of_session, parts::client(&event.kind)) {
            (Some(session), _) => session.client,
            (None, Some(client)) => self.state.name(self.conn, client)?,
            (None, None) => return Ok(()),
        };
        let at = event.at.as_micros();
        let seen = self
            .state
            .evidence
            .entry((client, event.witness.code()))
            .or_insert(Seen { n: 0, last: at });
        seen.n += 1;
        seen.last = seen.last.max(at);
        Ok(())
    }
}
