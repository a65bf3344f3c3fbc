//! Findings, and why each is one.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row};
use vigil_proto::{
    Confidence, EventId, FindingId, Masked, SessionId, Severity, Span, Timestamp, Triage,
    event::Field,
    hex,
    report::{FindingRow, Findings, Why},
    revocation::revocation,
};

use super::{Reader, count, events, label, masked, word};
use crate::error::Error;

pub(super) const COLUMNS: &str = "SELECT f.id AS number, f.key, f.rule, f.category, f.severity,
        f.confidence, f.at, f.event, f.field, f.start, f.stop, f.evidence, f.why, f.state,
        f.sightings, f.note, client.text AS client, s.native AS session, s.key AS session_key,
        s.title, s.cwd, coalesce(began.number, t.number) AS turn, f.triaged_at, f.last
    FROM findings f
        LEFT JOIN sessions s ON s.id = f.session
        LEFT JOIN names client ON client.id = s.client
        LEFT JOIN turns t ON t.id = f.turn
        LEFT JOIN subagents a ON a.session = f.session AND a.thread = f.thread
        LEFT JOIN turns began ON began.id = a.start_turn";

/// Holds for a finding that has a place in the session with this key.
pub(super) const IN_SESSION: &str = "f.id IN (SELECT x.finding FROM session_findings x
        WHERE x.session = (SELECT coalesce(a.session, o.id) FROM sessions o
            LEFT JOIN aliases a ON a.provisional = o.id WHERE o.key = ?))";

/// How many events of a chain are shown.
const CHAIN: u32 = 50;

impl Reader {
    /// Every finding, worst first, then newest.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn findings(&self) -> Result<Findings, Error> {
        self.snapshot("list findings", |conn| {
            let sql = format!("{COLUMNS} ORDER BY f.severity DESC, f.at DESC, f.key");
            let mut statement = conn.prepare_cached(&sql)?;
            let findings = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
            Ok(Findings { findings, suppressed: 0 })
        })
    }

    /// The findings with a place in this session, wherever they were seen first.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn ids_in(&self, session: SessionId) -> Result<HashSet<FindingId>, Error> {
        self.snapshot("list the findings of a session", |conn| {
            let sql = format!("SELECT f.key FROM findings f WHERE {IN_SESSION}");
            let mut statement = conn.prepare_cached(&sql)?;
            let ids = statement.query_map([session.as_bytes()], |row| row.get(0))?;
            ids.map(|id| Ok(FindingId::from_bytes(id?))).collect()
        })
    }

    /// The finding whose id begins with `prefix`, with the events it was seen in; none when
    /// there is none.
    ///
    /// # Errors
    /// More than one id begins so, or the database could not be read.
    pub fn why(&self, prefix: &str) -> Result<Option<Why>, Error> {
        let digits = prefix.to_ascii_lowercase();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let answer = self.snapshot("look up a finding", |conn| {
            let sql = format!(
                "{COLUMNS} WHERE lower(hex(f.key)) >= ?1 AND lower(hex(f.key)) < ?2 LIMIT 2"
            );
            let mut statement = conn.prepare_cached(&sql)?;
            let mut found: Vec<FindingRow> = statement
                .query_map([&digits, &super::prefix_end(&digits)], read)?
                .collect::<rusqlite::Result<_>>()?;
            let Some(finding) = found.pop() else { return Ok(Ok(None)) };
            if !found.is_empty() {
                return Ok(Err(()));
            }
            let chain = chain(conn, finding.id)?;
            let suppress = format!("vigil suppress add {} --reason \"...\"", finding.id);
            let revocation = revocation(&finding.rule, &finding.group);
            let way = match &revocation {
                Some(_) => self.way(conn, number(conn, finding.id)?)?,
                None => None,
            };
            let lineage = way.map(|way| way.lineage);
            Ok(Ok(Some(Why { finding, chain, suppress, lineage, revocation })))
        })?;
        answer.map_err(|()| Error::Ambiguous { prefix: prefix.to_owned() })
    }

    /// One finding by its whole id.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn finding(&self, id: FindingId) -> Result<Option<FindingRow>, Error> {
        self.snapshot("look up a finding", |conn| {
            let sql = format!("{COLUMNS} WHERE f.key = ?");
            conn.prepare_cached(&sql)?.query_row([id.as_bytes()], read).optional()
        })
    }
}

/// The findings with a place in a session, worst first, then newest.
pub(super) fn of_session(
    conn: &Connection,
    session: i64,
    limit: u32,
) -> rusqlite::Result<Vec<FindingRow>> {
    let sql = format!(
        "{COLUMNS} WHERE f.id IN (SELECT finding FROM session_findings WHERE session = ?)
         ORDER BY f.severity DESC, f.at DESC, f.key LIMIT ?"
    );
    conn.prepare_cached(&sql)?.query_map(rusqlite::params![session, limit], read)?.collect()
}

fn number(conn: &Connection, finding: FindingId) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT id FROM findings WHERE key = ?")?
        .query_row([finding.as_bytes()], |row| row.get(0))
}

fn chain(
    conn: &Connection,
    finding: FindingId,
) -> rusqlite::Result<Vec<vigil_proto::report::EventRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT e.id, e.at FROM finding_sightings x
             JOIN findings f ON f.id = x.finding JOIN events e ON e.seq = x.event
         WHERE f.key = ?1 ORDER BY e.at, e.id LIMIT ?2",
    )?;
    let ids: Vec<Vec<u8>> = statement
        .query_map(rusqlite::params![finding.as_bytes(), CHAIN], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    ids.iter().map(|id| events::by_id(conn, id)).collect()
}

/// The fingerprint of the value, which stands in its mask. A finding's id follows from it.
fn fingerprint(id: FindingId, rule: &str, evidence: &str) -> Option<String> {
    let masks = evidence.split("[[vigil:").skip(1).filter_map(|rest| rest.split("]]").next());
    masks.filter_map(|mask| mask.strip_prefix(rule)?.strip_prefix(':')).find_map(|mask| {
        let digits = mask.rsplit(':').next()?;
        let is_it = FindingId::of(rule, &hex::decode(digits)?) == id;
        is_it.then(|| digits.to_owned())
    })
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    let text = |column: &str| -> rusqlite::Result<Option<Masked>> {
        Ok(row.get::<_, Option<String>>(column)?.map(label))
    };
    let time = |column: &str| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    let span = match row.get::<_, Option<u8>>("field")?.and_then(Field::from_code) {
        Some(field) => Some(Span { field, start: row.get("start")?, end: row.get("stop")? }),
        None => None,
    };
    let (id, rule) = (FindingId::from_bytes(row.get("key")?), row.get::<_, String>("rule")?);
    let evidence: String = row.get("evidence")?;
    Ok(FindingRow {
        id,
        fingerprint: fingerprint(id, &rule, &evidence),
        rule,
        group: row.get("category")?,
        severity: word(row.get("severity")?, Severity::from_code)?,
        confidence: word(row.get("confidence")?, Confidence::from_code)?,
        at: Timestamp::from_micros(row.get("at")?),
        client: row.get("client")?,
        session: text("session")?,
        turn: row.get::<_, Option<i64>>("turn")?.map(i64::cast_unsigned),
        event: EventId::from_bytes(row.get("event")?),
        span,
        masked: masked(evidence),
        why: masked(row.get("why")?),
        state: word(row.get("state")?, Triage::from_code)?,
        sightings: count(row, "sightings")?,
        session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
        title: text("title")?,
        project: text("cwd")?,
        note: text("note")?,
        triaged_at: time("triaged_at")?,
        last: time("last")?,
    })
}
