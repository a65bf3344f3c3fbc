//! The feed of everything that happened, newest first, and what is new since a number.

use std::{collections::HashMap, str::FromStr as _};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{
    KindName, Outcome, SessionId, Severity, Timestamp, Witness,
    view::{Feed, FeedCursor, FeedQuery, FeedRow, MAX_ROWS},
};

use super::{
    Reader, count, cut, events, masked, question, telling,
    texts::{self, Body},
};
use crate::error::Error;

/// The beginning of an event's text, in characters.
const TEXT: usize = 240;

/// How many events one answer looks at by their time and kind, which an index has, and how many
/// whole rows it reads to filter by.
const LOOKED_AT: usize = 20_000;
const READ: usize = 4_000;

/// The kinds before this one fill the feed; each of the others is rare, and found by an index of
/// its own (`events_rare`).
const RARE: KindName = KindName::Process;

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

/// True when the process of this event is the last of its minute that [`folded`] would count, so
/// that its row stands for the others.
fn leads(conn: &Connection, seq: i64) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT in_call = 0 AND NOT EXISTS (
             SELECT 1 FROM processes o INDEXED BY processes_minute
             WHERE o.root_started = p.root_started AND o.root_pid = p.root_pid AND o.in_call = 0
                 AND o.started BETWEEN p.started AND p.started - p.started % 60000000 + 59999999
                 AND (o.started, o.seq) > (p.started, p.seq))
         FROM processes p WHERE p.seq = ?",
    )?
    .query_row([seq], |row| row.get(0))
    .optional()
    .map(|leads| leads.unwrap_or(true))
}

/// What a query lets through.
struct Sieve {
    kinds: Vec<KindName>,
    /// True when a row may stand for several processes.
    folds: bool,
    witness: Option<Witness>,
    outcomes: Option<Vec<Outcome>>,
    client: Option<String>,
    project: Option<String>,
    from: i64,
    /// The first place that is passed over is the one before this.
    before: FeedCursor,
}

/// What one pass found: places, newest first, and the last one looked at when there may be more.
type Pass = (Vec<FeedCursor>, Option<FeedCursor>);

impl Sieve {
    fn new(q: &FeedQuery) -> Result<Self, Error> {
        let kinds = match &q.kinds {
            Some(kinds) => question::list("kinds", kinds, KindName::ALL, KindName::as_str)?,
            None => {
                KindName::ALL.iter().copied().filter(|kind| *kind != KindName::System).collect()
            }
        };
        let witness = match &q.witness {
            Some(word) => Some(question::one("witness", word, Witness::ALL, Witness::as_str)?),
            None => None,
        };
        let outcomes = match &q.outcomes {
            Some(words) => Some(question::list("outcomes", words, Outcome::ALL, Outcome::as_str)?),
            None => None,
        };
        let end = q.to.map_or(i64::MAX, Timestamp::as_micros);
        // Everything at the very time `to` is left out, whatever its number.
        let mut before = FeedCursor { at: end, seq: i64::MIN };
        if let Some(given) = &q.before {
            let place = FeedCursor::from_str(given).map_err(|_| Error::Question {
                what: "before",
                given: given.clone(),
                expected: "a page's `next` as it was given".to_owned(),
            })?;
            if newest_first(&place, &before).is_gt() {
                before = place;
            }
        }
        let from = q.from.map_or(i64::MIN, Timestamp::as_micros);
        let folds = q.kinds.is_none();
        Ok(Self {
            kinds,
            folds,
            witness,
            outcomes,
            client: q.client.clone(),
            project: q.project.clone(),
            from,
            before,
        })
    }

    /// The places of one page, and where the next one begins.
    fn page(&self, conn: &Connection, limit: usize) -> rusqlite::Result<Pass> {
        let client = match &self.client {
            Some(client) => match number_of(conn, client)? {
                Some(number) => Some(number),
                None => return Ok(Pass::default()),
            },
            None => None,
        };
        let passes: Vec<Pass> = if self.kinds.iter().all(|kind| *kind >= RARE) {
            let mut kinds = self.kinds.clone();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
                .iter()
                .map(|kind| {
                    let sql = format!(
                        "SELECT at, seq, kind FROM events INDEXED BY events_rare
                         WHERE kind = {} AND kind > {} AND at BETWEEN ? AND ?
                         ORDER BY at DESC, seq DESC",
                        kind.code(),
                        RARE.code() - 1
                    );
                    self.pass(conn, &sql, client, limit)
                })
                .collect::<rusqlite::Result<_>>()?
        } else {
            let sql = "SELECT at, seq, kind FROM events INDEXED BY events_at
                       WHERE at BETWEEN ? AND ? ORDER BY at DESC, seq DESC";
            vec![self.pass(conn, sql, client, limit)?]
        };
        Ok(merged(passes, limit))
    }

