//! Tokens, cost and tools over time, added up from the quarters of an hour that the writer keeps.
//! Never looks at events.

use std::{cmp::Reverse, collections::HashMap, ops::Range};

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{
    Masked, Timestamp,
    report::UsageRow,
    view::{Analytics, AnalyticsBy, AnalyticsQuery, Point, Series, ToolRow},
};

use super::{
    Reader,
    question::{Conditions, Value},
    usage::{self, QUARTER, Sum},
};
use crate::error::Error;

mod buckets;
mod keys;

use self::{buckets::Buckets, keys::Keys};

/// What is added up when nothing is said: the last 30 days, in seconds.
const SPAN: i64 = 30 * 86_400;

/// Lines of a chart; whatever is beyond is one more.
const SERIES: usize = 8;

/// Rows of a table at most.
const ROWS: usize = 100;

/// Sums by key.
type Sums = HashMap<i64, Sum>;

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
            let added = Added::up(conn, q, &buckets, from..to)?;
            Ok(Analytics {
                from: at(from),
                to: at(to),
                time_zone: usage::zone_name(&tz),
                buckets: buckets.starts,
                step: buckets.step,
                total: added.total.figures(),
                before: added.before.figures(),
                models: added.table(conn, AnalyticsBy::Model)?,
                clients: added.table(conn, AnalyticsBy::Client)?,
                projects: added.table(conn, AnalyticsBy::Project)?,
                series: added.series(conn)?,
                tools: tools(conn, q, from.div_euclid(QUARTER), to.div_euclid(QUARTER))?,
                first: first.map(at),
            })
        })
    }
}

/// Everything that one pass over the rollup gives.
struct Added {
    by: AnalyticsBy,
    keys: Keys,
    total: Sum,
    /// Of the same length of time before.
    before: Sum,
    models: Sums,
    clients: Sums,
    projects: Sums,
    /// A sum a bucket, by the key that makes a series.
    lines: HashMap<i64, Vec<Sum>>,
}

