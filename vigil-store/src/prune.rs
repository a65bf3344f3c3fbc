//! Retention: what is older than the user wants, or more than the disk may hold, is deleted,
//! its text and its words with it. Totals stay: sessions, usage and findings are never deleted
//! here.

use std::time::SystemTime;

use rusqlite::{Connection, params};
use vigil_proto::{KindName, Timestamp, config::Retention};

use crate::{apply::Ledger, chain::link::Reason, damage, error::Error, fold};

/// What a pruning deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Events.
    pub events: u64,
    /// Their texts that nothing else refers to.
    pub bodies: u64,
}

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Pruning for the quota goes on until so much of it is used, in percent.
const QUOTA_GOAL: u64 = 90;

/// Which setting rules how long a kind is kept.
const fn days(retention: &Retention, kind: KindName) -> u32 {
    match kind {
        KindName::Prompt
        | KindName::Response
        | KindName::Thinking
        | KindName::ToolCall
        | KindName::ToolResult
        | KindName::ModelCall
        | KindName::BrowserMessage => retention.conversation_days,
        KindName::Process | KindName::Connection | KindName::File | KindName::Install => {
            retention.activity_days
        }
        KindName::ConfigChange | KindName::Gap | KindName::System => retention.system_days,
    }
}

/// Deletes by age.
pub(crate) fn by_age(
    ledger: &mut Ledger,
    retention: &Retention,
    now: Timestamp,
) -> Result<Pruned, Error> {
    let doom = |ledger: &mut Ledger| {
        let conn = &ledger.conn;
        for kind in KindName::ALL {
            let days = days(retention, *kind);
            if days > 0 {
                let before = now.as_micros().saturating_sub(i64::from(days) * DAY);
                conn.prepare_cached(
                    "INSERT INTO temp.doomed SELECT seq FROM events WHERE at < ? AND kind = ?",
                )?
                .execute(params![before, kind.code()])?;
            }
        }
        Ok(())
    };
    let pruned = within(ledger, Reason::Age, doom, |_, _| Ok(()));
    pruned.map_err(|source| Error::sql("delete what is too old", &ledger.path, source))
}

/// Deletes the oldest conversations, a twentieth at a time, until the store fits; records the
/// gap. The newest one is never deleted.
pub(crate) fn to_quota(ledger: &mut Ledger, quota: u64) -> Result<Pruned, Error> {
    let mut total = Pruned::default();
    let shrink = |ledger: &mut Ledger, total: &mut Pruned| -> rusqlite::Result<()> {
        while used(&ledger.conn)? > quota / 100 * QUOTA_GOAL {
            let doom = |ledger: &mut Ledger| {
                let conn = &ledger.conn;
                conn.execute(
                    "INSERT INTO temp.doomed SELECT seq FROM events WHERE session IN (
                         SELECT id FROM sessions s
                         WHERE EXISTS (SELECT 1 FROM events WHERE session = s.id)
                             AND last < (SELECT max(last) FROM sessions)
                         ORDER BY last
                         LIMIT (SELECT 1 + count(*) / 20 FROM sessions))",
                    [],
                )
                .and_then(|_| oldest_activity(conn))
            };
            let pruned = within(ledger, Reason::Quota, doom, |_, _| Ok(()))?;
            total.events += pruned.events;
            total.bodies += pruned.bodies;
            if pruned.events == 0 {
                break;
            }
        }
        if total.events > 0 {
            let now = Timestamp::from(SystemTime::now());
            let words = format!("{} events of the oldest conversations were deleted", total.events);
            let batch = damage::own_gap(&ledger.path, now, "quota", words, None);
            ledger.apply(&batch, &[])?;
            ledger.count("prune.quota-events", total.events);
            ledger.commit()?;
        }
        Ok(())
    };
    shrink(ledger, &mut total)
        .map_err(|source| Error::sql("keep within the quota", &ledger.path, source))?;
    Ok(total)
}

/// Processes and connections of no conversation that are never deleted for the quota, the newest.
const ACTIVITY_KEPT: u32 = 500;

/// The oldest twentieth of the processes and connections that belong to no conversation.
fn oldest_activity(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT OR IGNORE INTO temp.doomed
         SELECT seq FROM events INDEXED BY events_rare
         WHERE kind > 5 AND kind IN (6, 7) AND session IS NULL ORDER BY at
         LIMIT (SELECT max(0, min(1 + count(*) / 20, count(*) - ?)) FROM events
                    INDEXED BY events_rare
                WHERE kind > 5 AND kind IN (6, 7) AND session IS NULL)",
        [ACTIVITY_KEPT],
    )
    .map(|_| ())
}

