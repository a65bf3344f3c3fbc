//! A page of the list of findings, with the counts that its filters show.

use std::collections::BTreeMap;

use rusqlite::Connection;
use vigil_proto::{
    Severity, Triage,
    view::{Counts, FindingPage, FindingQuery},
};

use super::{
    Reader, findings,
    question::{self, Conditions, Value},
    word,
};
use crate::error::Error;

/// What `state` is called that lets through all of them.
const ANY: &str = "any";

/// How many values a filter offers, those with the most findings.
const VALUES: usize = 500;

impl Reader {
    /// The findings that `q` lets through, worst first, then newest, a page of them.
    ///
    /// # Errors
    /// [`Error::Question`] for a severity or a state that does not exist, or the database could
    /// not be read.
    pub fn finding_page(&self, q: &FindingQuery) -> Result<FindingPage, Error> {
        let conditions = filter(q)?;
        self.snapshot("list findings", |conn| {
            let clause = conditions.clause();
            let sql = format!(
                "SELECT count(*) FROM findings f LEFT JOIN sessions s ON s.id = f.session{clause}"
            );
            let total: i64 =
                conn.prepare_cached(&sql)?.query_row(&*conditions.values(&[]), |row| row.get(0))?;
            let page =
                [Value::Number(question::rows(q.limit)), Value::Number(question::offset(q.offset))];
            let sql = format!(
                "{}{clause} ORDER BY f.severity DESC, f.at DESC, f.key LIMIT ? OFFSET ?",
                findings::COLUMNS
            );
            let rows = conn
                .prepare_cached(&sql)?
                .query_map(&*conditions.values(&page), findings::read)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(FindingPage {
                total: total.cast_unsigned(),
                offset: question::offset(q.offset).cast_unsigned(),
                findings: rows,
                facets: facets(conn)?,
            })
        })
    }
}

fn filter(q: &FindingQuery) -> Result<Conditions, Error> {
    let mut conditions = Conditions::default();
    match q.state.as_deref() {
        Some(ANY) => {}
        Some(states) => {
            let states = question::list("state", states, Triage::ALL, Triage::as_str)?;
            conditions.among("f.state", states.into_iter().map(Triage::code));
        }
        None => conditions.among("f.state", [Triage::Open.code()]),
    }
    if let Some(severities) = &q.severity {
        let all = question::list("severity", severities, Severity::ALL, Severity::as_str)?;
        conditions.among("f.severity", all.into_iter().map(Severity::code));
    }
    for (column, value) in [("f.category", &q.group), ("f.rule", &q.rule), ("s.cwd", &q.project)] {
        if let Some(value) = value {
            conditions.and(format!("{column} = ?"), [Value::Text(value.clone())]);
        }
    }
    if let Some(client) = &q.client {
        let sql = "s.client = (SELECT id FROM names WHERE text = ?)";
        conditions.and(sql, [Value::Text(client.clone())]);
    }
    if let Some(session) = &q.session {
        conditions.and(findings::IN_SESSION, [Value::Bytes(*session.as_bytes())]);
    }
    if let Some(words) = question::words(q.q.as_deref())? {
        let pattern = || Value::Text(question::containing(words));
        conditions.and(
            "(f.rule LIKE ? ESCAPE '\\' OR f.evidence LIKE ? ESCAPE '\\'
              OR f.why LIKE ? ESCAPE '\\')",
            [pattern(), pattern(), pattern()],
        );
    }
    if let Some(from) = q.from {
        conditions.and("f.at >= ?", [Value::Number(from.as_micros())]);
    }
    if let Some(to) = q.to {
        conditions.and("f.at < ?", [Value::Number(to.as_micros())]);
    }
    Ok(conditions)
}

/// Counts over all findings, whatever the filter is: it must be seen what else there is.
fn facets(conn: &Connection) -> rusqlite::Result<BTreeMap<String, Counts>> {
    let names = ["severity", "state", "group", "rule", "client", "project"];
    let mut facets: BTreeMap<String, Counts> =
        names.iter().map(|name| ((*name).to_owned(), Counts::new())).collect();
    let mut add = |facet: &str, value: &str| {
        let Some(counts) = facets.get_mut(facet) else { return };
        if let Some(n) = counts.get_mut(value) {
            *n += 1;
        } else {
            counts.insert(value.to_owned(), 1);
        }
    };
    let mut statement = conn.prepare_cached(
        "SELECT f.state, f.severity, f.category, f.rule, client.text, s.cwd
         FROM findings f LEFT JOIN sessions s ON s.id = f.session
             LEFT JOIN names client ON client.id = s.client",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let state = word(row.get(0)?, Triage::from_code)?;
        add("state", state.as_str());
        if state != Triage::Open {
            continue;
        }
        let severity = word(row.get(1)?, Severity::from_code)?;
        add("severity", severity.as_str());
        for (facet, column) in [("group", 2), ("rule", 3), ("client", 4), ("project", 5)] {
            if let Some(value) = row.get_ref(column)?.as_str_or_null()? {
                add(facet, value);
            }
        }
    }
    facets.values_mut().for_each(keep_most);
    Ok(facets)
}

fn keep_most(counts: &mut Counts) {
    let mut all: Vec<u64> = counts.values().copied().collect();
    if all.len() <= VALUES {
        return;
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    let least = all.get(VALUES).copied().unwrap_or(0);
    let mut ties = all.iter().take(VALUES).filter(|n| **n == least).count();
    counts.retain(|_, n| {
        let is_tie = *n == least && ties > 0;
        ties -= usize::from(is_tie);
        *n > least || is_tie
    });
}
