//! What agents installed: the list, and what is judged again when more is known.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;
use vigil_proto::{
    EventId, FindingId, KindName, Outcome, SessionId, Severity, Timestamp, Witnesses,
    package::{Assessment, InstallWay, Installed, Package, PackageSource},
    view::{Counts, InstallPage, InstallQuery, InstallRow},
};

use super::{
    Reader, label, masked,
    question::{self, Conditions, Value},
    telling,
    texts::{self, Body},
    word,
};
use crate::error::Error;

mod judged;

pub use self::judged::{Done, Judged, Ran};

/// How much of a command is shown, in characters.
const COMMAND: usize = 400;

/// What nothing speaks against, among severities.
const NONE: &str = "none";

/// What the rows of packages are read from.
const FROM: &str = "FROM installs i JOIN events e USING (seq)
        JOIN names manager ON manager.id = i.manager
        JOIN names ecosystem ON ecosystem.id = i.ecosystem
        LEFT JOIN processes p ON p.seq = i.seq
        LEFT JOIN sessions s ON s.id = e.session
        LEFT JOIN names client ON client.id = coalesce(s.client, p.client)";

/// What [`installed`] reads.
const PACKAGE: &str = "i.seq, i.place, i.way, manager.text AS manager, ecosystem.text AS ecosystem,
        i.name AS package, i.version, i.source, i.url, i.flags, i.severity, i.reasons,
        i.judged_by, e.id AS event";

impl Reader {
    /// The installs that `q` lets through, newest first, a page of them.
    ///
    /// # Errors
    /// [`Error::Question`] for a word that does not exist, or the database could not be read.
    pub fn install_page(&self, q: &InstallQuery) -> Result<InstallPage, Error> {
        let conditions = filter(q)?;
        let words = question::words(q.q.as_deref())?.map(str::to_lowercase);
        let (offset, limit) = (question::offset(q.offset), question::rows(q.limit));
        self.snapshot("list installs", |conn| {
            let clause = conditions.clause();
            let facets = facets(conn)?;
            let order = "ORDER BY i.at DESC, i.seq DESC, i.place";
            // Commands are packed: whoever looks for words reads them.
            let chosen = match &words {
                None => {
                    let total: i64 = conn
                        .prepare_cached(&format!("SELECT count(*) {FROM}{clause}"))?
                        .query_row(&*conditions.values(&[]), |row| row.get(0))?;
                    let sql = format!("{}{clause} {order} LIMIT ? OFFSET ?", columns());
                    let page = [Value::Number(limit), Value::Number(offset)];
                    let rows = self.install_rows(conn, &sql, &conditions.values(&page))?;
                    (total.cast_unsigned(), rows)
                }
                Some(words) => {
                    let sql = format!("{}{clause} {order}", columns());
                    let mut rows = self.install_rows(conn, &sql, &conditions.values(&[]))?;
                    rows.retain(|row| says(row, words));
                    let total = rows.len() as u64;
                    let places = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
                    let page = rows.into_iter().skip(places(offset)).take(places(limit));
                    (total, page.collect())
                }
            };
            Ok(InstallPage {
                total: chosen.0,
                offset: offset.cast_unsigned(),
                installs: chosen.1,
                facets,
            })
        })
    }

