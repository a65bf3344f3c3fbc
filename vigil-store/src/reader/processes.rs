//! Processes as trees, one an agent: the list of agents, the children of a process, and what a tool
//! call started.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{
    KindName, Masked, SessionId, Timestamp, Witness, Witnesses,
    event::ProcessRef,
    view::{ProcessPage, ProcessQuery, ProcessRow, Recorded, TreeRow},
};

use self::tree::{Tree, key};
use super::{
    Reader, label, masked, question,
    texts::{self, Body},
};
use crate::{apply, error::Error};

mod tree;

/// The beginning of a command line, in characters.
const ARGV: usize = 400;

/// Trees of one answer at most.
const TREES: usize = 200;

/// What [`Reader::row_of`] reads.
const COLUMNS: &str = "SELECT e.seq, e.at, e.session, e.tool_call, e.body, s.key AS session_key,
         c.text AS client, p.*
     FROM processes p JOIN events e USING (seq) JOIN names c ON c.id = p.client
         LEFT JOIN sessions s ON s.id = e.session
     WHERE p.seq = ?";

impl Reader {
    /// A page of the processes that `q` asks for.
    ///
    /// # Errors
    /// [`Error::Question`] when neither an agent nor a tool call is named, or the database could not
    /// be read.
    pub fn processes(&self, q: &ProcessQuery) -> Result<ProcessPage, Error> {
        let words = question::words(q.q.as_deref())?.map(str::to_lowercase);
        let root = q.root.as_deref().map(|text| named("root", text)).transpose()?;
        let parent = q.parent.as_deref().map(|text| named("parent", text)).transpose()?;
        let (offset, limit) = (question::offset(q.offset), question::rows(q.limit));
        let places = |n| usize::try_from(n).unwrap_or(usize::MAX);
        let page = (places(offset), places(limit));
        match (q.call, root) {
            (Some(call), _) => self.snapshot("read what a tool call started", |conn| {
                self.page_of(conn, &of_call(conn, call)?, page, None)
            }),
            (None, Some(root)) => self.snapshot("read processes", |conn| {
                let tree = Tree::read(conn, root)?;
                let mut found = match &words {
                    None => tree.children(parent.unwrap_or(root)),
                    Some(words) => self.with_words(conn, &tree, words)?,
                };
                if let Some(running) = q.running {
                    found.retain(|seq| tree.runs(*seq) == running);
                }
                self.page_of(conn, &found, page, Some(&tree))
            }),
            (None, None) => Err(Error::Question {
                what: "root",
                given: String::new(),
                expected: "an agent's process as PID.MICROSECONDS, or `call`".to_owned(),
            }),
        }
    }

    /// The processes of a tree with these words in their command line, the latest first.
    fn with_words(
        &self,
        conn: &Connection,
        tree: &Tree,
        words: &str,
    ) -> rusqlite::Result<Vec<i64>> {
        let all = tree.all();
        let mut body = conn.prepare_cached("SELECT body FROM events WHERE seq = ?")?;
        let bodies = all
            .iter()
            .map(|seq| body.query_row([seq], Body::read))
            .collect::<rusqlite::Result<Vec<Body>>>()?;
        let hits = texts::shown(conn, &mut self.bodies.borrow_mut(), &bodies, |_, text| {
            if text.to_lowercase().contains(words) { "+".to_owned() } else { String::new() }
        })?;
        let found = all.into_iter().zip(hits).filter(|(_, hit)| !hit.is_empty());
        Ok(found.map(|(seq, _)| seq).collect())
    }

    fn page_of(
        &self,
        conn: &Connection,
        found: &[i64],
        (offset, limit): (usize, usize),
        tree: Option<&Tree>,
    ) -> rusqlite::Result<ProcessPage> {
        let mut processes = Vec::new();
        for seq in found.iter().skip(offset).take(limit) {
            if let Some(mut row) = self.row_of(conn, *seq)? {
                if let Some(tree) = tree {
                    (row.children, row.descendants) = tree.under(*seq);
                }
                processes.push(row);
            }
        }
        Ok(ProcessPage { total: found.len() as u64, offset: offset as u64, processes })
    }

