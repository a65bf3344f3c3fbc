//! Sightings that say of a call nothing but its number: a client's telemetry tells the provider's id
//! of a request and not of its answer, and a tool call's id and neither its input nor the answer
//! that asked for it. They become one row with the sighting that says more, whichever comes first.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{ContentHash, Event, Kind, Masked, Witnesses, event::ModelCall};

use super::{Tx, event::Links, incomplete::NEARBY, state};

/// True for what is called by a number, a tool call or its result.
const fn has_number(event: &Event<Masked>) -> bool {
    matches!(event.kind, Kind::ToolCall(_) | Kind::ToolResult(_)) && event.tool_call.is_some()
}

impl Tx<'_> {
    /// The row of the same session and kind that has the number of an event which says no more.
    pub(super) fn same_number(
        &self,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        if !has_number(event) {
            return Ok(None);
        }
        self.conn
            .prepare_cached(
                "SELECT id FROM events
                 WHERE session IS ? AND kind = ? AND tool_call = ? AND conflicts_with IS NULL
                 ORDER BY incomplete IS NULL DESC, seq LIMIT 1",
            )?
            .query_row(
                params![
                    links.session,
                    event.kind.name().code(),
                    event.tool_call.as_ref().map(Masked::as_str),
                ],
                |row| row.get(0),
            )
            .optional()
    }

    /// True when a row of the session may wait that says nothing but the event's number.
    pub(super) fn may_wait_by_number(&self, session: i64, event: &Event<Masked>) -> bool {
        let key = (session, event.kind.name().code(), 0);
        has_number(event) && self.state.incomplete.contains_key(&key)
    }

    /// Takes the waiting row that said nothing but the event's number.
    pub(super) fn waiting_by_number(
        &mut self,
        session: i64,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<i64>> {
        if !self.may_wait_by_number(session, event) {
            return Ok(None);
        }
        let kind = event.kind.name().code();
        let found: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT seq FROM events
                 WHERE session = ?1 AND kind = ?2 AND tool_call = ?3 AND incomplete = 1
                     AND content IN (0, ?4) AND conflicts_with IS NULL
                 ORDER BY seq LIMIT 1",
            )?
            .query_row(
                params![
                    session,
                    kind,
                    event.tool_call.as_ref().map(Masked::as_str),
                    event.content.0.cast_signed(),
                ],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(seq) = found {
            self.waits_no_more((session, kind, ContentHash(0).0.cast_signed()), seq);
        }
        Ok(found)
    }

    /// A row has its whole key.
    pub(super) fn waits_no_more(&mut self, key: (i64, u8, i64), seq: i64) {
        if let Some(rows) = self.state.incomplete.get_mut(&key) {
            rows.retain(|waiting| *waiting != seq);
            if rows.is_empty() {
                self.state.incomplete.remove(&key);
            }
        }
    }

    /// The complete call of the same client, at about the same time, that was made by the same
    /// request.
    pub(super) fn same_request(
        &self,
        links: &Links,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        let (Some(session), Some(request)) = (links.session, &call.request) else {
            return Ok(None);
        };
        let mut statement = self.conn.prepare_cached(
            "SELECT e.id, e.session FROM events e JOIN calls c USING (seq)
             WHERE e.at BETWEEN ?1 - ?2 AND ?1 + ?2 AND e.kind = ?3 AND e.incomplete IS NULL
                 AND c.request = ?4
             ORDER BY abs(e.at - ?1), e.seq",
        )?;
        let mut rows = statement.query(params![
            event.at.as_micros(),
            NEARBY,
            event.kind.name().code(),
            request.as_str(),
        ])?;
        while let Some(row) = rows.next()? {
            let theirs: Option<i64> = row.get(1)?;
            if theirs == Some(session) || self.is_same_client(session, theirs)? {
                return Ok(Some(row.get(0)?));
            }
        }
        Ok(None)
    }

    /// The call of the same session and the same tokens that waits for its key as well, and that
    /// this witness has not told of: neither knows the answer's id.
    pub(super) fn same_waiting(
        &self,
        links: &Links,
        event: &Event<Masked>,
        call: &ModelCall<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        let [input, cache_read, write_5m, write_1h, output, _] = state::tokens(&call.usage);
        self.conn
            .prepare_cached(
                "SELECT e.id FROM events e JOIN calls c USING (seq)
                 WHERE e.session = ?1 AND e.kind = ?2 AND e.incomplete = 1 AND c.message = ''
                     AND (c.request IS NULL OR ?3 IS NULL OR c.request = ?3)
                     AND c.input = ?4 AND c.cache_read = ?5
                     AND c.cache_write_5m + c.cache_write_1h = ?6 AND c.output = ?7
                     AND abs(e.at - ?8) <= ?9 AND e.witnesses & ?10 = 0
                 ORDER BY abs(e.at - ?8), e.seq LIMIT 1",
            )?
            .query_row(
                params![
                    links.session,
                    event.kind.name().code(),
                    call.request.as_ref().map(Masked::as_str),
                    input,
                    cache_read,
                    write_5m.saturating_add(write_1h),
                    output,
                    event.at.as_micros(),
                    NEARBY,
                    Witnesses::default().with(event.witness).bits(),
                ],
                |row| row.get(0),
            )
            .optional()
    }
}