    /// Goes through the rows of `sql`, newest first, until `limit` of them were let through or
    /// too many were looked at.
    fn pass(
        &self,
        conn: &Connection,
        sql: &str,
        client: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<Pass> {
        let mut wanted = [false; 256];
        for kind in &self.kinds {
            if let Some(slot) = wanted.get_mut(usize::from(kind.code())) {
                *slot = true;
            }
        }
        let mut rows_read = RowFilter {
            witness: self.witness,
            outcomes: self.outcomes.as_deref(),
            client,
            project: self.project.as_deref(),
            sessions: HashMap::new(),
            n: 0,
        };
        let mut found = Vec::new();
        let mut last = None;
        let mut looked_at = 0;
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.from, self.before.at])?;
        while let Some(row) = rows.next()? {
            let place = FeedCursor { at: row.get(0)?, seq: row.get(1)? };
            if !newest_first(&place, &self.before).is_gt() {
                continue;
            }
            if found.len() == limit || looked_at == LOOKED_AT || rows_read.n == READ {
                return Ok((found, last));
            }
            looked_at += 1;
            last = Some(place);
            let kind = row.get::<_, u8>(2)?;
            let is_wanted = wanted.get(usize::from(kind)) == Some(&true)
                && (!self.folds || kind != KindName::Process.code() || leads(conn, place.seq)?);
            if is_wanted && rows_read.lets_through(conn, place.seq)? {
                found.push(place);
            }
        }
        Ok((found, None))
    }
}

/// The newest `limit` places of all passes. What lies behind the end of a pass that stopped is
/// not known yet, and left to the next page.
fn merged(passes: Vec<Pass>, limit: usize) -> Pass {
    let stopped = passes.iter().filter_map(|(_, stopped)| *stopped).min_by(newest_first);
    let mut places: Vec<FeedCursor> = passes
        .into_iter()
        .flat_map(|(places, _)| places)
        .filter(|place| stopped.is_none_or(|end| newest_first(place, &end).is_le()))
        .collect();
    places.sort_unstable_by(newest_first);
    if places.len() <= limit {
        return (places, stopped);
    }
    places.truncate(limit);
    let next = places.last().copied();
    (places, next)
}

fn newest_first(a: &FeedCursor, b: &FeedCursor) -> std::cmp::Ordering {
    (b.at, b.seq).cmp(&(a.at, a.seq))
}

fn number_of(conn: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT id FROM names WHERE text = ?")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// What only the whole row can tell.
struct RowFilter<'a> {
    witness: Option<Witness>,
    outcomes: Option<&'a [Outcome]>,
    client: Option<i64>,
    project: Option<&'a str>,
    /// Which sessions are let through.
    sessions: HashMap<i64, bool>,
    n: usize,
}

impl RowFilter<'_> {
    fn lets_through(&mut self, conn: &Connection, seq: i64) -> rusqlite::Result<bool> {
        let asks_for_session = self.client.is_some() || self.project.is_some();
        if self.witness.is_none() && self.outcomes.is_none() && !asks_for_session {
            return Ok(true);
        }
        self.n += 1;
        let (witnesses, session, outcome, owner): (u16, Option<i64>, Option<u8>, Option<i64>) =
            conn.prepare_cached(
                "SELECT witnesses, session, outcome,
                     coalesce((SELECT client FROM processes WHERE seq = e.seq),
                         (SELECT client FROM flows WHERE seq = e.seq))
                 FROM events e WHERE seq = ?",
            )?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let seen = vigil_proto::Witnesses::from_bits(witnesses);
        if self.witness.is_some_and(|witness| !seen.contains(witness)) {
            return Ok(false);
        }
        let outcome = outcome.and_then(Outcome::from_code);
        if self.outcomes.is_some_and(|wanted| outcome.is_none_or(|o| !wanted.contains(&o))) {
            return Ok(false);
        }
        if !asks_for_session {
            return Ok(true);
        }
        let Some(session) = session else {
            return Ok(self.project.is_none() && owner == self.client);
        };
        if let Some(known) = self.sessions.get(&session) {
            return Ok(*known);
        }
        let is_wanted = conn
            .prepare_cached("SELECT client, cwd FROM sessions WHERE id = ?")?
            .query_row([session], |row| {
                let client: i64 = row.get(0)?;
                let cwd = row.get_ref(1)?.as_str_or_null()?;
                Ok(self.client.is_none_or(|wanted| client == wanted)
                    && self.project.is_none_or(|wanted| cwd == Some(wanted)))
            })?;
        self.sessions.insert(session, is_wanted);
        Ok(is_wanted)
    }
}
