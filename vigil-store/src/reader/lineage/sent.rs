//! With which model call a place's text went: what was asked or given back goes with the call that
//! follows, what was answered came with the call before.

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{EventId, KindName, Timestamp, Witness, event::Way, view::SentWith};

use super::{super::label, Place};

/// A flow is numbered by the nanosecond in which it began, its event has that time but for the
/// moment between; so far around it one looks, in microseconds.
const AROUND: i64 = 60 * 1_000_000;

/// So far from a place its call is looked for by time, in microseconds: most are near.
const NEAR: i64 = 10 * 60 * 1_000_000;

/// A model call: its provider, its time, its event.
type Call = (String, i64, EventId);

/// The calls of the sessions and threads of which some call is not near: all of one, by time, so
/// that however many places it has, its events are looked through once.
#[derive(Default)]
pub(super) struct Calls(HashMap<(i64, Option<i64>), Vec<Call>>);

impl Calls {
    /// With which call the text of `place` went.
    pub(super) fn sent(
        &mut self,
        conn: &Connection,
        place: &Place,
    ) -> rusqlite::Result<Option<SentWith>> {
        let written = match place.kind {
            KindName::Prompt | KindName::ToolResult => false,
            KindName::Response | KindName::Thinking | KindName::ToolCall => true,
            // What the client tells the model: on record from a request alone. Other notes of the
            // client's own may never be sent.
            KindName::System if place.is_proxied() => false,
            _ => return Ok(None),
        };
        let call = self.call(conn, place, written)?;
        let flow = if place.is_proxied() { flow_of(conn, place.seq)? } else { None };
        let host = flow.map(|flow| host_of(conn, flow)).transpose()?.flatten();
        let (provider, at, id) = match (call, &host) {
            (Some((provider, at, id)), _) => (provider, at, Some(id)),
            // The answer may not have come yet, or never.
            (None, Some(host)) => (host.clone(), place.at, None),
            (None, None) => return Ok(None),
        };
        Ok(Some(SentWith {
            provider: label(provider),
            host: host.map(label),
            at: Timestamp::from_micros(at),
            call: id,
            written,
            seen: place.is_proxied(),
        }))
    }

    /// The call of the same session and thread: the next one, or with `before` the last one that
    /// began no later.
    fn call(
        &mut self,
        conn: &Connection,
        place: &Place,
        before: bool,
    ) -> rusqlite::Result<Option<Call>> {
        let Some(session) = place.session else { return Ok(None) };
        let calls = match self.0.entry((session, place.thread)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let near = near(conn, place, session, before)?;
                if near.is_some() {
                    return Ok(near);
                }
                unknown.insert(all(conn, session, place.thread)?)
            }
        };
        let later = calls.partition_point(
            |(_, at, _)| {
                if before { *at <= place.at } else { *at < place.at }
            },
        );
        let found = if before { later.checked_sub(1) } else { Some(later) };
        Ok(found.and_then(|found| calls.get(found)).cloned())
    }
}

/// The same within some minutes. The time leads there: a session may have ten thousand events.
fn near(
    conn: &Connection,
    place: &Place,
    session: i64,
    before: bool,
) -> rusqlite::Result<Option<Call>> {
    let sql = if before {
        "SELECT p.text, e.at, e.id FROM events e JOIN calls c ON c.seq = e.seq
             JOIN names p ON p.id = c.provider
         WHERE e.at BETWEEN ?1 - ?5 AND ?1
             AND +e.kind = ?3 AND +e.session = ?2 AND e.thread IS ?4
         ORDER BY e.at DESC LIMIT 1"
    } else {
        "SELECT p.text, e.at, e.id FROM events e JOIN calls c ON c.seq = e.seq
             JOIN names p ON p.id = c.provider
         WHERE e.at BETWEEN ?1 AND ?1 + ?5
             AND +e.kind = ?3 AND +e.session = ?2 AND e.thread IS ?4
         ORDER BY e.at LIMIT 1"
    };
    conn.prepare_cached(sql)?
        .query_row(params![place.at, session, KindName::ModelCall.code(), place.thread, NEAR], read)
        .optional()
}