    /// Agents since `since`, and those that run.
    pub(super) fn trees(
        &self,
        conn: &Connection,
        since: Timestamp,
    ) -> rusqlite::Result<Recorded<TreeRow>> {
        let by = kernel(conn, KindName::Process)?;
        let mut list = Recorded {
            recorded: by.is_some(),
            by: by.unwrap_or_else(|| "nothing has looked at processes yet".to_owned()),
            rows: Vec::new(),
            more: 0,
        };
        let mut statement = conn.prepare_cached(
            "SELECT root_started, root_pid, count(*) AS n,
                 count(*) FILTER (WHERE ended IS NULL) AS running,
                 max(max(started, coalesce(ended, started))) AS last,
                 count(*) FILTER (WHERE parent_pid = root_pid AND parent_started = root_started)
                     AS children
             FROM processes INDEXED BY processes_tree GROUP BY root_started, root_pid
             HAVING last >= ? OR running > 0 ORDER BY last DESC, root_started DESC, root_pid",
        )?;
        let mut rows = statement.query([since.as_micros()])?;
        while let Some(row) = rows.next()? {
            if list.rows.len() == TREES {
                list.more += 1;
                continue;
            }
            let root = ProcessRef {
                pid: row.get("root_pid")?,
                started: Timestamp::from_micros(row.get("root_started")?),
            };
            let mut process = self.root_of(conn, root)?;
            let own = u64::from(process.seq.is_some());
            let own_runs = u64::from(process.seq.is_some() && process.ended.is_none());
            process.descendants = super::count(row, "n")?.saturating_sub(own);
            process.children = super::count(row, "children")?;
            list.rows.push(TreeRow {
                process,
                running: super::count(row, "running")?.saturating_sub(own_runs),
                last: Timestamp::from_micros(row.get("last")?),
            });
        }
        Ok(list)
    }

    /// The agent's own process, or what its children tell of it.
    fn root_of(&self, conn: &Connection, root: ProcessRef) -> rusqlite::Result<ProcessRow> {
        let (pid, started) = key(root);
        let seq: Option<i64> = conn
            .prepare_cached(
                "SELECT seq FROM processes INDEXED BY processes_tree
                 WHERE root_started = ?1 AND root_pid = ?2 AND started = ?1 AND pid = ?2",
            )?
            .query_row(params![started, pid], |row| row.get(0))
            .optional()?;
        if let Some(seq) = seq
            && let Some(mut row) = self.row_of(conn, seq)?
        {
            if row.session_key.is_none() {
                row.session_key = session_under(conn, root)?;
            }
            return Ok(row);
        }
        let client = conn
            .prepare_cached(
                "SELECT n.text FROM processes p JOIN names n ON n.id = p.client
                 WHERE p.root_started = ? AND p.root_pid = ? LIMIT 1",
            )?
            .query_row(params![started, pid], |row| row.get(0))?;
        Ok(ProcessRow {
            seq: None,
            process: root,
            at: root.started,
            root,
            client,
            session_key: session_under(conn, root)?,
            tool_call: None,
            tool: None,
            argv: Masked::default(),
            exe: None,
            cwd: None,
            ended: None,
            exit: None,
            cpu_us: None,
            peak_rss: None,
            children: 0,
            descendants: 0,
        })
    }

