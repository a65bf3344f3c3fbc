//! A database that cannot be read: its files are kept under another name, said loudly, and a
//! new one begins. Never deletes anything.

use std::{fs, path::Path, path::PathBuf, time::SystemTime};

use rusqlite::{Connection, OpenFlags};
use vigil_proto::{
    Batch, Event, Kind, Masked, NaturalKey, Source, SourceId, Timestamp, Witness, event::Gap,
};

use crate::{
    apply::Ledger,
    chain::{self, Head, link},
    error::{Error, Trouble},
    folder, schema,
};

/// A database that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it is kept.
    pub kept_at: PathBuf,
    /// What was wrong with it.
    pub reason: String,
}

/// After an unclean stop, a database up to this size is checked before it is trusted; larger
/// ones would keep the user waiting, and show damage when it is met. In bytes.
const CHECKED_UP_TO: u64 = 256 * 1024 * 1024;

/// Opens the database in `dir`, or sets it aside and begins a new one.
pub(crate) fn open_or_renew(dir: &Path) -> Result<(Ledger, Option<Damage>), Error> {
    let reason = match open(dir) {
        Ok(ledger) => return Ok((ledger, None)),
        Err(Error::Damaged { source, .. }) => source.to_string(),
        Err(other) => return Err(other),
    };
    let (ledger, damage) = renew(dir, reason, last_head(dir))?;
    Ok((ledger, Some(damage)))
}

fn open(dir: &Path) -> Result<Ledger, Error> {
    let path = folder::database(dir);
    let conn = schema::open_writer(&path)?;
    let is_doubted = folder::doubted(dir).exists();
    if is_doubted || (folder::bytes(dir) <= CHECKED_UP_TO && !closed_well(&conn)) {
        check(&conn).map_err(|source| Error::sql("check the database", &path, source))?;
    }
    if is_doubted {
        let doubted = folder::doubted(dir);
        fs::remove_file(&doubted)
            .map_err(|source| folder::failed("take the doubt from", &doubted, source))?;
    }
    Ledger::open(conn, path)
}

fn closed_well(conn: &Connection) -> bool {
    // A store that was never used has no mark, and needs no check.
    let mark: rusqlite::Result<i64> =
        conn.query_row("SELECT value FROM meta WHERE name = 'open'", [], |row| row.get(0));
    match mark {
        Ok(open) => open == 0,
        Err(error) => Trouble::of(&error) != Trouble::Damage,
    }
}

fn check(conn: &Connection) -> rusqlite::Result<()> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(verdict)))
}

/// Where the chain of a damaged database ended, as far as that can still be read.
fn last_head(dir: &Path) -> Head {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let last = Connection::open_with_flags(folder::database(dir), flags)
        .and_then(|conn| link::last(&conn));
    match last {
        Ok(head) => head,
        Err(error) => {
            tracing::warn!(%error, "the audit chain begins anew: its last link cannot be read");
            Head::default()
        }
    }
}

/// Sets the database of `dir` aside and begins a new one that records the loss, and goes on
/// with the chain from `head`.
pub(crate) fn renew(dir: &Path, reason: String, head: Head) -> Result<(Ledger, Damage), Error> {
    let now = Timestamp::from(SystemTime::now());
    let kept_at = set_aside(dir, now)?;
    folder::prepare(dir)?;
    let mut ledger = open(dir)?;
    let path = folder::database(dir);
    ledger
        .begin()
        .and_then(|()| chain::go_on_from(&ledger.conn, head, now))
        .and_then(|()| ledger.reload())
        .map_err(|source| Error::sql("go on with the audit chain", &path, source))?;
    let batch = gap(&path, now, &kept_at, &reason);
    ledger
        .apply(&batch, &[])
        .and_then(|()| ledger.commit())
        .map_err(|source| Error::sql("record the damage", path, source))?;
    Ok((ledger, Damage { kept_at, reason }))
}

fn set_aside(dir: &Path, now: Timestamp) -> Result<PathBuf, Error> {
    let stamp = now.to_jiff().strftime("%Y%m%dT%H%M%S%6fZ").to_string();
    for file in folder::files(dir).iter().rev().filter(|file| file.exists()) {
        fs::rename(file, aside(file, &stamp))
            .map_err(|source| folder::failed("set aside", file, source))?;
    }
    Ok(aside(&folder::database(dir), &stamp))
}

/// `vigil.db-wal` becomes `vigil.db.damaged-STAMP-wal`, so that SQLite still sees what belongs
/// together.
fn aside(file: &Path, stamp: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let (base, rest) = name.split_at("vigil.db".len().min(name.len()));
    file.with_file_name(format!("{base}.damaged-{stamp}{rest}"))
}

fn gap(database: &Path, now: Timestamp, kept_at: &Path, reason: &str) -> Batch<Masked> {
    let name = kept_at.file_name().unwrap_or_default().to_string_lossy();
    let detail = format!("{reason}; the old file is kept as {name}");
    own_gap(database, now, "store-damaged", detail, None)
}

/// A gap that the store itself has to tell of.
pub(crate) fn own_gap(
    database: &Path,
    now: Timestamp,
    reason: &'static str,
    detail: String,
    bytes: Option<u64>,
) -> Batch<Masked> {
    let source = SourceId::of(database.as_os_str().as_encoded_bytes());
    let number = now.as_micros().unsigned_abs();
    let mut batch =
        Batch::new(Source { id: source, witness: Witness::Vigil, place: Masked::literal("store") });
    batch.count(format!("gap.{reason}"), 1);
    let id = NaturalKey::Occurrence { source, number, what: reason }.id();
    // SQLite's own words and a file name that Vigil made: nothing from outside.
    let kind = Kind::Gap(Gap { reason, detail: Masked::from_scan(detail), bytes });
    batch.events.push(Event { position: number, ..Event::own(id, now, kind) });
    batch
}
