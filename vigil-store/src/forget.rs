//! Forgetting: sessions go with everything that is known of them, because somebody asked for it.
//! What is left is that it was done, when, and how much it was; the audit chain says so too.

use std::{cell::Cell, fmt::Write as _, path::Path};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    Batch, ContentHash, Event, Kind, Masked, NaturalKey, SessionId, Source, SourceId, Timestamp,
    Witness, Witnesses,
    archive::{Forgotten, ForgottenSession},
    event::ConfigChange,
};

use crate::{
    apply::Ledger,
    chain::{facts::Of, link::Reason},
    error::Error,
    prune::{self, Pruned},
};

/// The change that is on record afterwards.
const WHAT: &str = "forget";

/// Deletes the sessions `keys` as they are at `now`, in one transaction, and records it.
pub(crate) fn forget(
    ledger: &mut Ledger,
    keys: &[SessionId],
    now: Timestamp,
) -> Result<Forgotten, Error> {
    let path = ledger.path.clone();
    forgotten(ledger, keys, now).map_err(|source| Error::sql("forget a session", &path, source))
}

fn forgotten(
    ledger: &mut Ledger,
    keys: &[SessionId],
    now: Timestamp,
) -> rusqlite::Result<Forgotten> {
    let path = ledger.path.clone();
    let mut done = choose(&ledger.conn, keys)?;
    if done.sessions.is_empty() {
        return Ok(done);
    }
    let alone = Cell::new(0);
    let begin = |ledger: &mut Ledger| {
        let findings = findings(&ledger.conn)?;
        alone.set(findings.len() as u64);
        ledger.conn.execute(
            "INSERT INTO temp.doomed
             SELECT seq FROM events WHERE session IN (SELECT id FROM temp.forgetting)",
            [],
        )?;
        ledger.deletes_rows(rows(&ledger.conn, &findings)?);
        ledger.remembers_forgotten(&keys_of(&ledger.conn)?, now)?;
        uncount(&ledger.conn)
    };
    let end = |ledger: &mut Ledger, pruned: Pruned| {
        let moved = elsewhere(&ledger.conn)?;
        ledger.changed_findings(&moved);
        ledger.conn.execute_batch(
            "DELETE FROM aliases WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM told_by WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM turns WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM subagents WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM usage WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM tool_usage WHERE session IN (SELECT id FROM temp.forgetting);
             -- Nor is a title to wait for the next line of a file that told of nothing else.
             UPDATE sources
             SET state = CAST(json_remove(CAST(state AS TEXT), '$.waiting_title') AS BLOB)
             WHERE json_valid(CAST(state AS TEXT))
                 AND id IN (SELECT source FROM transcripts
                     WHERE session IN (SELECT id FROM temp.forgetting))
                 AND id NOT IN (SELECT source FROM transcripts
                     WHERE session NOT IN (SELECT id FROM temp.forgetting));
             DELETE FROM transcripts WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM session_findings WHERE session IN (SELECT id FROM temp.forgetting);
             DELETE FROM sessions WHERE id IN (SELECT id FROM temp.forgetting);
             -- Words of deleted rows stay in the index until its parts are merged.
             INSERT INTO search (search) VALUES ('optimize');",
        )?;
        (done.events, done.texts, done.findings) = (pruned.events, pruned.bodies, alone.get());
        record(&path, &done, now).iter().try_for_each(|batch| ledger.apply(batch, &[]))
    };
    prune::within(ledger, Reason::Forgotten, begin, end)?;
    done.pending = ledger.is_fold_due;
    Ok(done)
}

/// Puts the sessions' numbers into `temp.forgetting`.
fn choose(conn: &Connection, keys: &[SessionId]) -> rusqlite::Result<Forgotten> {
    conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS forgetting (id INTEGER PRIMARY KEY);
         DELETE FROM temp.forgetting;
         CREATE TEMP TABLE IF NOT EXISTS moving (finding INTEGER PRIMARY KEY);
         DELETE FROM temp.moving;",
    )?;
    let mut forgotten = Forgotten::default();
    let mut add = conn.prepare_cached("INSERT OR IGNORE INTO temp.forgetting VALUES (?)")?;
    for key in keys {
        let found = describe(conn, *key)?;
        if let Some((id, session)) = found
            && add.execute([id])? > 0
        {
            forgotten.sessions.push(session);
        }
    }
    // What is known under another name goes with what it is.
    conn.execute_batch(
        "INSERT OR IGNORE INTO temp.forgetting
         SELECT session FROM aliases WHERE provisional IN (SELECT id FROM temp.forgetting);
         INSERT OR IGNORE INTO temp.forgetting
         SELECT provisional FROM aliases WHERE session IN (SELECT id FROM temp.forgetting);",
    )?;
    Ok(forgotten)
}

