//! Tokens, cost and tools over time, added up from the quarters of an hour that the writer keeps.
//! Never looks at events.

use std::{cmp::Reverse, collections::HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    Masked, Timestamp,
    report::UsageRow,
    view::{Analytics, AnalyticsBy, AnalyticsQuery, Point, Series, ToolRow},
};

use super::{
    Reader, count, masked,
    usage::{self, QUARTER, Sum},
};
use crate::error::Error;

mod buckets;
mod scope;

use self::{buckets::Buckets, scope::Scope};

/// What is added up when nothing is said: the last 30 days, in seconds.
const SPAN: i64 = 30 * 86_400;

/// Lines of a chart; whatever is beyond is one more.
const SERIES: usize = 8;

/// Rows of a table at most.
const ROWS: usize = 100;

/// Sums by the number of a word.
type Sums = HashMap<usize, Sum>;

impl Reader {
    /// Adds up what `q` asks for. Buckets of a day and more are those of the time zone `zone`, an
    /// IANA name or an offset such as `+02:00`.
    ///
    /// # Errors
    /// The time zone is not known, or the database could not be read.
    pub fn analytics(
        &self,
        q: &AnalyticsQuery,
        zone: &str,
        now: Timestamp,
    ) -> Result<Analytics, Error> {
        let tz = usage::time_zone(zone)?;
        self.snapshot("add up usage over time", |conn| {
            let first = first(conn)?;
            let (from, to) = range(q, now, first);
            let buckets = Buckets::new(from, to, &tz);
            let mut scope = Scope::new(conn, q);
            let mut sums = [Sums::new(), Sums::new(), Sums::new()];
            let by = match q.by.unwrap_or_default() {
                AnalyticsBy::Model => 0,
                AnalyticsBy::Client => 1,
                AnalyticsBy::Project => 2,
            };
            let mut lines: HashMap<usize, Vec<Sum>> = HashMap::new();
            let (mut total, mut before) = (Sum::default(), Sum::default());
            let mut statement = conn.prepare_cached(
                "SELECT quarter, session, model, calls, input, cache_read, cache_write_5m,
                     cache_write_1h, output, reasoning, cost, estimated
                 FROM usage WHERE quarter >= ? AND quarter < ?",
            )?;
            let [begin, start, end] =
                [from - (to - from), from, to].map(|second| second.div_euclid(QUARTER));
            let mut rows = statement.query(params![begin, end])?;
            while let Some(row) = rows.next()? {
                let quarter: i64 = row.get(0)?;
                let Some(words) = scope.usage(row.get(1)?, row.get(2)?)? else { continue };
                let sum = Sum::read(row)?;
                if quarter < start {
                    before.add(sum);
                    continue;
                }
                total.add(sum);
                for (sums, word) in sums.iter_mut().zip(words) {
                    sums.entry(word).or_default().add(sum);
                }
                let line = words.get(by).copied().unwrap_or_default();
                let line =
                    lines.entry(line).or_insert_with(|| vec![Sum::default(); buckets.starts.len()]);
                if let Some(point) = line.get_mut(buckets.of(quarter * QUARTER)) {
                    point.add(sum);
                }
            }
            let tools = tools(conn, &mut scope, start, end)?;
            let order = sums.get(by).map(dearest_first).unwrap_or_default();
            let [models, clients, projects] = sums.map(|sums| table(&sums, &scope));
            Ok(Analytics {
                from: at(from),
                to: at(to),
                time_zone: tz.iana_name().map_or_else(|| zone.to_owned(), str::to_owned),
                step: buckets.step,
                series: series(&order, lines, &scope),
                buckets: buckets.starts,
                total: total.figures(),
                before: before.figures(),
                models,
                clients,
                projects,
                tools,
                first: first.map(at),
            })
        })
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second.saturating_mul(1_000_000))
}

