//! The list of sessions, from the counters that the writer keeps.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use vigil_proto::{
    SessionId, Severity, Timestamp,
    report::{SessionRow, SessionWitnesses, Sessions, SubagentRow, UsageFigures},
};

use super::{Reader, count, label, names, usage, witnesses};
use crate::error::Error;

/// What [`read`] takes.
pub(super) const COLUMNS: &str = "SELECT s.id AS number, s.key, client.text AS client, s.native,
        s.version, s.title, s.cwd, s.branch, model.text AS model, parent.native AS parent,
        s.started, s.last, s.deleted, s.rewritten, s.prompts, s.prompts_side, s.messages,
        s.tool_calls, s.findings,
        CASE WHEN s.findings > 0 THEN
            (SELECT max(f.severity) FROM session_findings x JOIN findings f ON f.id = x.finding
             WHERE x.session = s.id AND f.state = 0) END AS worst
    FROM sessions s JOIN names client ON client.id = s.client
        LEFT JOIN names model ON model.id = s.model
        LEFT JOIN sessions parent ON parent.key = s.parent";

impl Reader {
    /// Every session, newest first.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sessions(&self) -> Result<Sessions, Error> {
        self.snapshot("list sessions", |conn| {
            let mut used = usage::by_session(conn)?;
            let mut subagents = subagents(conn)?;
            let mut told = witnesses::by_session(conn)?;
            let sql = format!(
                "{COLUMNS} WHERE s.id NOT IN {} ORDER BY s.last DESC, s.key",
                names::OTHERS
            );
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let mut sessions = Vec::new();
            while let Some(row) = rows.next()? {
                let number: i64 = row.get("number")?;
                let mut session = read(row)?;
                session.usage = used.remove(&number).unwrap_or_default().figures();
                session.subagents = subagents.remove(&number).unwrap_or_default();
                session.witnesses = told.remove(&number).unwrap_or_default();
                sessions.push(session);
            }
            Ok(Sessions { sessions })
        })
    }
}

/// One session by its number, with its usage and its sub-agents.
pub(super) fn by_number(conn: &Connection, number: i64) -> rusqlite::Result<SessionRow> {
    let sql = format!("{COLUMNS} WHERE s.id = ?");
    let mut session = conn.prepare_cached(&sql)?.query_row([number], read)?;
    session.usage = usage::of_session(conn, number)?.figures();
    session.witnesses = witnesses::of_session(conn, number)?;
    session.subagents = conn
        .prepare_cached(
            "SELECT n.text, a.agent_type, a.started_by
             FROM subagents a JOIN names n ON n.id = a.thread WHERE a.session = ? ORDER BY n.text",
        )?
        .query_map([number], |row| subagent(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(session)
}

/// A row, but for usage and sub-agents.
fn read(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let text = |column: &str| row.get::<_, Option<String>>(column).map(|text| text.map(label));
    let main = count(row, "prompts")?;
    Ok(SessionRow {
        id: label(row.get("native")?),
        key: SessionId::from_bytes(row.get("key")?),
        client: row.get("client")?,
        version: text("version")?,
        title: text("title")?,
        cwd: text("cwd")?,
        branch: text("branch")?,
        model: text("model")?,
        parent: text("parent")?,
        started: row.get::<_, Option<i64>>("started")?.map(Timestamp::from_micros),
        last: row.get::<_, Option<i64>>("last")?.map(Timestamp::from_micros),
        turns: if main == 0 { count(row, "prompts_side")? } else { main },
        messages: count(row, "messages")?,
        tool_calls: count(row, "tool_calls")?,
        usage: UsageFigures::default(),
        findings: count(row, "findings")?,
        worst: row.get::<_, Option<u8>>("worst")?.and_then(Severity::from_code),
        subagents: Vec::new(),
        witnesses: SessionWitnesses::default(),
        deleted: row.get::<_, Option<i64>>("deleted")?.map(Timestamp::from_micros),
        rewritten: row.get::<_, Option<i64>>("rewritten")?.map(Timestamp::from_micros),
    })
}

fn subagents(conn: &Connection) -> rusqlite::Result<HashMap<i64, Vec<SubagentRow>>> {
    let mut map: HashMap<i64, Vec<SubagentRow>> = HashMap::new();
    let mut statement = conn.prepare_cached(
        "SELECT a.session, n.text, a.agent_type, a.started_by
         FROM subagents a JOIN names n ON n.id = a.thread ORDER BY n.text",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        map.entry(row.get(0)?).or_default().push(subagent(row, 1)?);
    }
    Ok(map)
}

/// From three columns, the first of which is number `at`.
fn subagent(row: &Row<'_>, at: usize) -> rusqlite::Result<SubagentRow> {
    Ok(SubagentRow {
        id: label(row.get(at)?),
        agent_type: row.get::<_, Option<String>>(at + 1)?.map(label),
        started_by: row.get::<_, Option<String>>(at + 2)?.map(label),
    })
}