fn keys_of(conn: &Connection) -> rusqlite::Result<Vec<SessionId>> {
    conn.prepare("SELECT key FROM sessions WHERE id IN (SELECT id FROM temp.forgetting)")?
        .query_map([], |row| Ok(SessionId::from_bytes(row.get(0)?)))?
        .collect()
}

/// A session's number, and what may be said of it once it is forgotten.
pub(crate) fn describe(
    conn: &Connection,
    key: SessionId,
) -> rusqlite::Result<Option<(i64, ForgottenSession)>> {
    conn.prepare_cached(
        "SELECT s.id, n.text, s.native, s.last FROM sessions s JOIN names n ON n.id = s.client
         WHERE s.key = ?",
    )?
    .query_row([key.as_bytes()], |row| {
        Ok((
            row.get(0)?,
            ForgottenSession {
                client: row.get(1)?,
                id: Masked::from_scan(row.get(2)?),
                last: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
            },
        ))
    })
    .optional()
}

/// The findings of the sessions in `forgetting`.
const THEIRS: &str =
    "SELECT finding FROM session_findings WHERE session IN (SELECT id FROM forgetting)
     UNION SELECT id FROM findings WHERE session IN (SELECT id FROM forgetting)
     UNION SELECT x.finding FROM finding_sightings x JOIN events e ON e.seq = x.event
           WHERE e.session IN (SELECT id FROM forgetting)";

/// Of those in `moving`, which are in nothing else. A session still has one whose places in it were
/// deleted because they were old.
const ALONE: &str = "SELECT m.finding FROM moving m
     WHERE NOT EXISTS (
         SELECT 1 FROM finding_sightings x JOIN events e ON e.seq = x.event
         WHERE x.finding = m.finding AND (e.session IS NULL
             OR e.session NOT IN (SELECT id FROM forgetting)))
     AND NOT EXISTS (
         SELECT 1 FROM session_findings x WHERE x.finding = m.finding
             AND x.session NOT IN (SELECT id FROM forgetting))
     ORDER BY m.finding";

/// How many events, and findings in nothing else, would be forgotten with the sessions `keys`.
pub(crate) fn forgettable(conn: &Connection, keys: &[SessionId]) -> rusqlite::Result<(u64, u64)> {
    let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let sql = format!(
        "WITH given (id) AS MATERIALIZED (
             SELECT id FROM sessions WHERE key IN (SELECT unhex(value) FROM json_each(?))),
         their (id) AS MATERIALIZED (
             SELECT id FROM given
             UNION SELECT session FROM aliases WHERE provisional IN (SELECT id FROM given)),
         forgetting (id) AS MATERIALIZED (
             SELECT id FROM their
             UNION SELECT provisional FROM aliases WHERE session IN (SELECT id FROM their)),
         moving (finding) AS MATERIALIZED ({THEIRS})
         SELECT (SELECT count(*) FROM events WHERE session IN (SELECT id FROM forgetting)),
             (SELECT count(*) FROM ({ALONE}))"
    );
    conn.query_row(&sql, [format!("[{}]", keys.join(","))], |row| {
        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
    })
}

/// Deletes the findings that are in nothing else and gives their numbers. Those with a place
/// elsewhere stay, and are listed in `temp.moving`.
fn findings(conn: &Connection) -> rusqlite::Result<Vec<i64>> {
    conn.execute_batch(&format!("INSERT INTO temp.moving {THEIRS}"))?;
    let alone = conn
        .prepare_cached(ALONE)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    for finding in &alone {
        conn.prepare_cached("DELETE FROM temp.moving WHERE finding = ?")?.execute([finding])?;
        for table in ["triage_log", "session_findings", "finding_sightings"] {
            let sql = format!("DELETE FROM {table} WHERE finding = ?");
            conn.prepare_cached(&sql)?.execute([finding])?;
        }
        conn.prepare_cached("DELETE FROM findings WHERE id = ?")?.execute([finding])?;
    }
    Ok(alone)
}

