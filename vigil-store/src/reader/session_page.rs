//! A page of the list of sessions. Filters, order and totals come from an index alone; only the
//! rows that are shown are read whole.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{
    report::SessionRow,
    view::{SessionFind, SessionPage, SessionQuery},
};

use super::{
    Reader, masked, names,
    question::{self, Conditions, Value},
    search::Query,
    sessions,
    texts::{self, Body},
};
use crate::error::Error;

/// How many hits in the content are looked at, the newest ones.
const HITS: usize = 2000;

impl Reader {
    /// The sessions that `q` lets through, newest first, a page of them.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn session_page(&self, q: &SessionQuery) -> Result<SessionPage, Error> {
        let words = question::words(q.q.as_deref())?;
        self.snapshot("list sessions", |conn| {
            let query = words.map(Query::parse).unwrap_or_default();
            let (hits, partial) = hits(conn, &query)?;
            let mut conditions = filter(q);
            if let Some(words) = words {
                mentions(&mut conditions, words, &hits);
            }
            let clause = conditions.clause();
            let total: i64 = conn
                .prepare_cached(&format!("SELECT count(*) FROM sessions s{clause}"))?
                .query_row(&*conditions.values(&[]), |row| row.get(0))?;
            let page =
                [Value::Number(question::rows(q.limit)), Value::Number(question::offset(q.offset))];
            let sql = format!(
                "SELECT s.id FROM sessions s{clause} ORDER BY s.last DESC, s.id DESC
                 LIMIT ? OFFSET ?"
            );
            let numbers: Vec<i64> = conn
                .prepare_cached(&sql)?
                .query_map(&*conditions.values(&page), |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let sessions: Vec<SessionRow> = numbers
                .iter()
                .map(|number| sessions::by_number(conn, *number))
                .collect::<rusqlite::Result<_>>()?;
            let found = numbers.iter().zip(&sessions);
            let found = found.filter_map(|(number, session)| Some((hits.get(number)?, session)));
            Ok(SessionPage {
                total: total.cast_unsigned(),
                offset: question::offset(q.offset).cast_unsigned(),
                finds: self.finds(conn, &query, found)?,
                sessions,
                partial,
            })
        })
    }

    /// The text around the hit in each of these sessions.
    fn finds<'a>(
        &self,
        conn: &Connection,
        query: &Query,
        found: impl Iterator<Item = (&'a i64, &'a SessionRow)>,
    ) -> rusqlite::Result<Vec<SessionFind>> {
        let mut finds = Vec::new();
        let mut wanted = Vec::new();
        let mut body = conn.prepare_cached("SELECT body FROM events WHERE seq = ?")?;
        for (seq, session) in found {
            wanted.push(body.query_row([seq], Body::read).optional()?.unwrap_or_default());
            finds.push(SessionFind { key: session.key, seq: *seq, snippet: masked(String::new()) });
        }
        let shown = texts::shown(conn, &mut self.bodies.borrow_mut(), &wanted, |_, text| {
            query.snippet(text)
        })?;
        for (find, snippet) in finds.iter_mut().zip(shown) {
            find.snippet = masked(snippet);
        }
        Ok(finds)
    }
}

fn filter(q: &SessionQuery) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.and(format!("s.id NOT IN {}", names::OTHERS), []);
    for (column, name) in [("s.client", &q.client), ("s.model", &q.model)] {
        if let Some(name) = name {
            let sql = format!("{column} = (SELECT id FROM names WHERE text = ?)");
            conditions.and(sql, [Value::Text(name.clone())]);
        }
    }
    if let Some(project) = &q.project {
        conditions.and("s.cwd = ?", [Value::Text(project.clone())]);
    }
    if q.findings == Some(true) {
        conditions.and("s.findings > 0", []);
    }
    if q.deleted == Some(true) {
        conditions.and("s.deleted IS NOT NULL", []);
    }
    if let Some(from) = q.from {
        conditions.and("s.last >= ?", [Value::Number(from.as_micros())]);
    }
    if let Some(to) = q.to {
        conditions.and("s.started < ?", [Value::Number(to.as_micros())]);
    }
    conditions
}

/// The words stand in what is known of the session, or in one of the events `hits` in it.
fn mentions(conditions: &mut Conditions, words: &str, hits: &HashMap<i64, i64>) {
    let pattern = || Value::Text(question::containing(words));
    let sessions: Vec<&i64> = hits.keys().collect();
    let sessions = serde_json::to_string(&sessions).unwrap_or_default();
    conditions.and(
        "(s.title LIKE ? ESCAPE '\\' OR s.cwd LIKE ? ESCAPE '\\' OR s.branch LIKE ? ESCAPE '\\'
          OR s.native LIKE ? ESCAPE '\\' OR s.id IN (SELECT value FROM json_each(?)))",
        [pattern(), pattern(), pattern(), pattern(), Value::Text(sessions)],
    );
}

/// The newest event with these words by session, and whether there were more than are looked at.
fn hits(conn: &Connection, query: &Query) -> rusqlite::Result<(HashMap<i64, i64>, bool)> {
    let mut hits = HashMap::new();
    let Some(expression) = query.expression() else { return Ok((hits, false)) };
    let mut session = conn.prepare_cached("SELECT session FROM events WHERE seq = ?")?;
    let mut statement =
        conn.prepare_cached("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC")?;
    let mut rows = statement.query([expression])?;
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        if looked_at == HITS {
            return Ok((hits, true));
        }
        looked_at += 1;
        let seq: i64 = row.get(0)?;
        let found: Option<Option<i64>> = session.query_row([seq], |row| row.get(0)).optional()?;
        if let Some(Some(session)) = found {
            hits.entry(session).or_insert(seq);
        }
    }
    Ok((hits, false))
}
