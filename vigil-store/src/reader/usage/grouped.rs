//! `vigil usage`: the rollup added up by session, model, client or project, or by the days, weeks
//! and months of a time zone.

use std::{cmp::Reverse, collections::HashMap};

use jiff::{Timestamp as Instant, ToSpan as _, civil::Date, tz::TimeZone};
use rusqlite::{Connection, OptionalExtension as _, Row};
use vigil_proto::{
    Masked, Timestamp,
    report::{UsageBy, UsageLine, UsageQuery, UsageReport, UsageSession, is_in_project},
};

use super::{
    super::{
        Reader, count, label, masked,
        question::{Conditions, Value},
        unexplained,
    },
    QUARTER, SUMS, Sum, time_zone, zone_name,
};
use crate::error::Error;

/// Calls that used tokens and have no cost: their model's price is not known.
const UNPRICED: &str = "sum(CASE WHEN u.cost = 0
    AND u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h + u.output > 0
    THEN u.calls ELSE 0 END) AS unpriced";

/// A sum, and how many of its calls have no known cost.
#[derive(Clone, Copy, Default)]
struct Priced {
    sum: Sum,
    unpriced: u64,
}

/// What a row stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Word(String),
    Session(i64),
}

impl Reader {
    /// Everything by `by`, in the time zone `zone`: an IANA name or an offset such as `+02:00`.
    ///
    /// # Errors
    /// The time zone is not known, or the database could not be read.
    pub fn usage(&self, by: UsageBy, zone: &str) -> Result<UsageReport, Error> {
        self.usage_of(&UsageQuery { by, ..UsageQuery::default() }, &time_zone(zone)?)
    }

    /// Adds up what `q` asks for. Days, weeks and months are those of `zone`.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn usage_of(&self, q: &UsageQuery, zone: &TimeZone) -> Result<UsageReport, Error> {
        self.snapshot("add up usage", |conn| {
            let (from, to) = quarters(q);
            let conditions = conditions(conn, q, from, to)?;
            let mut sums: Vec<(Key, Priced)> = sums(conn, q.by, &conditions, zone)?
                .into_iter()
                .filter(|(_, priced)| priced.sum.calls > 0)
                .collect();
            if q.by.is_time() {
                sums.sort_by(|(a, _), (b, _)| a.cmp(b));
            } else {
                sums.sort_by(|(a, x), (b, y)| dearness(x).cmp(&dearness(y)).then_with(|| a.cmp(b)));
            }
            let mut total = Priced::default();
            for (_, priced) in &sums {
                total.add(*priced);
            }
            let at = |quarter: i64| Timestamp::from_micros(quarter * QUARTER * 1_000_000);
            let asks_for_all = *q == (UsageQuery { by: q.by, ..UsageQuery::default() });
            let unexplained = if asks_for_all {
                unexplained::of_all(conn, &mut self.bodies.borrow_mut())?
            } else {
                None
            };
            Ok(UsageReport {
                by: q.by,
                time_zone: zone_name(zone),
                from: from.map(at),
                to: to.map(at),
                rows: sums
                    .into_iter()
                    .map(|(key, priced)| line(conn, key, priced))
                    .collect::<rusqlite::Result<_>>()?,
                total: total.sum.figures(),
                unpriced: total.unpriced,
                unexplained,
            })
        })
    }
}

impl Priced {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { sum: Sum::read(row)?, unpriced: count(row, "unpriced")? })
    }

    fn add(&mut self, other: Self) {
        self.sum.add(other.sum);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
    }
}

/// The dearest first; without prices, what used the most tokens.
fn dearness(priced: &Priced) -> Reverse<(i64, u64)> {
    Reverse((priced.sum.cost, priced.sum.usage.total()))
}

/// The whole quarters of an hour that `q` asks for.
fn quarters(q: &UsageQuery) -> (Option<i64>, Option<i64>) {
    let length = QUARTER * 1_000_000;
    let down = |at: Timestamp| at.as_micros().div_euclid(length);
    let up = |at: Timestamp| at.as_micros().saturating_add(length - 1).div_euclid(length);
    (q.from.map(down), q.to.map(up))
}

