//! What the machine's own side of things is known to be: agents' processes, connections and files.
//! Says of each whether anybody looks at all.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    KindName, SessionId, Timestamp, Witness,
    event::Way,
    view::{FileRow, FlowRow, Machine, Recorded},
};

use super::{
    Reader, count, label, masked, numbers, processes,
    texts::{self, Body},
    word,
};
use crate::error::Error;

/// Rows of each part at most.
const ROWS: usize = 200;

impl Reader {
    /// Processes, connections and files since `since`, the latest first.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn machine(&self, since: Timestamp) -> Result<Machine, Error> {
        self.snapshot("read what the machine did", |conn| {
            Ok(Machine {
                since,
                processes: self.trees(conn, since)?,
                connections: self.connections(conn, since)?,
                files: files(conn, since)?,
            })
        })
    }

    fn connections(
        &self,
        conn: &Connection,
        since: Timestamp,
    ) -> rusqlite::Result<Recorded<FlowRow>> {
        // The bare columns are those of the latest connection, which is what SQLite promises of
        // columns beside a max().
        let mut statement = conn.prepare_cached(
            "SELECT n.text AS host, f.port, f.way, c.text AS client, s.key AS session_key,
             count(*) AS n, sum(f.open) AS open, total(f.sent) AS sent,
             total(f.received) AS received, max(e.at) AS last, e.body
         FROM events e INDEXED BY events_rare JOIN flows f USING (seq)
             JOIN names n ON n.id = e.name LEFT JOIN sessions s ON s.id = e.session
             LEFT JOIN names c ON c.id = coalesce(f.client, s.client)
         WHERE e.kind = ?1 AND e.kind > 5 AND e.at >= ?2
         GROUP BY e.name, f.port, f.way, c.id, e.session ORDER BY last DESC",
        )?;
        let mut found = statement.query(params![KindName::Connection.code(), since.as_micros()])?;
        let proxy = has_source(conn, Some(Witness::Proxy))?.then(|| "proxy".to_owned());
        let kernel = processes::kernel(conn, KindName::Connection)?;
        let by: Vec<String> = proxy.into_iter().chain(kernel).collect();
        let recorded = !by.is_empty();
        let by = if recorded {
            by.join(" and ")
        } else {
            "nothing has come through the proxy yet".to_owned()
        };
        let mut flows = Recorded { recorded, by, rows: Vec::new(), more: 0 };
        while let Some(row) = found.next()? {
            if flows.rows.len() == ROWS {
                flows.more += 1;
                continue;
            }
            let key: Option<[u8; 16]> = row.get("session_key")?;
            let detail = Body::read(row)?;
            let detail = texts::whole(conn, &mut self.bodies.borrow_mut(), &detail)?;
            flows.rows.push(FlowRow {
                host: label(row.get("host")?),
                port: count(row, "port")?,
                way: word(row.get("way")?, Way::from_code)?,
                client: row.get("client")?,
                session_key: key.map(SessionId::from_bytes),
                n: count(row, "n")?,
                open: count(row, "open")?,
                sent: sum(row, "sent")?,
                received: sum(row, "received")?,
                last: Timestamp::from_micros(row.get("last")?),
                detail: detail.map(masked),
            });
        }
        Ok(flows)
    }
}

/// A sum of figures from outside, which may be larger than any integer.
fn sum(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<u64> {
    let sum: f64 = row.get(column)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    Ok(sum as u64)
}

/// True when a witness of this kind, or any but Vigil itself, told anything.
fn has_source(conn: &Connection, witness: Option<Witness>) -> rusqlite::Result<bool> {
    let (sql, witness) = match witness {
        Some(witness) => ("SELECT 1 FROM sources WHERE witness = ? LIMIT 1", witness),
        None => ("SELECT 1 FROM sources WHERE witness <> ? LIMIT 1", Witness::Vigil),
    };
    conn.prepare_cached(sql)?.exists([witness.code()])
}

/// A file as calls named it.
struct Touched {
    path: i64,
    reads: u64,
    writes: u64,
    sessions: HashSet<i64>,
    /// Of the last call.
    session: i64,
    seq: i64,
    at: i64,
}

fn files(conn: &Connection, since: Timestamp) -> rusqlite::Result<Recorded<FileRow>> {
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut files: Vec<Touched> = Vec::new();
    let mut all = numbers::Hashes::default();
    let mut statement = conn.prepare_cached(
        "SELECT path, at, seq, session, written FROM touched WHERE at >= ?
         ORDER BY at DESC, seq DESC",
    )?;
    let mut rows = statement.query([since.as_micros()])?;
    while let Some(row) = rows.next()? {
        let path: i64 = row.get(0)?;
        let is_new = all.insert(path);
        // Of files beyond those that are shown, it is enough to know that they are there.
        if is_new && files.len() < ROWS {
            let (at, seq, session) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let sessions = HashSet::new();
            places.insert(path, files.len());
            files.push(Touched { path, reads: 0, writes: 0, sessions, session, seq, at });
        } else if is_new {
            continue;
        }
        if let Some(file) = places.get(&path).and_then(|place| files.get_mut(*place)) {
            *(if row.get(4)? { &mut file.writes } else { &mut file.reads }) += 1;
            file.sessions.insert(row.get(3)?);
        }
    }
    let recorded = has_source(conn, None)?;
    Ok(Recorded {
        recorded,
        by: if recorded { "tool calls" } else { "nothing was read yet" }.to_owned(),
        more: all.len().saturating_sub(files.len()) as u64,
        rows: files.into_iter().map(|file| shown(conn, &file)).collect::<rusqlite::Result<_>>()?,
    })
}

fn shown(conn: &Connection, file: &Touched) -> rusqlite::Result<FileRow> {
    let path = conn
        .prepare_cached("SELECT text FROM paths WHERE id = ?")?
        .query_row([file.path], |row| row.get(0))?;
    let session: Option<([u8; 16], String)> = conn
        .prepare_cached(
            "SELECT s.key, n.text FROM sessions s JOIN names n ON n.id = s.client WHERE s.id = ?",
        )?
        .query_row([file.session], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (session_key, client) = session.unzip();
    Ok(FileRow {
        path: masked(path),
        reads: file.reads,
        writes: file.writes,
        sessions: file.sessions.len() as u64,
        session_key: session_key.map(SessionId::from_bytes),
        client,
        seq: file.seq,
        last: Timestamp::from_micros(file.at),
    })
}