/// Bytes of the database that hold something.
fn used(conn: &Connection) -> rusqlite::Result<u64> {
    let pages: i64 = conn.query_row(
        "SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
        [],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(pages).unwrap_or(0))
}

/// Deletes the events that `doom` lists in `temp.doomed`, in one transaction that `end` may add to,
/// and gives their room back to the file system.
pub(crate) fn within(
    ledger: &mut Ledger,
    reason: Reason,
    doom: impl FnOnce(&mut Ledger) -> rusqlite::Result<()>,
    end: impl FnOnce(&mut Ledger, Pruned) -> rusqlite::Result<()>,
) -> rusqlite::Result<Pruned> {
    ledger.conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS doomed (seq INTEGER PRIMARY KEY);
         DELETE FROM temp.doomed;
         PRAGMA secure_delete = ON;",
    )?;
    ledger.begin()?;
    let result = doom(ledger)
        .and_then(|()| ledger.deletes(reason))
        .and_then(|()| delete(&ledger.conn))
        .and_then(|(pruned, any_body)| {
            ledger.sweep(any_body)?;
            end(ledger, pruned)?;
            // Without events there may still be a title, or other words.
            if pruned.events > 0 || reason == Reason::Forgotten {
                fold::mark(&ledger.conn)?;
                ledger.is_fold_due = true;
            }
            ledger.commit()?;
            Ok(pruned)
        });
    // Counters in memory are loaded again, whether it was committed or not.
    ledger.roll_back()?;
    ledger.conn.execute_batch("PRAGMA secure_delete = OFF;")?;
    let pruned = result?;
    if ledger.is_fold_due {
        fold::fold(ledger, fold::PATIENCE);
    }
    Ok(pruned)
}

/// Deletes what is doomed. Says too whether any text was deleted, as those are that an event once
/// had.
fn delete(conn: &Connection) -> rusqlite::Result<(Pruned, bool)> {
    let events: i64 = conn.query_row("SELECT count(*) FROM temp.doomed", [], |row| row.get(0))?;
    if events == 0 {
        return Ok((Pruned::default(), false));
    }
    // What describes the events that are left stays true; totals do not follow.
    conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS doomed_bodies (hash INTEGER PRIMARY KEY);
         DELETE FROM temp.doomed_bodies;
         INSERT INTO temp.doomed_bodies
         SELECT DISTINCT body FROM events
         WHERE seq IN (SELECT seq FROM temp.doomed) AND typeof(body) = 'integer';
         UPDATE activity SET n = activity.n - gone.n
         FROM (SELECT (at - (at % 900000000 + 900000000) % 900000000) / 900000000 AS quarter,
                   kind, count(*) AS n
               FROM events WHERE seq IN (SELECT seq FROM temp.doomed) GROUP BY 1, 2) gone
         WHERE activity.quarter = gone.quarter AND activity.kind = gone.kind;
         DELETE FROM activity WHERE n <= 0;
         DELETE FROM touched WHERE seq IN (SELECT seq FROM temp.doomed);
         DELETE FROM paths WHERE id NOT IN (SELECT path FROM touched);
         DELETE FROM search WHERE rowid IN (SELECT seq FROM temp.doomed);
         DELETE FROM sightings WHERE event IN (SELECT seq FROM temp.doomed);
         DELETE FROM known_as WHERE event IN (SELECT seq FROM temp.doomed);
         DELETE FROM finding_sightings WHERE event IN (SELECT seq FROM temp.doomed);
         DELETE FROM calls WHERE seq IN (SELECT seq FROM temp.doomed);
         DELETE FROM processes WHERE seq IN (SELECT seq FROM temp.doomed);
         DELETE FROM flows WHERE seq IN (SELECT seq FROM temp.doomed);
         DELETE FROM installs WHERE seq IN (SELECT seq FROM temp.doomed);
         DELETE FROM events WHERE seq IN (SELECT seq FROM temp.doomed);",
    )?;
    let theirs: i64 = conn.query_row(
        "SELECT count(*) FROM temp.doomed_bodies WHERE hash NOT IN
             (SELECT body FROM events WHERE typeof(body) = 'integer')",
        [],
        |row| row.get(0),
    )?;
    let bodies = conn.execute(
        "DELETE FROM bodies WHERE hash NOT IN
             (SELECT body FROM events WHERE typeof(body) = 'integer')",
        [],
    )?;
    let pruned = Pruned { events: events.cast_unsigned(), bodies: theirs.cast_unsigned() };
    Ok((pruned, bodies > 0))
}