    fn install_rows(
        &self,
        conn: &Connection,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<Vec<InstallRow>> {
        let mut rows = Vec::new();
        let mut bodies = Vec::new();
        let mut statement = conn.prepare_cached(sql)?;
        let mut found = statement.query(values)?;
        while let Some(row) = found.next()? {
            bodies.push(Body::read(row)?);
            rows.push(read(conn, row)?);
        }
        let calls: Vec<bool> = rows.iter().map(|row| row.kind == KindName::ToolCall).collect();
        let shown = texts::shown(conn, &mut self.bodies.borrow_mut(), &bodies, |number, text| {
            if calls.get(number).copied().unwrap_or_default() {
                telling::command(text, COMMAND)
            } else {
                super::cut::head(text, COMMAND).to_owned()
            }
        })?;
        for (row, command) in rows.iter_mut().zip(shown) {
            row.command = masked(command);
        }
        Ok(rows)
    }
}

fn columns() -> String {
    format!(
        "SELECT {PACKAGE}, i.at, e.kind, e.outcome, e.witnesses, e.body, client.text AS client,
             s.native AS session, s.key AS session_key, s.title, s.cwd, name.text AS tool,
             coalesce(began.number, t.number) AS turn
         {FROM}
         LEFT JOIN names name ON name.id = e.name
         LEFT JOIN turns t ON t.id = e.turn
         LEFT JOIN subagents a ON a.session = e.session AND a.thread = e.thread
         LEFT JOIN turns began ON began.id = a.start_turn"
    )
}

fn says(row: &InstallRow, words: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(words);
    let package = [&row.package.name, &row.package.url];
    package.into_iter().flatten().any(|text| has(text.as_str()))
        || has(row.command.as_str())
        || row
            .reasons
            .iter()
            .any(|reason| has(&reason.rule) || reason.target.as_deref().is_some_and(has))
}

fn filter(q: &InstallQuery) -> Result<Conditions, Error> {
    let mut conditions = Conditions::default();
    if let Some(severities) = &q.severity {
        let given = severities.split(',').map(str::trim);
        let with_none = given.clone().any(|word| word == NONE);
        let words: Vec<&str> = given.filter(|word| *word != NONE).collect();
        let all = match words.as_slice() {
            [] => Vec::new(),
            words => {
                let words = words.join(",");
                question::list("severity", &words, Severity::ALL, Severity::as_str)?
            }
        };
        // Below every severity there is nothing: -1.
        let codes = all.into_iter().map(Severity::code).map(i64::from);
        conditions.among("coalesce(i.severity, -1)", codes.chain(with_none.then_some(-1)));
    }
    if let Some(outcomes) = &q.outcome {
        let all = question::list("outcome", outcomes, Outcome::ALL, Outcome::as_str)?;
        conditions.among("e.outcome", all.into_iter().map(Outcome::code));
    }
    if let Some(ways) = &q.way {
        let all = question::list("way", ways, InstallWay::ALL, InstallWay::as_str)?;
        conditions.among("i.way", all.into_iter().map(InstallWay::code));
    }
    if let Some(ecosystems) = &q.ecosystem {
        conditions.among_texts("ecosystem.text", ecosystems.split(',').map(str::trim));
    }
    for (column, value) in [("client.text", &q.client), ("i.name", &q.package)] {
        if let Some(value) = value {
            conditions.and(format!("{column} = ?"), [Value::Text(value.clone())]);
        }
    }
    if let Some(session) = &q.session {
        conditions.and(
            "e.session = (SELECT coalesce(a.session, o.id) FROM sessions o
                 LEFT JOIN aliases a ON a.provisional = o.id WHERE o.key = ?)",
            [Value::Bytes(*session.as_bytes())],
        );
    }
    if let Some(event) = &q.event {
        conditions.and("e.id = ?", [Value::Bytes(*event.as_bytes())]);
    }
    for (sql, at) in [("i.at >= ?", q.from), ("i.at < ?", q.to)] {
        if let Some(at) = at {
            conditions.and(sql, [Value::Number(at.as_micros())]);
        }
    }
    Ok(conditions)
}

