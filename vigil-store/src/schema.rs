//! Opening the database file: pragmas, and the migrations that bring an older one forward.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use crate::{apply, chain, error::Error};

/// One step forward: its SQL, and what SQL cannot do.
struct Migration {
    sql: &'static str,
    then: fn(&Connection) -> rusqlite::Result<()>,
}

/// The migrations in order; the schema's number is how many of them were run.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("../migrations/0001_initial.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0002_dashboard.sql"), then: apply::touch_all },
    // What is there is committed to once everything that a commitment reads is there too.
    Migration { sql: include_str!("../migrations/0003_chain.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0004_machine.sql"), then: chain::is_to_commit },
    Migration { sql: include_str!("../migrations/0005_archive.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0006_aliases.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0007_suppressions.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0008_sealed.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0009_refused.sql"), then: |_| Ok(()) },
    Migration { sql: include_str!("../migrations/0010_sources_witness.sql"), then: |_| Ok(()) },
    Migration {
        sql: include_str!("../migrations/0011_installs.sql"),
        then: chain::as_found_if_asked,
    },
    Migration {
        sql: include_str!("../migrations/0012_masking.sql"),
        then: chain::adopt_suppressions,
    },
];

/// The newest schema known here.
#[expect(clippy::cast_possible_truncation, reason = "a handful of migrations")]
pub(crate) const NEWEST: u32 = MIGRATIONS.len() as u32;

/// How long the writer waits for another process that writes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Opens for writing, and migrates.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, Error> {
    let failed = |source| Error::sql("open the database", path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    refuse_newer(&conn, path)?;
    conn.busy_timeout(PATIENCE).map_err(failed)?;
    // A page size and auto_vacuum take effect only before the first table exists.
    conn.execute_batch(
        "PRAGMA page_size = 4096;
         PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = OFF;
         PRAGMA journal_size_limit = 25165824;",
    )
    .and_then(|()| Pace::Calm.set(&conn))
    .map_err(failed)?;
    plan_once(&conn).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(96);
    migrate(&mut conn, path)?;
    Ok(conn)
}

/// How much there is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A little now and then.
    Calm,
    /// More than can be written at once.
    Backlog,
}

impl Pace {
    /// Rows are found by hashes of what they are, so that whoever writes many of them goes to every
    /// page of an index in each transaction. Where a transaction's pages stay in memory until it
    /// ends each is read and written once; a longer log copies it into the database less often.
    pub(crate) fn set(self, conn: &Connection) -> rusqlite::Result<()> {
        conn.execute_batch(match self {
            // 4 MiB, and a checkpoint every 24 MiB of log.
            Self::Calm => {
                "PRAGMA cache_size = -4096; PRAGMA cache_spill = 900;
                 PRAGMA wal_autocheckpoint = 6000;"
            }
            // 20 MiB, or 24 MiB where one transaction changes as much; every 64 MiB.
            Self::Backlog => {
                "PRAGMA cache_size = -20480; PRAGMA cache_spill = 5500;
                 PRAGMA wal_autocheckpoint = 16384;"
            }
        })
    }
}

/// Opens for reading only; the file must exist.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let failed = |source| Error::sql("open the database", path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    conn.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096; PRAGMA query_only = ON;
         PRAGMA temp_store = MEMORY;",
    )
    .map_err(failed)?;
    plan_once(&conn).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(96);
    match refuse_newer(&conn, path)? {
        0 => Err(Error::Missing { path: path.parent().unwrap_or(path).to_owned() }),
        found if found < NEWEST => {
            Err(Error::Older { path: path.to_owned(), found, known: NEWEST })
        }
        _ => Ok(conn),
    }
}

/// Keeps SQLite from planning a statement anew when other values are bound to it, which takes
/// longer than most of our statements run. No plan here depends on a value.
fn plan_once(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// The schema's number, when it is one that is known here. Changes nothing.
fn refuse_newer(conn: &Connection, path: &Path) -> Result<u32, Error> {
    let found = conn
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| Error::sql("open the database", path, source))?;
    if found > NEWEST {
        return Err(Error::Newer { path: path.to_owned(), found, known: NEWEST });
    }
    Ok(found)
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::sql("migrate the database", path, source);
    let found = refuse_newer(conn, path)?;
    let pending = MIGRATIONS.iter().zip(1_u32..).skip(found as usize);
    for (migration, number) in pending {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        tx.execute_batch(migration.sql).and_then(|()| (migration.then)(&tx)).map_err(failed)?;
        tx.pragma_update(None, "user_version", number).map_err(failed)?;
        tx.commit().map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