/// All calls of a session's thread, by time.
fn all(conn: &Connection, session: i64, thread: Option<i64>) -> rusqlite::Result<Vec<Call>> {
    conn.prepare_cached(
        "SELECT p.text, e.at, e.id FROM events e CROSS JOIN calls c ON c.seq = e.seq
             JOIN names p ON p.id = c.provider
         WHERE e.session = ?1 AND +e.kind = ?2 AND e.thread IS ?3
         ORDER BY +e.at, +e.seq",
    )?
    .query_map(params![session, KindName::ModelCall.code(), thread], read)?
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Call> {
    Ok((row.get(0)?, row.get(1)?, EventId::from_bytes(row.get(2)?)))
}

/// The number of the proxy's flow that the event was read from.
fn flow_of(conn: &Connection, seq: i64) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached(
        "SELECT e.position FROM events e JOIN sources s ON s.id = e.source
         WHERE e.seq = ?1 AND s.witness = ?2
         UNION ALL
         SELECT position FROM sightings WHERE event = ?1 AND witness = ?2
         LIMIT 1",
    )?
    .query_row(params![seq, Witness::Proxy.code()], |row| row.get(0))
    .optional()
}

/// The host that this flow of the proxy's went to, while the connection is on record.
fn host_of(conn: &Connection, flow: i64) -> rusqlite::Result<Option<String>> {
    let began = flow / 1000;
    conn.prepare_cached(
        "SELECT n.text FROM events e JOIN names n ON n.id = e.name
             JOIN flows f ON f.seq = e.seq
         WHERE e.kind = ?1 AND e.at BETWEEN ?2 AND ?3 AND f.way = ?4
             AND ((e.position = ?5 AND EXISTS (
                     SELECT 1 FROM sources s WHERE s.id = e.source AND s.witness = ?6))
                 OR EXISTS (SELECT 1 FROM sightings x
                     WHERE x.event = e.seq AND x.witness = ?6 AND x.position = ?5))
         LIMIT 1",
    )?
    .query_row(
        params![
            KindName::Connection.code(),
            began.saturating_sub(AROUND),
            began.saturating_add(AROUND),
            Way::Decrypted.code(),
            flow,
            Witness::Proxy.code(),
        ],
        |row| row.get(0),
    )
    .optional()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use vigil_proto::{EventId, KindName, Witnesses};

    use super::{Calls, NEAR, Place};

    fn prompt(seq: i64, at: i64) -> Place {
        Place {
            seq,
            id: EventId::from_bytes([0; 16]),
            at,
            kind: KindName::Prompt,
            witnesses: Witnesses::default(),
            session: Some(1),
            session_key: None,
            thread: None,
            outcome: None,
            name: None,
            body: crate::reader::texts::Body::default(),
        }
    }

    /// Only what is asked of these tables is in them.
    fn tables() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT);
             CREATE TABLE calls (seq INTEGER PRIMARY KEY, provider INTEGER);
             CREATE TABLE events (seq INTEGER PRIMARY KEY, id BLOB, at INTEGER, kind INTEGER,
                 session INTEGER, thread INTEGER, tool_call TEXT);
             CREATE INDEX events_session ON events (session, tool_call);
             CREATE INDEX events_at ON events (at, kind);
             INSERT INTO names VALUES (1, 'anthropic');",
        )
        .unwrap();
        for (seq, at) in [(1, 0), (2, 10 * NEAR), (3, 20 * NEAR)] {
            let kind = KindName::ModelCall.code();
            conn.execute("INSERT INTO calls VALUES (?, 1)", [seq]).unwrap();
            let values = rusqlite::params![seq, [u8::try_from(seq).unwrap(); 16], at, kind];
            conn.execute("INSERT INTO events VALUES (?, ?, ?, ?, 1, NULL, NULL)", values).unwrap();
        }
        conn
    }

    #[test]
    fn a_sessions_events_are_looked_through_once_however_many_places_it_has() {
        let (conn, mut calls) = (tables(), Calls::default());
        let mut at = |conn: &Connection, seq, place| {
            calls.sent(conn, &prompt(seq, place)).unwrap().map(|sent| sent.at.as_micros())
        };

        assert_eq!(at(&conn, 11, 2 * NEAR), Some(10 * NEAR));
        conn.execute_batch("DELETE FROM events").unwrap();

        let why = "the database was asked again";
        assert_eq!(at(&conn, 12, 3 * NEAR), Some(10 * NEAR), "{why}");
        assert_eq!(at(&conn, 13, 10 * NEAR), Some(10 * NEAR), "{why}");
        assert_eq!(at(&conn, 14, 12 * NEAR), Some(20 * NEAR), "{why}");
        assert_eq!(at(&conn, 15, 21 * NEAR), None);
    }

    #[test]
    fn what_is_near_is_found_without_looking_through_its_session() {
        let (conn, mut calls) = (tables(), Calls::default());

        let sent = calls.sent(&conn, &prompt(11, 20 * NEAR - 1)).unwrap().unwrap();

        assert_eq!(sent.at.as_micros(), 20 * NEAR);
        assert!(calls.0.is_empty());
    }
}
