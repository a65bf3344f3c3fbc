//! Events a page at a time, so that a long answer never lies in memory.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::{Connection, Row, ToSql, types::ValueRef};
use serde_json::{Value, json};
use vigil_proto::{
    EventId, KindName, Masked, Outcome, Timestamp, Usage, Witnesses,
    event::ProcessRef,
    report::{EventFilter, EventRow, UsageFigures},
};

use super::{Reader, label, masked, prefix_end, word};
use crate::{body::Unpacker, error::Error};

mod facts;

/// The columns that [`read`] takes, and those of the session that lists show beside an event. In a sub-agent's thread, the turn is the one that started
/// it, where that is known.
pub(super) const COLUMNS: &str =
    "SELECT e.seq, e.id, e.at, e.seen_at, e.kind, e.witnesses, e.tool_call,
        e.outcome, e.body, e.detail, e.conflicts_with,
        CASE WHEN e.outcome = 2 THEN (SELECT s.denied_by FROM sightings s
            WHERE s.event = e.seq AND s.denied_by IS NOT NULL
            ORDER BY s.witness, s.source LIMIT 1) END AS denied_by, client.text AS client,
        s.native AS session, thread.text AS thread, name.text AS name,
        coalesce(began.number, t.number) AS turn, s.key AS session_key, s.title, s.cwd
    FROM events e
        LEFT JOIN sessions s ON s.id = e.session
        LEFT JOIN names client ON client.id = s.client
        LEFT JOIN names thread ON thread.id = e.thread
        LEFT JOIN names name ON name.id = e.name
        LEFT JOIN turns t ON t.id = e.turn
        LEFT JOIN subagents a ON a.session = e.session AND a.thread = e.thread
        LEFT JOIN turns began ON began.id = a.start_turn";

/// Events that are read from one state of the database, and how much text ends that sooner.
const PAGE: usize = 128;
const PAGE_BYTES: usize = 1024 * 1024;

impl Reader {
    /// Calls `each` with every event that `filter` lets through: by time, or by number when the
    /// filter has `after_seq`. Which events these are is decided at the beginning; holds no lock
    /// and no state of the database while `each` runs.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn events(
        &self,
        filter: &EventFilter,
        mut each: impl FnMut(EventRow) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (sql, params) = question(filter);
        let values: Vec<&dyn ToSql> = params.iter().map(|value| &**value).collect();
        // Whoever is told may take as long as he likes; a state of the database that is held
        // meanwhile would let the WAL grow without end. So only the numbers are taken at once.
        let numbers: Vec<i64> = self.snapshot("list events", |conn| {
            conn.prepare_cached(&sql)?.query_map(&*values, |row| row.get(0))?.collect()
        })?;
        let mut rest = numbers.as_slice();
        while !rest.is_empty() {
            let page = self.page(rest, filter.with_text)?;
            rest = rest.get(page.len()..).unwrap_or_default();
            for event in page.into_iter().flatten() {
                if each(event).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The first of these events, at least one and about [`PAGE_BYTES`] of text at most. None
    /// for those that were deleted since.
    fn page(&self, numbers: &[i64], with_text: bool) -> Result<Vec<Option<EventRow>>, Error> {
        let sql = format!("{COLUMNS} WHERE e.seq = ?");
        self.snapshot("list events", |conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let mut page = Vec::new();
            let mut bytes = 0;
            for seq in numbers.iter().take(PAGE) {
                let mut rows = statement.query([seq])?;
                let event = match rows.next()? {
                    None => None,
                    Some(row) => Some(self.event(conn, row, with_text)?),
                };
                let text = event.as_ref().and_then(|event| event.text.as_ref());
                bytes += text.map_or(0, |text| text.as_str().len());
                page.push(event);
                if bytes >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }

    fn event(
        &self,
        conn: &Connection,
        row: &Row<'_>,
        with_text: bool,
    ) -> rusqlite::Result<EventRow> {
        let mut event = read(row)?;
        if with_text {
            let mut bodies = self.bodies.borrow_mut();
            event.text = text(conn, &mut bodies, row)?.map(masked);
        }
        add_facts(conn, &mut event)?;
        Ok(event)
    }
}

fn question(filter: &EventFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let mut conditions = Vec::new();
    let mut params: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(session) = &filter.session {
        conditions.push(
            "e.session IN (SELECT coalesce(a.session, s.id) FROM sessions s
                 LEFT JOIN aliases a ON a.provisional = s.id
             WHERE s.native >= ? AND s.native < ?)",
        );
        params.push(Box::new(session.clone()));
        params.push(Box::new(prefix_end(session)));
    }
    if let Some(key) = filter.key {
        conditions.push(
            "e.session IN (SELECT coalesce(a.session, s.id) FROM sessions s
                 LEFT JOIN aliases a ON a.provisional = s.id
             WHERE s.key = ?)",
        );
        params.push(Box::new(key.as_bytes().to_vec()));
    }
    if let Some(kind) = filter.kind {
        conditions.push("e.kind = ?");
        params.push(Box::new(kind.code()));
    }
    if let Some(since) = filter.since {
        conditions.push("e.at >= ?");
        params.push(Box::new(since.as_micros()));
    }
    if let Some(after) = filter.after_seq {
        conditions.push("e.seq > ?");
        params.push(Box::new(after));
    }
    let mut sql = "SELECT e.seq FROM events e".to_owned();
    if !conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&conditions.join(" AND "));
    }
    sql.push_str(if filter.after_seq.is_some() {
        " ORDER BY e.seq"
    } else {
        " ORDER BY e.at, e.id"
    });
    if let Some(limit) = filter.limit {
        sql.push_str(" LIMIT ?");
        params.push(Box::new(i64::try_from(limit).unwrap_or(i64::MAX)));
    }
    (sql, params)
}

