//! The feed of everything that happened, newest first, and what is new since a number.

use rusqlite::{Connection, Row, params};
use vigil_proto::{
    KindName, SessionId, Severity,
    view::{Feed, FeedQuery, FeedRow, MAX_ROWS},
};

use super::{
    Reader, count, cut, events, masked, question, telling,
    texts::{self, Body},
};
use crate::error::Error;

mod leads;
mod sieve;
mod walk;

use self::sieve::Sieve;

/// The beginning of an event's text, in characters.
const TEXT: usize = 240;

impl Reader {
    /// A page of what `q` lets through, newest first.
    ///
    /// # Errors
    /// [`Error::Question`] for a kind, a witness or a place that does not exist, or the database
    /// could not be read.
    pub fn feed(&self, q: &FeedQuery) -> Result<Feed, Error> {
        let sieve = Sieve::new(q)?;
        let limit = usize::try_from(question::rows(q.limit)).unwrap_or(0);
        self.snapshot("read the feed", |conn| {
            let (places, next) = sieve.page(conn, limit)?;
            let numbers: Vec<i64> = places.iter().map(|place| place.seq).collect();
            let next = next.map(|place| place.to_string());
            let mut events = self.rows(conn, &numbers)?;
            if sieve.folds {
                for row in events.iter_mut().filter(|row| row.event.kind == KindName::Process) {
                    row.processes = folded(conn, row.event.seq)?;
                }
            }
            Ok(Feed { events, next })
        })
    }

    /// At most `limit` events after the number `seq`, of every kind, in the order of numbers.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn feed_after(&self, seq: i64, limit: u64) -> Result<Vec<FeedRow>, Error> {
        let limit = i64::try_from(limit.min(MAX_ROWS)).unwrap_or(0);
        self.snapshot("read what is new", |conn| {
            let numbers: Vec<i64> = conn
                .prepare_cached("SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT ?")?
                .query_map([seq, limit], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            self.rows(conn, &numbers)
        })
    }

    fn rows(&self, conn: &Connection, numbers: &[i64]) -> rusqlite::Result<Vec<FeedRow>> {
        let sql = format!("{} WHERE e.seq = ?", events::COLUMNS);
        let mut statement = conn.prepare_cached(&sql)?;
        let (mut rows, mut bodies) = (Vec::new(), Vec::new());
        for seq in numbers {
            let (row, body) =
                statement.query_row([seq], |row| Ok((feed_row(row)?, Body::read(row)?)))?;
            rows.push(row);
            bodies.push(body);
        }
        let mut findings = conn.prepare_cached(
            "SELECT count(DISTINCT x.finding) AS n, max(f.severity) FILTER (WHERE f.state = 0)
             FROM finding_sightings x JOIN findings f ON f.id = x.finding WHERE x.event = ?",
        )?;
        let heads =
            texts::shown(conn, &mut self.bodies.borrow_mut(), &bodies, |number, text| match rows
                .get(number)
                .map(|row| row.event.kind)
            {
                Some(KindName::ToolCall) => telling::head(text, TEXT),
                _ => cut::head(text, TEXT).to_owned(),
            })?;
        for (row, head) in rows.iter_mut().zip(heads) {
            (row.findings, row.worst) = findings.query_row([row.event.seq], |row| {
                let worst = row.get::<_, Option<u8>>(1)?.and_then(Severity::from_code);
                Ok((count(row, "n")?, worst))
            })?;
            events::add_facts(conn, &mut row.event)?;
            if row.event.kind == KindName::ToolCall {
                row.processes = called(conn, row.event.seq)?;
            }
            if row.event.kind != KindName::ModelCall {
                row.event.text = Some(masked(head));
            }
        }
        Ok(rows)
    }
}

fn feed_row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    Ok(FeedRow {
        event: events::read(row)?,
        session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
        title: row.get::<_, Option<String>>("title")?.map(masked),
        project: row.get::<_, Option<String>>("cwd")?.map(masked),
        processes: 0,
        findings: 0,
        worst: None,
    })
}

/// Processes that this tool call started.
fn called(conn: &Connection, call: i64) -> rusqlite::Result<u64> {
    conn.prepare_cached(
        "SELECT count(*) AS n FROM events c JOIN events e
             ON e.session = c.session AND e.tool_call = c.tool_call
         WHERE c.seq = ? AND e.kind = ?",
    )?
    .query_row(params![call, KindName::Process.code()], |row| count(row, "n"))
}

/// Those that started under the same agent in the same minute as the process of this event, before
/// it and without a tool call.
fn folded(conn: &Connection, seq: i64) -> rusqlite::Result<u64> {
    conn.prepare_cached(
        "SELECT count(*) AS n FROM processes p JOIN processes o INDEXED BY processes_minute
             ON o.root_started = p.root_started AND o.root_pid = p.root_pid AND o.in_call = 0
             AND o.started BETWEEN p.started - p.started % 60000000 AND p.started
         WHERE p.seq = ?1 AND (o.started, o.seq) < (p.started, p.seq)",
    )?
    .query_row([seq], |row| count(row, "n"))
}
