//! What a stretch of time amounts to. Whole quarters of an hour come from the rollups, what is
//! left at both ends from the events themselves, so that the figures are exact to the
//! microsecond without going through every event.

use std::ops::Range;

use rusqlite::{Connection, params};
use vigil_proto::{
    KindName, Outcome, Severity, Timestamp, Triage,
    view::{Counts, Digest},
};

use super::{
    Reader, count, numbers,
    usage::{self, Sum},
    word,
};
use crate::error::Error;

/// Microseconds in a quarter of an hour.
const QUARTER: i64 = usage::QUARTER * 1_000_000;

impl Reader {
    /// What happened from `from` to before `to`.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn digest(&self, from: Timestamp, to: Timestamp) -> Result<Digest, Error> {
        let span = from.as_micros()..to.as_micros().max(from.as_micros());
        self.snapshot("sum up a stretch of time", |conn| {
            let mut digest = Digest { from, to, ..Digest::default() };
            let mut usage = Sum::default();
            let (quarters, ends) = parts(&span);
            add_quarters(conn, &quarters, &mut digest, &mut usage)?;
            for end in ends {
                add_events(conn, &end, &mut digest, &mut usage)?;
            }
            digest.usage = usage.figures();
            let (start, end) = (span.start, span.end);
            digest.sessions = one(
                conn,
                "SELECT count(*) FROM sessions WHERE last >= ?1 AND started < ?2",
                [start, end],
            )?;
            digest.findings = findings(conn, &span)?;
            digest.files_written = files_written(conn, &span)?;
            Ok(digest)
        })
    }
}

/// The whole quarters within `span`, and what is left at its ends in microseconds.
fn parts(span: &Range<i64>) -> (Range<i64>, Vec<Range<i64>>) {
    let first = span.start.div_euclid(QUARTER) + i64::from(span.start.rem_euclid(QUARTER) > 0);
    let last = span.end.div_euclid(QUARTER);
    if first >= last {
        return (0..0, vec![span.clone()]);
    }
    (first..last, vec![span.start..first * QUARTER, last * QUARTER..span.end])
}

fn one(conn: &Connection, sql: &str, values: [i64; 2]) -> rusqlite::Result<u64> {
    conn.prepare_cached(sql)?.query_row(values, |row| row.get(0)).map(i64::cast_unsigned)
}

fn add_quarters(
    conn: &Connection,
    quarters: &Range<i64>,
    digest: &mut Digest,
    usage: &mut Sum,
) -> rusqlite::Result<()> {
    let range = params![quarters.start, quarters.end];
    let mut statement = conn.prepare_cached(
        "SELECT kind, sum(n) AS n FROM activity WHERE quarter >= ? AND quarter < ? GROUP BY kind",
    )?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        match word(row.get(0)?, KindName::from_code)? {
            KindName::Prompt => digest.prompts += count(row, "n")?,
            KindName::Gap => digest.gaps += count(row, "n")?,
            _ => {}
        }
    }
    conn.prepare_cached(
        "SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(failed), 0) AS failed,
             coalesce(sum(denied), 0) AS denied
         FROM tool_usage WHERE quarter >= ? AND quarter < ?",
    )?
    .query_row(range, |row| {
        digest.tool_calls += count(row, "calls")?;
        digest.failed += count(row, "failed")?;
        digest.denied += count(row, "denied")?;
        Ok(())
    })?;
    let sql = format!("SELECT {} FROM usage u WHERE quarter >= ? AND quarter < ?", usage::SUMS);
    let sum = conn.prepare_cached(&sql)?.query_row(range, |row| match row.get(0)? {
        Some::<i64>(_) => Sum::read(row),
        None => Ok(Sum::default()),
    })?;
    usage.add(sum);
    Ok(())
}

/// At most a quarter of an hour's.
fn add_events(
    conn: &Connection,
    span: &Range<i64>,
    digest: &mut Digest,
    usage: &mut Sum,
) -> rusqlite::Result<()> {
    let range = params![span.start, span.end];
    let mut statement = conn.prepare_cached(
        "SELECT kind, outcome, conflicts_with IS NOT NULL FROM events WHERE at >= ? AND at < ?",
    )?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        match word(row.get(0)?, KindName::from_code)? {
            KindName::Prompt => digest.prompts += 1,
            KindName::Gap => digest.gaps += 1,
            KindName::ToolCall if !row.get::<_, bool>(2)? => {
                let outcome = row.get::<_, Option<u8>>(1)?.and_then(Outcome::from_code);
                digest.tool_calls += 1;
                digest.failed += u64::from(outcome == Some(Outcome::Failed));
                digest.denied += u64::from(outcome == Some(Outcome::Denied));
            }
            _ => {}
        }
    }
    let mut statement = conn.prepare_cached(
        "SELECT 1 AS calls, c.input, c.cache_read, c.cache_write_5m, c.cache_write_1h, c.output,
             c.reasoning, coalesce(c.cost, 0) AS cost, coalesce(c.estimated, 0) AS estimated
         FROM events e JOIN calls c USING (seq) WHERE e.at >= ? AND e.at < ?",
    )?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        usage.add(Sum::read(row)?);
    }
    Ok(())
}

fn findings(conn: &Connection, span: &Range<i64>) -> rusqlite::Result<Counts> {
    let mut counts = Counts::new();
    let mut statement = conn.prepare_cached(
        "SELECT severity, count(*) AS n FROM findings
         WHERE state = ? AND at >= ? AND at < ? GROUP BY severity",
    )?;
    let mut rows = statement.query(params![Triage::Open.code(), span.start, span.end])?;
    while let Some(row) = rows.next()? {
        let severity = word(row.get(0)?, Severity::from_code)?;
        counts.insert(severity.as_str().to_owned(), count(row, "n")?);
    }
    Ok(counts)
}

/// Files whose last writing call was within `span`: of those written later, it was not.
fn files_written(conn: &Connection, span: &Range<i64>) -> rusqlite::Result<u64> {
    let mut written = numbers::Hashes::default();
    let mut n = 0;
    let mut statement = conn.prepare_cached(
        "SELECT path, at FROM touched WHERE at >= ? AND written ORDER BY at DESC, seq DESC",
    )?;
    let mut rows = statement.query([span.start])?;
    while let Some(row) = rows.next()? {
        if written.insert(row.get(0)?) {
            n += u64::from(row.get::<_, i64>(1)? < span.end);
        }
    }
    Ok(n)
}