fn conditions(
    conn: &Connection,
    q: &UsageQuery,
    from: Option<i64>,
    to: Option<i64>,
) -> rusqlite::Result<Conditions> {
    let mut conditions = Conditions::default();
    if let Some(from) = from {
        conditions.and("u.quarter >= ?", [Value::Number(from)]);
    }
    if let Some(to) = to {
        conditions.and("u.quarter < ?", [Value::Number(to)]);
    }
    if let Some(client) = &q.client {
        let sql = "s.client = (SELECT id FROM names WHERE text = ?)";
        conditions.and(sql, [Value::Text(client.clone())]);
    }
    if let Some(project) = &q.project {
        let sessions = serde_json::to_string(&sessions_in(conn, project)?).unwrap_or_default();
        let sql = "u.session IN (SELECT value FROM json_each(?))";
        conditions.and(sql, [Value::Text(sessions)]);
    }
    Ok(conditions)
}

/// The sessions of a project.
fn sessions_in(conn: &Connection, project: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = conn.prepare_cached("SELECT id, coalesce(cwd, '') FROM sessions")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if is_in_project(row.get_ref(1)?.as_str()?, project) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

fn sums(
    conn: &Connection,
    by: UsageBy,
    conditions: &Conditions,
    zone: &TimeZone,
) -> rusqlite::Result<HashMap<Key, Priced>> {
    let key = match by {
        UsageBy::Session => "u.session",
        UsageBy::Day | UsageBy::Week | UsageBy::Month => "u.quarter",
        UsageBy::Model => "(SELECT text FROM names WHERE id = u.model)",
        UsageBy::Client => "(SELECT text FROM names WHERE id = s.client)",
        UsageBy::Project => "s.cwd",
    };
    let sql = format!(
        "SELECT {key} AS key, {SUMS}, {UNPRICED} FROM usage u
         LEFT JOIN sessions s ON s.id = u.session{} GROUP BY 1",
        conditions.clause()
    );
    let mut sums: HashMap<Key, Priced> = HashMap::new();
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(&*conditions.values(&[]))?;
    while let Some(row) = rows.next()? {
        let key = match by {
            UsageBy::Session => Key::Session(row.get("key")?),
            UsageBy::Day | UsageBy::Week | UsageBy::Month => {
                Key::Word(period(by, date(zone, row.get("key")?)))
            }
            UsageBy::Model | UsageBy::Client | UsageBy::Project => {
                Key::Word(row.get::<_, Option<String>>("key")?.unwrap_or_default())
            }
        };
        sums.entry(key).or_default().add(Priced::read(row)?);
    }
    Ok(sums)
}

/// The day of a quarter of an hour.
fn date(zone: &TimeZone, quarter: i64) -> Date {
    let second = quarter.saturating_mul(QUARTER);
    let instant = Instant::from_second(second).unwrap_or(Instant::UNIX_EPOCH);
    zone.to_datetime(instant).date()
}

/// What `day` belongs to.
fn period(by: UsageBy, day: Date) -> String {
    match by {
        UsageBy::Month => day.strftime("%Y-%m").to_string(),
        UsageBy::Week => {
            let since_monday = i64::from(day.weekday().to_monday_zero_offset());
            day.saturating_sub(since_monday.days()).to_string()
        }
        _ => day.to_string(),
    }
}

fn line(conn: &Connection, key: Key, priced: Priced) -> rusqlite::Result<UsageLine> {
    let (key, session) = match key {
        Key::Word(word) => (masked(word), None),
        Key::Session(number) => {
            let known = session(conn, number)?;
            known.map_or_else(|| (masked(String::new()), None), |(id, known)| (id, Some(known)))
        }
    };
    Ok(UsageLine { key, figures: priced.sum.figures(), unpriced: priced.unpriced, session })
}

fn session(conn: &Connection, number: i64) -> rusqlite::Result<Option<(Masked, UsageSession)>> {
    let text = |row: &Row<'_>, column: &str| {
        row.get::<_, Option<String>>(column).map(|text| text.map(label))
    };
    conn.prepare_cached(
        "SELECT s.native, n.text AS client, s.title, s.cwd, s.last
         FROM sessions s JOIN names n ON n.id = s.client WHERE s.id = ?",
    )?
    .query_row([number], |row| {
        let known = UsageSession {
            client: row.get("client")?,
            title: text(row, "title")?,
            project: text(row, "cwd")?,
            last: row.get::<_, Option<i64>>("last")?.map(Timestamp::from_micros),
        };
        Ok((label(row.get("native")?), known))
    })
    .optional()
}