/// Moves the findings that stay to their earliest place that is left.
fn elsewhere(conn: &Connection) -> rusqlite::Result<Vec<i64>> {
    conn.execute(
        "UPDATE findings SET event = p.id, session = p.session, turn = p.turn, thread = p.thread,
             at = p.at, field = nullif(p.field, -1),
             start = CASE WHEN p.field = -1 THEN NULL ELSE p.start END,
             stop = CASE WHEN p.field = -1 THEN NULL ELSE p.stop END
         FROM (SELECT finding, id, session, turn, thread, at, field, start, stop FROM (
                 SELECT x.finding, e.id, e.session, e.turn, e.thread, e.at, x.field, x.start, x.stop,
                     row_number() OVER (PARTITION BY x.finding
                         ORDER BY e.at, e.id, x.field, x.start) AS place
                 FROM finding_sightings x JOIN events e ON e.seq = x.event
                 WHERE x.finding IN (SELECT finding FROM temp.moving))
             WHERE place = 1) p
         WHERE findings.id = p.finding",
        [],
    )?;
    // Where no place is left, whose it is is.
    conn.execute(
        "UPDATE findings SET turn = NULL, thread = NULL,
             session = (SELECT min(session) FROM session_findings x WHERE x.finding = findings.id
                            AND x.session NOT IN (SELECT id FROM temp.forgetting))
         WHERE id IN (SELECT finding FROM temp.moving)
             AND session IN (SELECT id FROM temp.forgetting)",
        [],
    )?;
    conn.execute(
        "UPDATE findings SET sightings = p.n, last = p.last
         FROM (SELECT x.finding, count(*) AS n, max(e.at) AS last
               FROM finding_sightings x JOIN events e ON e.seq = x.event
               WHERE x.finding IN (SELECT finding FROM temp.moving) GROUP BY x.finding) p
         WHERE findings.id = p.finding",
        [],
    )?;
    conn.prepare("SELECT finding FROM temp.moving ORDER BY finding")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// The rows besides events of which the chain is to say that they are gone.
fn rows(conn: &Connection, findings: &[i64]) -> rusqlite::Result<Vec<(Of, i64)>> {
    let mut rows: Vec<(Of, i64)> = findings.iter().map(|id| (Of::Finding, *id)).collect();
    for (of, sql) in [
        (Of::Session, "SELECT id FROM temp.forgetting ORDER BY id"),
        (
            Of::Turn,
            "SELECT id FROM turns WHERE session IN (SELECT id FROM temp.forgetting) ORDER BY id",
        ),
        (
            Of::Alias,
            "SELECT id FROM aliases WHERE session IN (SELECT id FROM temp.forgetting) ORDER BY id",
        ),
    ] {
        let ids: Vec<i64> =
            conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        rows.extend(ids.into_iter().map(|id| (of, id)));
    }
    Ok(rows)
}

/// Takes the events out of what each witness has told of each client.
fn uncount(conn: &Connection) -> rusqlite::Result<()> {
    for witness in Witness::ALL {
        conn.prepare_cached(
            "UPDATE evidence SET n = max(0, n - (
                 SELECT count(*) FROM events e JOIN sessions s ON s.id = e.session
                 WHERE s.id IN (SELECT id FROM temp.forgetting) AND s.client = evidence.client
                     AND e.witnesses & ?2))
             WHERE witness = ?1",
        )?
        .execute(params![witness.code(), Witnesses::default().with(*witness).bits()])?;
    }
    Ok(())
}

/// Says that it was done, and of what, without any of it: an event for each few of the sessions.
fn record(path: &Path, done: &Forgotten, now: Timestamp) -> Vec<Batch<Masked>> {
    let parts = done.sessions.chunks(NAMED);
    let of = parts.len();
    parts
        .zip(1..)
        .map(|(sessions, part)| record_part(path, done, sessions, (part, of), now))
        .collect()
}

fn record_part(
    path: &Path,
    done: &Forgotten,
    sessions: &[ForgottenSession],
    (part, of): (usize, usize),
    now: Timestamp,
) -> Batch<Masked> {
    let source = SourceId::of(path.as_os_str().as_encoded_bytes());
    let place = Masked::literal("store");
    let mut batch = Batch::new(Source { id: source, witness: Witness::Vigil, place });
    let mut detail = format!(
        "{}, {}, {} and {}, asked for by the user",
        many(done.sessions.len() as u64, "session"),
        many(done.events, "event"),
        many(done.findings, "finding"),
        many(done.texts, "long text"),
    );
    if of > 1 {
        let _ = write!(detail, " ({part} of {of})");
    }
    detail.push(':');
    for session in sessions {
        let id: String = session.id.as_str().chars().take(8).collect();
        let _ = write!(detail, " {} {id}", session.client);
    }
    let number = now.as_micros().unsigned_abs();
    let whole = NaturalKey::Occurrence { source, number, what: WHAT }.id();
    let id = if part == 1 { whole } else { whole.conflicting(ContentHash(part as u64)) };
    let kind = Kind::ConfigChange(ConfigChange {
        what: Masked::literal(WHAT),
        detail: Masked::from_scan(detail),
    });
    batch.events.push(Event { position: number, ..Event::own(id, now, kind) });
    batch
}

/// So many sessions are named in one event.
const NAMED: usize = 20;

fn many(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
