//! Sightings whose witness does not know the whole natural key of what it saw: a proxy that sees
//! an answer without what came before it, a client that does not keep its provider's ids. They
//! become one row with the sighting that has the whole key, whichever comes first.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{
    ContentHash, Event, EventId, Kind, KindName, Masked, Witness, Witnesses, event::ModelCall,
};

use super::{
    Tx,
    aside::{is_aside, is_not_in},
    event::Links,
    hooked, state,
};

/// Rows that wait for their whole key and are remembered. The whole key comes within minutes, from
/// a witness of the same call; what waits longer is on record as it is.
pub(super) const WAITING: u32 = 32_768;

/// How far apart two witnesses may tell of one call, in microseconds: ten minutes.
pub(super) const NEARBY: i64 = 600_000_000;

/// Rows of one session that look the same and wait.
const ALIKE: usize = 1024;

impl Tx<'_> {
    /// Remembers a new row that waits for its whole key.
    pub(super) fn wait_for_key(&mut self, seq: i64, links: &Links, event: &Event<Masked>) {
        let waits = event.incomplete_key && !links.is_provisional;
        let (true, Some(session)) = (waits, links.session) else { return };
        let key = (session, event.kind.name().code(), event.content.0.cast_signed());
        let rows = self.state.incomplete.entry(key).or_default();
        if rows.len() >= ALIKE {
            rows.remove(0);
        }
        rows.push(seq);
        if self.state.incomplete.len() > WAITING as usize {
            let newest = self.state.last_seq - i64::from(WAITING / 2);
            self.state.incomplete.retain(|_, rows| rows.last().is_some_and(|seq| *seq > newest));
        }
    }

    /// The tool call that a result settles: the one that it names or, where it does not know the
    /// whole key of that, the session's call of the same number.
    pub(super) fn call_of(
        &self,
        links: &Links,
        event: &Event<Masked>,
        named: Option<EventId>,
    ) -> rusqlite::Result<Option<EventId>> {
        let (true, Some(call)) = (event.incomplete_key, &event.tool_call) else {
            return Ok(named);
        };
        let known = self
            .conn
            .prepare_cached(
                "SELECT id FROM events
                 WHERE session IS ? AND tool_call = ? AND kind = ? AND conflicts_with IS NULL
                 ORDER BY incomplete IS NULL DESC, seq LIMIT 1",
            )?
            .query_row(params![links.session, call.as_str(), KindName::ToolCall.code()], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(known.map(EventId::from_bytes).or(named))
    }

    /// The id under which the event is known: its own, or for an incomplete key that of the
    /// event in the same session with the same content.
    pub(super) fn target(&self, links: &Links, event: &Event<Masked>) -> rusqlite::Result<EventId> {
        if !event.incomplete_key || self.row(event.id)?.is_some() {
            return Ok(event.id);
        }
        Ok(self.same_content(links, event)?.unwrap_or(event.id))
    }

    /// The complete event of the same session and kind with the same content and, where both name
    /// one, of the same tool call: a command that is given again is another call. Nor is it one of
    /// which this witness has told already, at another place. For a model call,
    /// which has no content, the one with the same answer; when the witness does not know the
    /// provider's id of the answer, one with the same tokens that it has not told of yet.
    pub(super) fn same_content(
        &self,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<EventId>> {
        let kind = event.kind.name().code();
        let found = match &event.kind {
            Kind::ModelCall(call) if call.message.as_str().is_empty() => {
                let found = match self.same_request(links, event, call)? {
                    None => self.same_tokens(links, event, call)?,
                    found => found,
                };
                let found = match found {
                    None => self.same_tokens_nearby(links, event, call)?,
                    found => found,
                };
                match found {
                    None => self.same_waiting(links, event, call)?,
                    found => found,
                }
            }
            Kind::ModelCall(call) => self
                .conn
                .prepare_cached(
                    "SELECT e.id FROM events e JOIN calls c USING (seq)
                     WHERE e.session IS ? AND e.kind = ? AND c.message = ? AND e.incomplete IS NULL
                     ORDER BY e.seq LIMIT 1",
                )?
                .query_row(params![links.session, kind, call.message.as_str()], |row| row.get(0))
                .optional()?,
            _ if event.content == ContentHash(0) => self.same_number(links, event)?,
            _ if hooked::is_nameless(event) => self.same_at_that_time(links, event)?,
            _ => self
                .conn
                .prepare_cached(
                    "SELECT id FROM events
                     WHERE session IS ?1 AND kind = ?2 AND content = ?3 AND incomplete IS NULL
                         AND conflicts_with IS NULL
                         AND (?4 IS NULL OR tool_call IS NULL OR tool_call = ?4)
                         AND thread IS NOT coalesce((SELECT id FROM names WHERE text = ?8), 0)
                         AND (witnesses & ?5 = 0 OR source = ?6 AND position = ?7
                             OR EXISTS (SELECT 1 FROM sightings s WHERE s.event = events.seq
                                 AND s.source = ?6 AND s.position = ?7))
                     ORDER BY seq LIMIT 1",
                )?
                .query_row(
                    params![
                        links.session,
                        kind,
                        event.content.0.cast_signed(),
                        event.tool_call.as_ref().map(Masked::as_str),
                        Witnesses::default().with(event.witness).bits(),
                        links.source,
                        event.position.cast_signed(),
                        is_not_in(event),
                    ],
                    |row| row.get(0),
                )
                .optional()?,
        };
        let found = match found {
            None => self.same_hooked(links, event)?,
            found => found,
        };
        Ok(found.map(EventId::from_bytes))
    }

    /// When an earlier sighting of this event had an incomplete key, its row takes the full
    /// one. True when there was such a row.
    pub(super) fn adopt(&mut self, event: &Event<Masked>) -> rusqlite::Result<bool> {
        let Some(session) = event.session else { return Ok(false) };
        if event.incomplete_key || self.state.incomplete.is_empty() {
            return Ok(false);
        }
        let is_call = matches!(event.kind, Kind::ModelCall(_));
        if !is_call && is_aside(event) {
            return Ok(false);
        }
        let told = self.told_session(session)?;
        let told_in = Some(told.id);
        if !is_call && told.is_provisional {
            return Ok(false);
        }
        let session = self.session_of(session)?.id;
        let key = (session, event.kind.name().code(), event.content.0.cast_signed());
        let may_wait = self.state.incomplete.contains_key(&key);
        if !is_call && !may_wait && !self.may_wait_by_number(session, event) {
            return Ok(false);
        }
        let own = self.row(event.id)?;
        if own.as_ref().is_some_and(|row| row.complete) {
            return Ok(false);
        }
        let own = own.map(|row| row.seq);
        let waiting = match (self.waiting(&key, event, own)?, &event.kind) {
            (None, Kind::ModelCall(call)) if own.is_none() => {
                self.waiting_nearby([Some(session), told_in], event, call)?
            }
            (None, _) if own.is_none() => self.waiting_by_number(session, event)?,
            (found, _) => found,
        };
        let Some(seq) = waiting else { return Ok(false) };
        self.renamed(seq, event)?;
        Ok(true)
    }

    /// Takes the first row that waits for its full key; where a row has that already, `own`, it is
    /// that one and no other.
    fn waiting(
        &mut self,
        key: &(i64, u8, i64),
        event: &Event<Masked>,
        own: Option<i64>,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(rows) = self.state.incomplete.get(key) else { return Ok(None) };
        let mut chosen = None;
        for (index, seq) in rows.iter().enumerate() {
            let fits = match (&event.kind, own) {
                (_, Some(own)) => *seq == own,
                (Kind::ModelCall(call), None) => self.is_call(*seq, event, call)?,
                _ => event.content != ContentHash(0) && self.is_of_that_time(*seq, event)?,
            };
            if fits {
                chosen = Some(index);
                break;
            }
        }
        let Some(rows) = self.state.incomplete.get_mut(key) else { return Ok(None) };
        let seq = chosen.map(|index| rows.remove(index));
        if rows.is_empty() {
            self.state.incomplete.remove(key);
        }
        Ok(seq)
    }

    /// The complete call of the same session with the same tokens of which this witness has told
    /// nothing, or told at this very place; of several the one that is nearest in time.
    fn same_tokens(
        &self,
        links: &Links,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        let [input, cache_read, write_5m, write_1h, output, _] = state::tokens(&call.usage);
        self.conn
            .prepare_cached(
                "SELECT e.id FROM events e JOIN calls c USING (seq)
                 WHERE e.session IS ?1 AND e.kind = ?2 AND e.incomplete IS NULL
                     AND c.message <> '' AND (c.request IS NULL OR ?11 IS NULL OR c.request = ?11)
                     AND c.input = ?3 AND c.cache_read = ?4
                     AND c.cache_write_5m + c.cache_write_1h = ?5 AND c.output = ?6
                     AND e.thread IS NOT coalesce((SELECT id FROM names WHERE text = ?12), 0)
                     AND (e.witnesses & ?7 = 0 OR e.source = ?8 AND e.position = ?9
                         OR EXISTS (SELECT 1 FROM sightings s
                             WHERE s.event = e.seq AND s.source = ?8 AND s.position = ?9))
                 ORDER BY abs(e.at - ?10), e.seq LIMIT 1",
            )?
            .query_row(
                params![
                    links.session,
                    event.kind.name().code(),
                    input,
                    cache_read,
                    write_5m.saturating_add(write_1h),
                    output,
                    Witnesses::default().with(event.witness).bits(),
                    links.source,
                    event.position.cast_signed(),
                    event.at.as_micros(),
                    call.request.as_ref().map(Masked::as_str),
                    is_not_in(event),
                ],
                |row| row.get(0),
            )
            .optional()
    }

    /// The same for a witness that gave the call a session of its own, since nothing that it saw
    /// names the client's: a call of the same client at about the same time.
    fn same_tokens_nearby(
        &self,
        links: &Links,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        let Some(session) = links.session else { return Ok(None) };
        let [input, cache_read, write_5m, write_1h, output, _] = state::tokens(&call.usage);
        let at = event.at.as_micros();
        let mut statement = self.conn.prepare_cached(
            "SELECT e.id, e.session, e.told_in FROM events e JOIN calls c USING (seq)
             WHERE e.at BETWEEN ?1 - ?2 AND ?1 + ?2 AND e.kind = ?3 AND e.incomplete IS NULL
                 AND c.message <> '' AND (c.request IS NULL OR ?11 IS NULL OR c.request = ?11)
                 AND c.input = ?4 AND c.cache_read = ?5
                 AND c.cache_write_5m + c.cache_write_1h = ?6 AND c.output = ?7
                 AND e.thread IS NOT coalesce((SELECT id FROM names WHERE text = ?12), 0)
                 AND (e.witnesses & ?8 = 0 OR EXISTS (SELECT 1 FROM sightings s
                     WHERE s.event = e.seq AND s.source = ?9 AND s.position = ?10))
             ORDER BY abs(e.at - ?1), e.seq",
        )?;
        let mut rows = statement.query(params![
            at,
            NEARBY,
            event.kind.name().code(),
            input,
            cache_read,
            write_5m.saturating_add(write_1h),
            output,
            Witnesses::default().with(event.witness).bits(),
            links.source,
            event.position.cast_signed(),
            call.request.as_ref().map(Masked::as_str),
            is_not_in(event),
        ])?;
        while let Some(row) = rows.next()? {
            let theirs = [row.get(1)?, row.get(2)?];
            if self.may_be_one([Some(session), links.told_in], theirs)? {
                return Ok(Some(row.get(0)?));
            }
        }
        Ok(None)
    }

    /// Takes the waiting call of the same client that is nearest in time: of the same request,
    /// whatever its session, or of the same tokens, where its session may be the same.
    fn waiting_nearby(
        &mut self,
        ours: [Option<i64>; 2],
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<Option<i64>> {
        let [input, cache_read, write_5m, write_1h, output, _] = state::tokens(&call.usage);
        let kind = event.kind.name().code();
        let found = {
            let mut statement = self.conn.prepare_cached(
                "SELECT e.seq, e.session, e.content, e.told_in, coalesce(c.request = ?9, 0)
                 FROM events e JOIN calls c USING (seq)
                 WHERE e.at BETWEEN ?1 - ?2 AND ?1 + ?2 AND e.kind = ?3 AND e.incomplete = 1
                     AND c.message = '' AND (c.request = ?9 OR (c.request IS NULL OR ?9 IS NULL)
                         AND c.input = ?4 AND c.cache_read = ?5
                         AND c.cache_write_5m + c.cache_write_1h = ?6 AND c.output = ?7
                         AND e.witnesses & ?10 = 0)
                     AND e.witnesses & ?8 = 0
                 ORDER BY abs(e.at - ?1), e.seq",
            )?;
            let mut rows = statement.query(params![
                event.at.as_micros(),
                NEARBY,
                kind,
                input,
                cache_read,
                write_5m.saturating_add(write_1h),
                output,
                Witnesses::default().with(event.witness).bits(),
                call.request.as_ref().map(Masked::as_str),
                tell_no(event),
            ])?;
            let mut found = None;
            while let Some(row) = rows.next()? {
                let theirs: Option<i64> = row.get(1)?;
                let fits = match ours {
                    [Some(session), _] if row.get(4)? => self.is_same_client(session, theirs)?,
                    _ => self.may_be_one(ours, [theirs, row.get(3)?])?,
                };
                if fits {
                    found = Some((row.get::<_, i64>(0)?, theirs, row.get::<_, i64>(2)?));
                    break;
                }
            }
            found
        };
        let Some((seq, theirs, content)) = found else { return Ok(None) };
        let key = (theirs.unwrap_or_default(), kind, content);
        if let Some(rows) = self.state.incomplete.get_mut(&key) {
            rows.retain(|waiting| *waiting != seq);
            if rows.is_empty() {
                self.state.incomplete.remove(&key);
            }
        }
        Ok(Some(seq))
    }

    /// True when calls of these sessions, and those that they were told in, may be one: in the same
    /// session, or in two of one client of which one has a made up name. What clients name differs.
    fn may_be_one(
        &self,
        ours: [Option<i64>; 2],
        theirs: [Option<i64>; 2],
    ) -> rusqlite::Result<bool> {
        let ([Some(one), _], [Some(other), _]) = (ours, theirs) else { return Ok(false) };
        if one == other {
            return Ok(true);
        }
        if !self.is_same_client(one, Some(other))? {
            return Ok(false);
        }
        for session in ours.into_iter().chain(theirs).flatten() {
            if self.is_provisional(session)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True when both sessions are of one client.
    pub(super) fn is_same_client(&self, one: i64, other: Option<i64>) -> rusqlite::Result<bool> {
        let Some(other) = other else { return Ok(false) };
        Ok(self.whose(one)? == self.whose(other)?)
    }

    /// The client whose session it is.
    pub(super) fn whose(&self, session: i64) -> rusqlite::Result<Option<i64>> {
        let known = self.state.sessions.values().find(|known| known.id == session);
        if let Some(known) = known {
            return Ok(Some(known.client));
        }
        self.conn
            .prepare_cached("SELECT client FROM sessions WHERE id = ?")?
            .query_row([session], |row| row.get(0))
            .optional()
    }

    /// True when the waiting row `seq` is a sighting of `call`: of its answer or, where that is
    /// not known, of its tokens.
    fn is_call(
        &self,
        seq: i64,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<bool> {
        let [input, cache_read, write_5m, write_1h, output, _] = state::tokens(&call.usage);
        self.conn
            .prepare_cached(
                "SELECT message = ?2 OR message = '' AND (coalesce(request = ?7, 0)
                         OR (request IS NULL OR ?7 IS NULL) AND input = ?3 AND cache_read = ?4
                         AND cache_write_5m + cache_write_1h = ?5 AND output = ?6
                         AND e.witnesses & ?8 = 0)
                 FROM calls JOIN events e USING (seq) WHERE seq = ?1",
            )?
            .query_row(
                params![
                    seq,
                    call.message.as_str(),
                    input,
                    cache_read,
                    write_5m.saturating_add(write_1h),
                    output,
                    call.request.as_ref().map(Masked::as_str),
                    tell_no(event),
                ],
                |row| row.get(0),
            )
    }
}

/// Those who tell nothing of what the event is, as bits: no transcript tells what is beside the
/// conversation.
fn tell_no(event: &Event<Masked>) -> u16 {
    let none = Witnesses::default();
    if is_aside(event) { none.with(Witness::Transcript).bits() } else { none.bits() }
}
