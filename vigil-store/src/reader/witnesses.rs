//! Who told of a session's calls: the counts for lists, from what the writer keeps, and for one
//! session the calls that one side alone told of.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, Row, params};
use vigil_proto::{
    KindName, Outcome, Timestamp, Witness, Witnesses,
    report::SessionWitnesses,
    view::{AloneCall, Apart},
};

use super::{label, word};

/// The most calls that are listed.
const ALONE: usize = 200;

/// Adds up the rows of one session.
#[derive(Default)]
struct Adding {
    told: SessionWitnesses,
    by: BTreeSet<Witness>,
}

impl Adding {
    /// From columns from number `at` on: kind, witnesses, how many.
    fn add(&mut self, row: &Row<'_>, at: usize) -> rusqlite::Result<()> {
        let kind = word(row.get(at)?, KindName::from_code)?;
        let witnesses = Witnesses::from_bits(row.get(at + 1)?);
        let n = u64::try_from(row.get::<_, i64>(at + 2)?).unwrap_or(0);
        self.by.extend(witnesses.iter().filter(|_| n > 0));
        match kind {
            KindName::ModelCall => self.told.model_calls.add(witnesses, n),
            KindName::ToolCall => self.told.tool_calls.add(witnesses, n),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> SessionWitnesses {
        SessionWitnesses { by: self.by.into_iter().collect(), ..self.told }
    }
}

/// Of every session by its number.
pub(super) fn by_session(conn: &Connection) -> rusqlite::Result<HashMap<i64, SessionWitnesses>> {
    let mut all: HashMap<i64, Adding> = HashMap::new();
    let mut statement =
        conn.prepare_cached("SELECT session, kind, witnesses, n FROM told_by WHERE n > 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().add(row, 1)?;
    }
    Ok(all.into_iter().map(|(session, adding)| (session, adding.finish())).collect())
}

/// Of one session.
pub(super) fn of_session(conn: &Connection, session: i64) -> rusqlite::Result<SessionWitnesses> {
    let mut adding = Adding::default();
    let mut statement =
        conn.prepare_cached("SELECT kind, witnesses, n FROM told_by WHERE session = ? AND n > 0")?;
    let mut rows = statement.query([session])?;
    while let Some(row) = rows.next()? {
        adding.add(row, 0)?;
    }
    Ok(adding.finish())
}

/// What one side alone told of, where both told of something.
pub(super) fn apart(conn: &Connection, session: i64) -> rusqlite::Result<Apart> {
    let mut apart = Apart::default();
    if !both_told(conn, session)? {
        return Ok(apart);
    }
    let mut calls: Vec<(Witnesses, AloneCall)> = Vec::new();
    let mut statement = conn.prepare_cached(
        "SELECT e.seq, e.at, e.kind, n.text, e.outcome, e.witnesses
         FROM events e LEFT JOIN names n ON n.id = e.name
         WHERE e.session = ? AND e.kind IN (?, ?) AND e.conflicts_with IS NULL
         ORDER BY e.at, e.id",
    )?;
    let mut rows =
        statement.query(params![session, KindName::ModelCall.code(), KindName::ToolCall.code()])?;
    while let Some(row) = rows.next()? {
        calls.push((Witnesses::from_bits(row.get(5)?), call(row)?));
    }
    let by_proxy = |witnesses: &Witnesses| witnesses.contains(Witness::Proxy);
    let first = calls.iter().position(|(witnesses, _)| by_proxy(witnesses));
    let last = calls.iter().rposition(|(witnesses, _)| by_proxy(witnesses));
    let (Some(first), Some(last)) = (first, last) else { return Ok(apart) };
    if calls.iter().all(|(witnesses, _)| witnesses.iter().eq([Witness::Proxy])) {
        return Ok(apart);
    }
    for (at, (witnesses, call)) in calls.into_iter().enumerate() {
        let is_model_call = call.kind == KindName::ModelCall;
        apart.before += u64::from(is_model_call && at < first);
        apart.after += u64::from(is_model_call && at > last);
        let is_alone = !by_proxy(&witnesses) || witnesses.iter().eq([Witness::Proxy]);
        if !is_alone {
            continue;
        }
        apart.total += 1;
        if apart.calls.len() < ALONE {
            apart.calls.push(call);
        }
    }
    Ok(apart)
}

/// True when the proxy told of some of the session's calls, and another witness of some.
fn both_told(conn: &Connection, session: i64) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare_cached(
        "SELECT witnesses FROM told_by WHERE session = ?1 AND kind IN (?2, ?3) AND n > 0",
    )?;
    let calls = params![session, KindName::ModelCall.code(), KindName::ToolCall.code()];
    let mut rows = statement.query(calls)?;
    let (mut proxy, mut other) = (false, false);
    while let Some(row) = rows.next()? {
        let witnesses = Witnesses::from_bits(row.get(0)?);
        proxy |= witnesses.contains(Witness::Proxy);
        other |= witnesses.iter().any(|witness| witness != Witness::Proxy);
    }
    Ok(proxy && other)
}

fn call(row: &Row<'_>) -> rusqlite::Result<AloneCall> {
    Ok(AloneCall {
        seq: row.get(0)?,
        at: Timestamp::from_micros(row.get(1)?),
        kind: word(row.get(2)?, KindName::from_code)?,
        name: row.get::<_, Option<String>>(3)?.map(label),
        outcome: row.get::<_, Option<u8>>(4)?.and_then(Outcome::from_code),
        by: Witnesses::from_bits(row.get(5)?).iter().collect(),
    })
}