impl Added {
    fn up(
        conn: &Connection,
        q: &AnalyticsQuery,
        buckets: &Buckets,
        seconds: Range<i64>,
    ) -> rusqlite::Result<Self> {
        let mut added = Self {
            by: q.by.unwrap_or_default(),
            keys: Keys::default(),
            total: Sum::default(),
            before: Sum::default(),
            models: Sums::new(),
            clients: Sums::new(),
            projects: Sums::new(),
            lines: HashMap::new(),
        };
        let start = seconds.start.div_euclid(QUARTER);
        let end = seconds.end.div_euclid(QUARTER);
        let mut conditions = Conditions::default();
        conditions.and(
            "u.quarter >= ? AND u.quarter < ?",
            [Value::Number(start - (end - start)), Value::Number(end)],
        );
        of_sessions(&mut conditions, q);
        if let Some(model) = &q.model {
            let sql = "u.model = (SELECT id FROM names WHERE text = ?)";
            conditions.and(sql, [Value::Text(model.clone())]);
        }
        let sql = format!(
            "SELECT u.quarter, u.model, s.client, s.cwd, u.calls, u.input, u.cache_read,
                 u.cache_write_5m, u.cache_write_1h, u.output, u.reasoning, u.cost, u.estimated
             FROM usage u LEFT JOIN sessions s ON s.id = u.session{}",
            conditions.clause()
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(&*conditions.values(&[]))?;
        while let Some(row) = rows.next()? {
            let quarter: i64 = row.get(0)?;
            let sum = Sum::read_at(row, 4)?;
            if quarter < start {
                added.before.add(sum);
                continue;
            }
            let model = row.get(1)?;
            let client = row.get::<_, Option<i64>>(2)?.unwrap_or(0);
            let project = added.keys.project(row.get_ref(3)?.as_str_or_null().unwrap_or_default());
            added.total.add(sum);
            added.models.entry(model).or_default().add(sum);
            added.clients.entry(client).or_default().add(sum);
            added.projects.entry(project).or_default().add(sum);
            let key = match added.by {
                AnalyticsBy::Model => model,
                AnalyticsBy::Client => client,
                AnalyticsBy::Project => project,
            };
            let line = added.lines.entry(key);
            let line = line.or_insert_with(|| vec![Sum::default(); buckets.starts.len()]);
            if let Some(point) = line.get_mut(buckets.of(quarter * QUARTER)) {
                point.add(sum);
            }
        }
        Ok(added)
    }

    fn sums(&self, by: AnalyticsBy) -> &Sums {
        match by {
            AnalyticsBy::Model => &self.models,
            AnalyticsBy::Client => &self.clients,
            AnalyticsBy::Project => &self.projects,
        }
    }

    fn table(&self, conn: &Connection, by: AnalyticsBy) -> rusqlite::Result<Vec<UsageRow>> {
        dearest_first(self.sums(by))
            .into_iter()
            .take(ROWS)
            .map(|(key, sum)| {
                Ok(UsageRow { key: self.keys.word(conn, by, key)?, figures: sum.figures() })
            })
            .collect()
    }

    /// The largest series, and the sum of all others.
    fn series(&self, conn: &Connection) -> rusqlite::Result<Vec<Series>> {
        let mut series = Vec::new();
        let mut rest: Option<Vec<Sum>> = None;
        for (place, (key, _)) in dearest_first(self.sums(self.by)).into_iter().enumerate() {
            let Some(line) = self.lines.get(&key) else { continue };
            if place < SERIES {
                let key = self.keys.word(conn, self.by, key)?;
                series.push(Series { key, points: line.iter().map(point).collect() });
                continue;
            }
            let rest = rest.get_or_insert_with(|| vec![Sum::default(); line.len()]);
            for (sum, more) in rest.iter_mut().zip(line) {
                sum.add(*more);
            }
        }
        if let Some(rest) = rest {
            let points = rest.iter().map(point).collect();
            series.push(Series { key: Masked::literal("other"), points });
        }
        Ok(series)
    }
}

/// Which sessions a question is about.
fn of_sessions(conditions: &mut Conditions, q: &AnalyticsQuery) {
    if let Some(client) = &q.client {
        let sql = "s.client = (SELECT id FROM names WHERE text = ?)";
        conditions.and(sql, [Value::Text(client.clone())]);
    }
    if let Some(project) = &q.project {
        conditions.and("coalesce(s.cwd, '') = ?", [Value::Text(project.clone())]);
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
    let after = |time: Timestamp| time.as_micros().saturating_add(999_999).div_euclid(1_000_000);
    let to = q.to.map_or_else(|| seconds(now) + 1, after);
    let to = down(to.saturating_add(QUARTER - 1));
    let mut from = down(q.from.map_or_else(|| to - SPAN, seconds)).min(to - QUARTER);
    if to.saturating_sub(from) > buckets::LONGEST {
        from = from.max(first.map_or(from, down)).max(to - buckets::LONGEST).min(to - QUARTER);
    }
    (from, to)
}

/// The keys of `sums`, the dearest first; without prices, that with the most tokens.
fn dearest_first(sums: &Sums) -> Vec<(i64, Sum)> {
    let used = sums.iter().filter(|(_, sum)| sum.calls > 0);
    let mut order: Vec<(i64, Sum)> = used.map(|(key, sum)| (*key, *sum)).collect();
    order.sort_by_key(|(key, sum)| (Reverse((sum.cost, sum.usage.total())), *key));
    order
}

fn point(sum: &Sum) -> Point {
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
    q: &AnalyticsQuery,
    start: i64,
    end: i64,
) -> rusqlite::Result<Vec<ToolRow>> {
    let mut conditions = Conditions::default();
    let range = [Value::Number(start), Value::Number(end)];
    conditions.and("u.quarter >= ? AND u.quarter < ?", range);
    of_sessions(&mut conditions, q);
    let is_about_all = q.client.is_none() && q.project.is_none();
    let join = if is_about_all { "" } else { " JOIN sessions s ON s.id = u.session" };
    let sql = format!(
        "SELECT u.tool, u.calls, u.failed, u.denied FROM tool_usage u{join}{}",
        conditions.clause()
    );
    let mut sums: HashMap<i64, [u64; 3]> = HashMap::new();
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(&*conditions.values(&[]))?;
    while let Some(row) = rows.next()? {
        let sum = sums.entry(row.get(0)?).or_default();
        for (slot, column) in sum.iter_mut().zip(1..) {
            *slot += row.get::<_, i64>(column)?.cast_unsigned();
        }
    }
    let mut tools: Vec<ToolRow> = sums
        .into_iter()
        .map(|(tool, [calls, failed, denied])| {
            Ok(ToolRow { name: keys::name(conn, tool)?, calls, failed, denied })
        })
        .collect::<rusqlite::Result<_>>()?;
    tools.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
    tools.truncate(ROWS);
    Ok(tools)
}
