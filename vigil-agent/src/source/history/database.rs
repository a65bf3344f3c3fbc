//! The visits in a copy of a history. Only the listed hosts' rows are asked for, by the indexes that
//! browsers have for it; views, triggers and functions that a database brings along are off, and a question
//! that takes too long is broken off.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, config::DbConfig, params,
};
use vigil_platform::browser_history::Family;

use super::trouble::Trouble;

/// Longest address that is looked at, in bytes.
const LONGEST: u32 = 4 * 1024;

/// How long one question may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Between 1601, from which Chromium counts, and 1970, in microseconds.
const SINCE_1601: i64 = 11_644_473_600_000_000;

/// A visit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Its number.
    pub(super) number: i64,
    /// When, in microseconds since 1970.
    pub(super) micros: i64,
    /// The page's address.
    pub(super) url: String,
}

/// Some visits, in order.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Those whose values are of the types that browsers write.
    pub(super) visits: Vec<Visit>,
    /// The number of the last row that was looked at; none when there was none.
    pub(super) last: Option<i64>,
    /// True when there may be more.
    pub(super) goes_on: bool,
}

/// An open copy.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    family: Family,
    patience: Duration,
    /// True when visits say on which machine they were made.
    says_where: bool,
}

impl Database {
    /// Opens the copy at `path`, and lets SQLite finish in it what the browser had begun.
    pub(super) fn open(path: &Path, family: Family, patience: Duration) -> Result<Self, Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(of)?;
        for (what, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        ] {
            connection.set_db_config(what, on).map_err(of)?;
        }
        let mut database = Self { connection, family, patience, says_where: false };
        database.says_where = database.bounded(|connection| {
            // What is sorted stays in memory: no other file may hold a piece of a history.
            connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")?;
            let sql =
                "SELECT 1 FROM pragma_table_info('visits') WHERE name = 'originator_cache_guid'";
            Ok(connection.query_row(sql, [], |_| Ok(())).optional()?.is_some())
        })?;
        Ok(database)
    }

    /// When visit `number` was, as the browser counts; none when it is gone. What is no number counts as 0.
    pub(super) fn time(&self, number: i64) -> Result<Option<i64>, Trouble> {
        let sql = match self.family {
            Family::Chromium => {
                "SELECT iif(typeof(visit_time) = 'integer', visit_time, 0)
                 FROM visits WHERE id = ?1"
            }
            Family::Firefox => {
                "SELECT iif(typeof(visit_date) = 'integer', visit_date, 0)
                 FROM moz_historyvisits WHERE id = ?1"
            }
        };
        self.bounded(|connection| connection.query_row(sql, [number], |row| row.get(0)).optional())
    }

    /// At most `most` visits to pages of `hosts` after visit `after`, in order.
    pub(super) fn after(&self, after: i64, hosts: &[&str], most: usize) -> Result<Page, Trouble> {
        let sql = question(self.family, self.says_where);
        let named: Vec<String> = match self.family {
            Family::Chromium => hosts.iter().map(|host| (*host).to_owned()).collect(),
            // Firefox has hosts backwards, with a dot behind them.
            Family::Firefox => {
                hosts.iter().map(|host| host.chars().rev().chain(['.']).collect()).collect()
            }
        };
        let named = serde_json::to_string(&named).unwrap_or_default();
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        self.bounded(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![after, limit, named])?;
            let (mut page, mut looked) = (Page::default(), 0);
            while let Some(row) = rows.next()? {
                looked += 1;
                let number = row.get(0)?;
                page.last = Some(number);
                if let (Ok(micros), Ok(url)) = (row.get(1), row.get(2)) {
                    page.visits.push(Visit { number, micros, url });
                }
            }
            page.goes_on = looked == most;
            Ok(page)
        })
    }

    /// Asks, and breaks off what takes longer than it may.
    fn bounded<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        let (handle, patience) = (self.connection.get_interrupt_handle(), self.patience);
        let (asked, over) = mpsc::channel::<()>();
        let watch = move || {
            let mut wait = patience;
            // Also one that begins just after it was broken off.
            while over.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
                handle.interrupt();
                wait = Duration::from_millis(50);
            }
        };
        thread::scope(|scope| {
            thread::Builder::new()
                .name("history-watch".to_owned())
                .spawn_scoped(scope, watch)
                .map_err(|error| Trouble::NotCopied(error.to_string()))?;
            let answer = ask(&self.connection).map_err(of);
            drop(asked);
            answer
        })
    }
}

/// Asks for visits after `?1`, at most `?2`, to the hosts in the JSON array `?3`.
fn question(family: Family, says_where: bool) -> String {
    match family {
        Family::Chromium => {
            // What came here from another machine was not done here.
            let here =
                if says_where { "AND coalesce(v.originator_cache_guid, '') = ''" } else { "" };
            format!(
                "SELECT v.id, v.visit_time - {SINCE_1601}, u.url
                 FROM json_each(?3) h
                     CROSS JOIN urls u ON u.url >= 'https://' || h.value || '/'
                         AND u.url < 'https://' || h.value || '0'
                     CROSS JOIN visits v ON v.url = u.id
                 WHERE v.id > ?1 AND octet_length(u.url) <= {LONGEST} {here}
                 ORDER BY v.id LIMIT ?2"
            )
        }
        Family::Firefox => format!(
            "SELECT v.id, v.visit_date, p.url
             FROM json_each(?3) h
                 CROSS JOIN moz_places p ON p.rev_host = h.value
                 CROSS JOIN moz_historyvisits v ON v.place_id = p.id
             WHERE v.id > ?1 AND octet_length(p.url) <= {LONGEST}
             ORDER BY v.id LIMIT ?2"
        ),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn of(error: rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => Trouble::Slow,
        // SQLite's word for a table or a column that is not there.
        Some(ErrorCode::Unknown) => Trouble::Form(error.to_string()),
        Some(ErrorCode::DiskFull) => Trouble::NotCopied(error.to_string()),
        _ => Trouble::Damaged(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