/// One event by its id, without its text.
pub(super) fn by_id(conn: &Connection, id: &[u8]) -> rusqlite::Result<EventRow> {
    let sql = format!("{COLUMNS} WHERE e.id = ?");
    let mut event = conn.prepare_cached(&sql)?.query_row([id], read)?;
    add_facts(conn, &mut event)?;
    Ok(event)
}

/// One event by its number, with its text; none when it was pruned.
pub(super) fn by_seq(
    conn: &Connection,
    bodies: &mut Unpacker,
    seq: i64,
) -> rusqlite::Result<Option<EventRow>> {
    let sql = format!("{COLUMNS} WHERE e.seq = ?");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([seq])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut event = read(row)?;
    event.text = text(conn, bodies, row)?.map(masked);
    Ok(Some(event))
}

/// The text of a row that has a column `body`.
fn text(
    conn: &Connection,
    bodies: &mut Unpacker,
    row: &Row<'_>,
) -> rusqlite::Result<Option<String>> {
    match row.get_ref("body")? {
        ValueRef::Integer(hash) => bodies.text(conn, hash),
        ValueRef::Text(text) => Ok(str::from_utf8(text).ok().map(str::to_owned)),
        _ => Ok(None),
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let text = |column: &str| -> rusqlite::Result<Option<Masked>> {
        Ok(row.get::<_, Option<String>>(column)?.map(label))
    };
    let mut detail: BTreeMap<String, Value> = row
        .get::<_, Option<String>>("detail")?
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default();
    if let Some(by) = row.get::<_, Option<String>>("denied_by")? {
        detail.entry("denied_by".to_owned()).or_insert_with(|| by.into());
    }
    let process: Option<ProcessRef> =
        detail.remove("process").and_then(|value| serde_json::from_value(value).ok());
    Ok(EventRow {
        id: EventId::from_bytes(row.get("id")?),
        seq: row.get("seq")?,
        at: Timestamp::from_micros(row.get("at")?),
        seen_at: Timestamp::from_micros(row.get("seen_at")?),
        kind: word(row.get("kind")?, KindName::from_code)?,
        client: row.get("client")?,
        session: text("session")?,
        thread: text("thread")?,
        turn: row.get::<_, Option<i64>>("turn")?.map(i64::cast_unsigned),
        tool_call: text("tool_call")?,
        name: text("name")?,
        outcome: row.get::<_, Option<u8>>("outcome")?.and_then(Outcome::from_code),
        witnesses: Witnesses::from_bits(row.get("witnesses")?)
            .iter()
            .map(|witness| witness.as_str().to_owned())
            .collect(),
        process,
        conflicts_with: row.get::<_, Option<[u8; 16]>>("conflicts_with")?.map(EventId::from_bytes),
        text: None,
        detail,
    })
}

/// What other tables know of a model call, a process or a connection.
pub(super) fn add_facts(conn: &Connection, event: &mut EventRow) -> rusqlite::Result<()> {
    match event.kind {
        KindName::ModelCall => add_call(conn, event),
        KindName::Process => facts::add_process(conn, event),
        KindName::Connection => facts::add_flow(conn, event),
        _ => Ok(()),
    }
}

/// What `calls` knows of a model call.
fn add_call(conn: &Connection, event: &mut EventRow) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT c.*, n.text AS provider_name FROM calls c JOIN names n ON n.id = c.provider
         WHERE c.seq = ?",
    )?;
    let mut rows = statement.query([event.seq])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let n = |column: &str| super::count(row, column);
    let usage = Usage {
        input: n("input")?,
        cache_read: n("cache_read")?,
        cache_write_5m: n("cache_write_5m")?,
        cache_write_1h: n("cache_write_1h")?,
        output: n("output")?,
        reasoning: n("reasoning")?,
    };
    let cost: Option<i64> = row.get("cost")?;
    let estimated = row.get::<_, Option<bool>>("estimated")?.unwrap_or(false);
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            event.detail.insert(name.to_owned(), value);
        }
    };
    put("usage", json!(UsageFigures::new(1, usage, cost.unwrap_or(0), estimated)));
    for name in ["message", "request", "stop_reason"] {
        put(name, json!(row.get::<_, Option<String>>(name)?.map(label)));
    }
    put("provider", json!(row.get::<_, String>("provider_name")?));
    for name in ["latency_us", "first_byte_us", "status"] {
        put(name, json!(row.get::<_, Option<i64>>(name)?));
    }
    if let Some(others) = row.get::<_, Option<String>>("others")? {
        put("other_usage", serde_json::from_str(&others).unwrap_or(Value::Null));
    }
    Ok(())
}