/// Counts over all installs, whatever the filter is: it must be seen what else there is.
fn facets(conn: &Connection) -> rusqlite::Result<BTreeMap<String, Counts>> {
    let names = ["severity", "ecosystem", "client", "outcome", "way"];
    let mut facets: BTreeMap<String, Counts> =
        names.iter().map(|name| ((*name).to_owned(), Counts::new())).collect();
    let mut add = |facet: &str, value: &str, n: u64| {
        if let Some(counts) = facets.get_mut(facet) {
            *counts.entry(value.to_owned()).or_default() += n;
        }
    };
    let sql = format!(
        "SELECT i.severity, ecosystem.text, client.text, e.outcome, i.way, count(*) {FROM}
         GROUP BY 1, 2, 3, 4, 5"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let n = row.get::<_, i64>(5)?.cast_unsigned();
        let severity: Option<u8> = row.get(0)?;
        let severity = severity.and_then(Severity::from_code);
        add("severity", severity.map_or(NONE, Severity::as_str), n);
        add("ecosystem", &row.get::<_, String>(1)?, n);
        if let Some(client) = row.get::<_, Option<String>>(2)? {
            add("client", &client, n);
        }
        if let Some(outcome) = row.get::<_, Option<u8>>(3)?.and_then(Outcome::from_code) {
            add("outcome", outcome.as_str(), n);
        }
        add("way", word(row.get(4)?, InstallWay::from_code)?.as_str(), n);
    }
    Ok(facets)
}

/// A package of an event, from the columns [`PACKAGE`].
fn installed(row: &Row<'_>) -> rusqlite::Result<Installed> {
    let text = |column: &str| -> rusqlite::Result<_> {
        Ok(row.get::<_, Option<String>>(column)?.map(label))
    };
    let source: String = row.get("source")?;
    let severity: Option<u8> = row.get("severity")?;
    Ok(Installed {
        event: EventId::from_bytes(row.get("event")?),
        place: row.get("place")?,
        way: word(row.get("way")?, InstallWay::from_code)?,
        package: Package {
            manager: row.get::<_, String>("manager")?.into(),
            ecosystem: row.get::<_, String>("ecosystem")?.into(),
            name: text("package")?,
            version: text("version")?,
            source: PackageSource::of(&source).unwrap_or(PackageSource::Unresolved),
            url: text("url")?,
            flags: list(row, "flags")?,
        },
        verdict: Assessment {
            severity: severity.and_then(Severity::from_code),
            reasons: list(row, "reasons")?,
        },
        judged_by: Timestamp::from_micros(row.get("judged_by")?),
    })
}

/// A list that is stored as JSON; one that cannot be read is empty.
fn list<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<T>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn read(conn: &Connection, row: &Row<'_>) -> rusqlite::Result<InstallRow> {
    let installed = installed(row)?;
    let text = |column: &str| -> rusqlite::Result<_> {
        Ok(row.get::<_, Option<String>>(column)?.map(label))
    };
    let findings = found(conn, &installed)?;
    let Installed { event, place, way, package, verdict, judged_by } = installed;
    Ok(InstallRow {
        at: Timestamp::from_micros(row.get("at")?),
        event,
        seq: row.get("seq")?,
        kind: word(row.get("kind")?, KindName::from_code)?,
        place,
        way,
        package,
        outcome: row.get::<_, Option<u8>>("outcome")?.and_then(Outcome::from_code),
        witnesses: Witnesses::from_bits(row.get("witnesses")?)
            .iter()
            .map(|witness| witness.to_string())
            .collect(),
        severity: verdict.severity,
        reasons: verdict.reasons,
        judged_by,
        findings,
        client: row.get("client")?,
        session: text("session")?,
        session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
        title: text("title")?,
        project: text("cwd")?,
        turn: row.get::<_, Option<i64>>("turn")?.map(i64::cast_unsigned),
        tool: text("tool")?,
        command: masked(String::new()),
    })
}

/// The findings of the package that have a place in its event.
fn found(conn: &Connection, installed: &Installed) -> rusqlite::Result<Vec<FindingId>> {
    let mut found = Vec::new();
    for key in installed.finding_ids() {
        let is_there = conn
            .prepare_cached(
                "SELECT 1 FROM findings f JOIN finding_sightings x ON x.finding = f.id
                     JOIN events e ON e.seq = x.event
                 WHERE f.key = ? AND e.id = ? LIMIT 1",
            )?
            .query_row(params![key.as_bytes(), installed.event.as_bytes()], |_| Ok(()))
            .optional()?;
        found.extend(is_there.map(|()| key));
    }
    Ok(found)
}
