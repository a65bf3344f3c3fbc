//! The list of sessions, from the counters that the writer keeps.

use std::collections::HashMap;

use rusqlite::Connection;
use vigil_proto::{
    SessionId, Timestamp,
    report::{SessionRow, Sessions, SubagentRow, UsageFigures},
};

use super::{Reader, count, masked, usage};
use crate::error::Error;

impl Reader {
    /// Every session, newest first.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sessions(&self) -> Result<Sessions, Error> {
        self.snapshot("list sessions", |conn| {
            let mut used = usage::by_session(conn)?;
            let mut subagents = subagents(conn)?;
            let mut statement = conn.prepare_cached(
                "SELECT s.id AS number, s.key, client.text AS client, s.native, s.version,
                     s.title, s.cwd, s.branch, model.text AS model, parent.native AS parent,
                     s.started, s.last, s.prompts, s.prompts_side, s.messages, s.tool_calls,
                     s.findings
                 FROM sessions s JOIN names client ON client.id = s.client
                     LEFT JOIN names model ON model.id = s.model
                     LEFT JOIN sessions parent ON parent.key = s.parent
                 ORDER BY s.last DESC, s.key",
            )?;
            let rows = statement.query_map([], |row| {
                let number: i64 = row.get("number")?;
                let text = |column: &str| {
                    row.get::<_, Option<String>>(column).map(|text| text.map(masked))
                };
                let main = count(row, "prompts")?;
                Ok(SessionRow {
                    id: masked(row.get("native")?),
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
                    usage: used
                        .remove(&number)
                        .map_or_else(UsageFigures::default, usage::Sum::figures),
                    findings: count(row, "findings")?,
                    subagents: subagents.remove(&number).unwrap_or_default(),
                })
            })?;
            Ok(Sessions { sessions: rows.collect::<rusqlite::Result<_>>()? })
        })
    }
}

fn subagents(conn: &Connection) -> rusqlite::Result<HashMap<i64, Vec<SubagentRow>>> {
    let mut map: HashMap<i64, Vec<SubagentRow>> = HashMap::new();
    let mut statement = conn.prepare_cached(
        "SELECT a.session, n.text, a.agent_type, a.started_by
         FROM subagents a JOIN names n ON n.id = a.thread ORDER BY n.text",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        map.entry(row.get(0)?).or_default().push(SubagentRow {
            id: masked(row.get(1)?),
            agent_type: row.get::<_, Option<String>>(2)?.map(masked),
            started_by: row.get::<_, Option<String>>(3)?.map(masked),
        });
    }
    Ok(map)
}
