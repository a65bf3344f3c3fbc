//! Databases of clients, read like files of lines: a record is a line, its number the place after
//! it. Nothing is written, also no helper file of SQLite; the only lock is the shared one that
//! reading takes.

use std::{
    fmt::Write as _,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::lines::Item;

/// Records taken at once.
const PAGE: i64 = 64;

/// How long a client's own lock is waited for.
const PATIENCE: Duration = Duration::from_millis(200);

/// A table to which a client appends, and how it is asked. The statements are the client's
/// module's own.
#[derive(Debug)]
pub(super) struct Log {
    /// The number of the last record.
    pub(super) last: &'static str,
    /// The id of record `?1`, by which it is known again.
    pub(super) id: &'static str,
    /// Numbers, lengths in bytes and JSON texts of the records after `?1`, at most `?2` of them.
    /// Of a record longer than `?3` bytes it gives what tells it from others, and touches nothing
    /// of its content: SQLite takes the whole of a text into memory, also for its first letter.
    pub(super) after: &'static str,
}

/// The log of an open database.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    log: &'static Log,
    path: PathBuf,
    /// The state of a database that nobody has open; it must stay the same while it is read.
    closed: Option<Stamp>,
}

/// Length and time of a file, in bytes and nanoseconds.
type Stamp = (u64, Option<std::time::SystemTime>);

impl Reader {
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: &Path, log: &'static Log) -> io::Result<Self> {
        // Without a write-ahead log nobody writes; SQLite would make one only to read.
        let in_use = fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
        let closed = if in_use { None } else { Some(stamp(path)?) };
        let how = if closed.is_some() { "immutable=1" } else { "readonly_shm=1" };
        let name = format!("file:{}?mode=ro&{how}", encoded(path));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(name, flags).map_err(io::Error::other)?;
        connection.busy_timeout(PATIENCE).map_err(io::Error::other)?;
        Ok(Self { connection, log, path: path.to_path_buf(), closed })
    }

    /// The number of the last record, 0 when there is none.
    pub(super) fn last(&self) -> io::Result<u64> {
        let last = self
            .connection
            .query_row(self.log.last, [], |row| row.get::<_, Option<i64>>(0))
            .map_err(io::Error::other)?;
        self.unchanged()?;
        Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or_default())
    }

    /// The id of record `number`, none when it is gone.
    pub(super) fn id(&self, number: u64) -> io::Result<Option<String>> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let id = self
            .connection
            .query_row(self.log.id, [number], |row| row.get(0))
            .optional()
            .map_err(io::Error::other)?;
        self.unchanged()?;
        Ok(id)
    }

    fn page(&self, after: u64, cap: usize) -> io::Result<Vec<Record>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let cap = i64::try_from(cap).unwrap_or(i64::MAX);
        let mut room = cap;
        let mut read = || {
            let mut page = Vec::new();
            let mut statement = self.connection.prepare_cached(self.log.after)?;
            let mut rows = statement.query(params![after, PAGE, cap])?;
            while let Some(row) = rows.next()? {
                let bytes: i64 = row.get(1)?;
                let text = row.get_ref(2)?.as_bytes().unwrap_or_default().to_vec();
                room -= bytes.min(cap);
                page.push(Record {
                    number: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                    bytes: u64::try_from(bytes).unwrap_or_default(),
                    cut: bytes > cap,
                    text,
                });
                if room <= 0 {
                    break;
                }
            }
            Ok::<_, rusqlite::Error>(page)
        };
        let page = read().map_err(io::Error::other)?;
        self.unchanged()?;
        Ok(page)
    }

    /// An error when a database that nobody had open has been written meanwhile: what was read
    /// may be half of it. It is read again at the next look.
    fn unchanged(&self) -> io::Result<()> {
        match self.closed {
            Some(before) if stamp(&self.path)? != before => {
                Err(io::Error::new(io::ErrorKind::WouldBlock, "it was written while it was read"))
            }
            _ => Ok(()),
        }
    }
}

/// Length and time of what a look at the database compares: its own and its write-ahead log's.
pub(super) fn seen(path: &Path, own: &fs::Metadata) -> Stamp {
    let wal = fs::metadata(beside(path, "-wal")).ok();
    let len = wal.as_ref().map_or(0, fs::Metadata::len);
    let written = wal.and_then(|wal| wal.modified().ok());
    (own.len() + len, own.modified().ok().max(written))
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    Ok(seen(path, &fs::metadata(path)?))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A path as SQLite takes it within an address.
fn encoded(path: &Path) -> String {
    path.as_os_str().as_bytes().iter().fold(String::new(), |mut address, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                address.push(char::from(*byte));
            }
            byte => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
        address
    })
}

#[derive(Debug)]
struct Record {
    number: u64,
    bytes: u64,
    cut: bool,
    text: Vec<u8>,
}

/// The records after a number, in order.
#[derive(Debug)]
pub(super) struct Records<'a> {
    reader: &'a Reader,
    cap: usize,
    page: std::vec::IntoIter<Record>,
    current: Option<Record>,
    offset: u64,
}

impl<'a> Records<'a> {
    pub(super) fn new(reader: &'a Reader, offset: u64, cap: usize) -> Self {
        Self { reader, cap, page: Vec::new().into_iter(), current: None, offset }
    }

    /// The number of the last record that was given.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next record and its number, or none when there is no further one yet.
    pub(super) fn next(&mut self) -> io::Result<Option<(Item<'_>, u64)>> {
        self.current = self.page.next();
        if self.current.is_none() {
            self.page = self.reader.page(self.offset, self.cap)?.into_iter();
            self.current = self.page.next();
        }
        let Some(record) = &self.current else { return Ok(None) };
        self.offset = record.number;
        let text = record.text.as_slice();
        let item = if record.cut {
            Item::TooLong { sample: text, bytes: record.bytes }
        } else {
            Item::Line(text)
        };
        Ok(Some((item, record.number)))
    }
}

#[cfg(test)]
mod tests;
