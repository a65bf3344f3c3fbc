//! Answers from the store. A reader takes no lock and writes nothing; it works beside a running
//! agent and without one, each answer from one consistent state (of [`Reader::events`], a page).

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{Checkpoint, Masked, SourceId, Timestamp};

use crate::{
    body::Unpacker,
    chain::{
        Head,
        link::{self, LinkHead},
    },
    error::Error,
    folder, schema,
};

mod analytics;
mod archive;
mod contacts;
mod coverage;
mod cut;
mod density;
mod digest;
mod event_view;
mod events;
mod excerpts;
mod facets;
mod feed;
mod finding_page;
mod finding_view;
mod findings;
mod installs;
mod lineage;
mod looked;
mod machine;
mod names;
mod numbers;
mod outline;
mod pauses;
mod processes;
mod question;
mod sealed;
mod search;
mod session_page;
mod session_view;
mod sessions;
mod status;
mod suppressions;
mod telling;
mod texts;
mod unasked;
mod unexplained;
mod usage;
mod verify;
mod witnesses;

pub use self::{
    contacts::Contact,
    event_view::EventAt,
    installs::{Done, Judged, Ran},
    looked::Looked,
    status::Stored,
    unasked::Unasked,
};

/// A connection for reading. `Send`, not `Sync`: give each thread its own.
pub struct Reader {
    conn: Connection,
    dir: PathBuf,
    bodies: RefCell<Unpacker>,
}

impl Reader {
    /// Opens the store in `dir`.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none, [`Error::Newer`] when a newer Vigil wrote it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let path = folder::database(dir);
        if !path.exists() {
            return Err(Error::Missing { path: dir.to_owned() });
        }
        let conn = schema::open_reader(&path)?;
        Ok(Self { conn, dir: dir.to_owned(), bodies: RefCell::default() })
    }

    /// How far `source` has been read.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn checkpoint(&self, source: SourceId) -> Result<Option<Checkpoint>, Error> {
        self.conn
            .prepare_cached(
                "SELECT device, inode, head, head_len, position, state, read_at FROM sources
                 WHERE key = ? AND read_at IS NOT NULL",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([source.as_bytes()], |row| {
                        Ok(Checkpoint {
                            source,
                            device: row.get::<_, i64>(0)?.cast_unsigned(),
                            inode: row.get::<_, i64>(1)?.cast_unsigned(),
                            head: row.get::<_, i64>(2)?.cast_unsigned(),
                            head_len: row.get(3)?,
                            offset: row.get::<_, i64>(4)?.cast_unsigned(),
                            state: row.get(5)?,
                            at: Timestamp::from_micros(row.get(6)?),
                        })
                    })
                    .optional()
            })
            .map_err(|source| self.failed("read a checkpoint", source))
    }

    /// The number of the last event that was committed; 0 before the first one.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn last_seq(&self) -> Result<i64, Error> {
        self.conn
            .query_row("SELECT max(value) FROM meta WHERE name = 'last seq'", [], |row| row.get(0))
            .map(|last: Option<i64>| last.unwrap_or(0))
            .map_err(|source| self.failed("read the last number", source))
    }

    /// Where the audit chain stands.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn head(&self) -> Result<Head, Error> {
        link::last(&self.conn).map_err(|source| self.failed("read the chain's head", source))
    }

    /// The head of link `number`, as it stands there: whether it follows from what is recorded is
    /// for [`Reader::verify`] to say.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn head_of(&self, number: u64) -> Result<LinkHead, Error> {
        link::head_of(&self.conn, number).map_err(|source| self.failed("read a link", source))
    }

    fn failed(&self, operation: &'static str, source: rusqlite::Error) -> Error {
        Error::sql(operation, folder::database(&self.dir), source)
    }

    /// Runs several statements on one state of the database.
    fn snapshot<T>(
        &self,
        operation: &'static str,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.conn
            .unchecked_transaction()
            .and_then(|tx| {
                let answer = f(&tx)?;
                tx.finish()?;
                Ok(answer)
            })
            .map_err(|source| self.failed(operation, source))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// Text that was masked before it was stored.
fn masked(text: String) -> Masked {
    Masked::from_scan(text)
}

/// No path, no name of a tool or a model and no id is longer, in characters.
const LONGEST_LABEL: usize = 4096;

/// A path, a name or an id from outside, masked before it was stored. It stands in every row of a
/// list, and who wrote it may have made it as long as a line can be.
fn label(text: String) -> Masked {
    if text.len() <= LONGEST_LABEL {
        return masked(text);
    }
    masked(cut::head(&text, LONGEST_LABEL).to_owned())
}

/// A column that holds a count.
fn count(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// A number from a fixed list, as the store keeps it.
fn word<T>(code: u8, from_code: fn(u8) -> Option<T>) -> rusqlite::Result<T> {
    from_code(code).ok_or_else(|| rusqlite::Error::IntegralValueOutOfRange(0, i64::from(code)))
}

/// A beginning of `text` as a range of strings: `text <= x < end`.
fn prefix_end(text: &str) -> String {
    let mut end = text.to_owned();
    end.push(char::MAX);
    end
}