    fn row_of(&self, conn: &Connection, seq: i64) -> rusqlite::Result<Option<ProcessRow>> {
        let found = conn
            .prepare_cached(COLUMNS)?
            .query_row([seq], |row| {
                let called: (Option<i64>, Option<String>) =
                    (row.get("session")?, row.get("tool_call")?);
                Ok((read(row)?, Body::read(row)?, called))
            })
            .optional()?;
        let Some((mut process, body, called)) = found else { return Ok(None) };
        let argv = texts::heads(conn, &mut self.bodies.borrow_mut(), &[body], ARGV)?;
        process.argv = masked(argv.into_iter().next().unwrap_or_default());
        if let (Some(session), Some(call)) = called {
            let tool: Option<(i64, Option<String>)> = conn
                .prepare_cached(
                    "SELECT e.seq, n.text FROM events e LEFT JOIN names n ON n.id = e.name
                     WHERE e.session = ? AND e.tool_call = ? AND e.kind = ? ORDER BY e.seq",
                )?
                .query_row(params![session, call, KindName::ToolCall.code()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            if let Some((seq, name)) = tool {
                process.tool_call = Some(seq);
                process.tool = name.map(label);
            }
        }
        Ok(Some(process))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProcessRow> {
    let text = |column: &str| -> rusqlite::Result<Option<Masked>> {
        Ok(row.get::<_, Option<String>>(column)?.map(label))
    };
    let process = |pid: &str, started: &str| -> rusqlite::Result<ProcessRef> {
        Ok(ProcessRef { pid: row.get(pid)?, started: Timestamp::from_micros(row.get(started)?) })
    };
    let figure = |column: &str| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
    };
    Ok(ProcessRow {
        seq: Some(row.get("seq")?),
        process: process("pid", "started")?,
        at: Timestamp::from_micros(row.get("at")?),
        root: process("root_pid", "root_started")?,
        client: row.get("client")?,
        session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
        tool_call: None,
        tool: None,
        argv: Masked::default(),
        exe: text("exe")?,
        cwd: text("cwd")?,
        ended: row.get::<_, Option<i64>>("ended")?.map(Timestamp::from_micros),
        exit: apply::exit(row)?,
        cpu_us: figure("cpu_us")?,
        peak_rss: figure("peak_rss")?,
        children: 0,
        descendants: 0,
    })
}

/// The session of the latest process of the tree that has one.
fn session_under(conn: &Connection, root: ProcessRef) -> rusqlite::Result<Option<SessionId>> {
    let (pid, started) = key(root);
    let key: Option<[u8; 16]> = conn
        .prepare_cached(
            "SELECT s.key FROM processes p JOIN events e USING (seq)
                 JOIN sessions s ON s.id = e.session
             WHERE p.root_started = ? AND p.root_pid = ? ORDER BY p.started DESC LIMIT 1",
        )?
        .query_row(params![started, pid], |row| row.get(0))
        .optional()?;
    Ok(key.map(SessionId::from_bytes))
}

/// The processes that the tool call with this number started, in the order they did.
fn of_call(conn: &Connection, call: i64) -> rusqlite::Result<Vec<i64>> {
    conn.prepare_cached(
        "SELECT e.seq FROM events c JOIN events e
             ON e.session = c.session AND e.tool_call = c.tool_call
         WHERE c.seq = ?1 AND c.kind = ?2 AND e.kind = ?3 ORDER BY e.at, e.seq",
    )?
    .query_map(params![call, KindName::ToolCall.code(), KindName::Process.code()], |row| {
        row.get(0)
    })?
    .collect()
}

/// A process as questions name it.
fn named(what: &'static str, text: &str) -> Result<ProcessRef, Error> {
    let parsed = text.split_once('.').and_then(|(pid, started)| {
        let started = Timestamp::from_micros(started.parse().ok()?);
        Some(ProcessRef { pid: pid.parse().ok()?, started })
    });
    parsed.ok_or_else(|| Error::Question {
        what,
        given: text.to_owned(),
        expected: "a process as PID.MICROSECONDS".to_owned(),
    })
}

/// The kernel's word, when its witness told of anything of this kind.
pub(super) fn kernel(conn: &Connection, kind: KindName) -> rusqlite::Result<Option<String>> {
    let kernel = Witnesses::default().with(Witness::Kernel).bits();
    let tells = conn
        .prepare_cached(
            "SELECT 1 FROM events INDEXED BY events_rare
             WHERE kind = ?1 AND kind > 5 AND witnesses & ?2 <> 0 LIMIT 1",
        )?
        .exists(params![kind.code(), kernel])?;
    Ok(tells.then(|| Witness::Kernel.as_str().to_owned()))
}