/// The first quarter of an hour with usage, in seconds.
fn first(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let quarter: Option<i64> = conn
        .prepare_cached("SELECT quarter FROM usage ORDER BY quarter LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(quarter.map(|quarter| quarter * QUARTER))
}

/// What is added up, in seconds: whole quarters of an hour, at least one. What is longer than the
/// buckets reach begins where the record does.
fn range(q: &AnalyticsQuery, now: Timestamp, first: Option<i64>) -> (i64, i64) {
    let seconds = |time: Timestamp| time.as_micros().div_euclid(1_000_000);
    let down = |second: i64| second.div_euclid(QUARTER) * QUARTER;
    let to = q
        .to
        .map_or_else(|| seconds(now) + 1, |to| (to.as_micros() + 999_999).div_euclid(1_000_000));
    let to = down(to.saturating_add(QUARTER - 1));
    let mut from = down(q.from.map_or_else(|| to - SPAN, seconds)).min(to - QUARTER);
    if to.saturating_sub(from) > buckets::LONGEST {
        from = from.max(first.map_or(from, down)).max(to - buckets::LONGEST).min(to - QUARTER);
    }
    (from, to)
}

/// The words of `sums`, the dearest first; without prices, that with the most tokens.
fn dearest_first(sums: &Sums) -> Vec<usize> {
    let mut order: Vec<(&usize, &Sum)> = sums.iter().filter(|(_, sum)| sum.calls > 0).collect();
    order.sort_by_key(|(word, sum)| (Reverse((sum.cost, sum.usage.total())), **word));
    order.into_iter().map(|(word, _)| *word).collect()
}

fn table(sums: &Sums, scope: &Scope<'_>) -> Vec<UsageRow> {
    dearest_first(sums)
        .into_iter()
        .take(ROWS)
        .map(|word| UsageRow {
            key: scope.word(word),
            figures: sums.get(&word).copied().unwrap_or_default().figures(),
        })
        .collect()
}

/// The largest series, and the sum of all others.
fn series(order: &[usize], mut lines: HashMap<usize, Vec<Sum>>, scope: &Scope<'_>) -> Vec<Series> {
    let (large, others) = order.split_at_checked(SERIES).unwrap_or((order, &[]));
    let points = |line: Vec<Sum>| line.into_iter().map(point).collect();
    let mut series: Vec<Series> = large
        .iter()
        .filter_map(|word| {
            Some(Series { key: scope.word(*word), points: points(lines.remove(word)?) })
        })
        .collect();
    let rest = others.iter().filter_map(|word| lines.remove(word)).reduce(|mut rest, line| {
        for (sum, more) in rest.iter_mut().zip(line) {
            sum.add(more);
        }
        rest
    });
    if let Some(rest) = rest {
        series.push(Series { key: Masked::literal("other"), points: points(rest) });
    }
    series
}

fn point(sum: Sum) -> Point {
    let figures = sum.figures();
    Point {
        calls: figures.calls,
        input: figures.input,
        cache_read: figures.cache_read,
        cache_write: figures.cache_write,
        output: figures.output,
        cost_usd: figures.cost_usd,
        estimated: figures.estimated,
    }
}

/// The tools that were used from the quarter `start` to before `end`, the most used first.
fn tools(
    conn: &Connection,
    scope: &mut Scope<'_>,
    start: i64,
    end: i64,
) -> rusqlite::Result<Vec<ToolRow>> {
    let mut sums: HashMap<i64, ToolRow> = HashMap::new();
    let mut statement = conn.prepare_cached(
        "SELECT session, tool, calls, failed, denied FROM tool_usage
         WHERE quarter >= ? AND quarter < ?",
    )?;
    let mut rows = statement.query(params![start, end])?;
    while let Some(row) = rows.next()? {
        if !scope.tools(row.get(0)?)? {
            continue;
        }
        let tool = sums.entry(row.get(1)?).or_insert_with(|| ToolRow {
            name: Masked::default(),
            calls: 0,
            failed: 0,
            denied: 0,
        });
        tool.calls += count(row, "calls")?;
        tool.failed += count(row, "failed")?;
        tool.denied += count(row, "denied")?;
    }
    let mut name = conn.prepare_cached("SELECT text FROM names WHERE id = ?")?;
    let mut tools: Vec<ToolRow> = Vec::new();
    for (id, mut tool) in sums {
        let text: Option<String> = name.query_row([id], |row| row.get(0)).optional()?;
        tool.name = masked(text.unwrap_or_default());
        tools.push(tool);
    }
    tools.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
    tools.truncate(ROWS);
    Ok(tools)
}
