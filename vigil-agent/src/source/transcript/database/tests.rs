use rusqlite::{Connection, params};

use super::*;

const LOG: Log = Log {
    last: "SELECT max(rowid) FROM event",
    id: "SELECT id FROM event WHERE rowid = ?1",
    after: "SELECT rowid, octet_length(data), \
            iif(octet_length(data) > ?3, id, data) \
            FROM event WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
};

/// A database with a write-ahead log, as its client leaves it while it is running.
fn database(path: &Path) -> Connection {
    let writer = Connection::open(path).unwrap();
    writer.pragma_update(None, "journal_mode", "wal").unwrap();
    writer.execute("CREATE TABLE event (id TEXT PRIMARY KEY, data TEXT NOT NULL)", []).unwrap();
    writer
}

fn add(writer: &Connection, n: u32, data: &str) {
    writer.execute("INSERT INTO event VALUES (?1, ?2)", params![format!("evt_{n}"), data]).unwrap();
}

fn read(path: &Path, after: u64, cap: usize) -> Vec<(String, u64)> {
    let reader = Reader::open(path, &LOG).unwrap();
    let mut records = Records::new(&reader, after, cap);
    let mut all = Vec::new();
    while let Some((item, number)) = records.next().unwrap() {
        let words = match item {
            Item::Line(line) => String::from_utf8_lossy(line).into_owned(),
            Item::TooLong { sample, bytes } => format!("{bytes} bytes, {} shown", sample.len()),
        };
        all.push((words, number));
    }
    assert_eq!(records.offset(), all.last().map_or(after, |(_, number)| *number));
    all
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_still_in_the_write_ahead_log_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b%.db");
    let writer = database(&path);
    for n in 1..=200 {
        add(&writer, n, &format!("record {n}"));
    }

    let all = read(&path, 0, 1000);

    assert_eq!(all.len(), 200);
    assert_eq!(all[199], ("record 200".to_owned(), 200));
    assert_eq!(read(&path, 198, 1000).len(), 2);
    assert_eq!(Reader::open(&path, &LOG).unwrap().id(7).unwrap().as_deref(), Some("evt_7"));
    add(&writer, 201, "the writer goes on");
    assert_eq!(Reader::open(&path, &LOG).unwrap().last().unwrap(), 201);
}

#[test]
fn a_closed_database_is_read_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let writer = database(&path);
    add(&writer, 1, "one");
    drop(writer);
    let before = fs::read(&path).unwrap();
    assert_eq!(names(folder.path()), ["x.db"]);

    assert_eq!(read(&path, 0, 1000), [("one".to_owned(), 1)]);

    assert_eq!(names(folder.path()), ["x.db"]);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_log_that_its_writer_left_behind_is_read_without_mending_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("x.db"), folder.path().join("copy.db"));
    let writer = database(&path);
    add(&writer, 1, "one");
    // As a crash leaves it: a log, and nobody's memory of it.
    fs::copy(&path, &copy).unwrap();
    fs::copy(beside(&path, "-wal"), beside(&copy, "-wal")).unwrap();
    drop(writer);
    let before = names(folder.path());

    let found = Reader::open(&copy, &LOG).and_then(|reader| reader.last());

    assert_eq!(names(folder.path()), before);
    assert!(!matches!(found, Ok(n) if n != 1), "half of it: {found:?}");
}

#[test]
fn a_closed_database_that_is_written_meanwhile_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let writer = database(&path);
    add(&writer, 1, "one");
    drop(writer);
    let reader = Reader::open(&path, &LOG).unwrap();
    assert_eq!(reader.last().unwrap(), 1);

    let writer = Connection::open(&path).unwrap();
    add(&writer, 2, "two");

    assert_eq!(reader.last().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(read(&path, 1, 1000), [("two".to_owned(), 2)]);
}

#[test]
fn a_record_beyond_the_cap_is_named_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let writer = database(&path);
    add(&writer, 1, &"x".repeat(100_000));
    add(&writer, 2, "small");

    let all = read(&path, 0, 50_000);

    assert_eq!(all[0].0, "100000 bytes, 5 shown");
    assert_eq!(all[1].0, "small");
}

#[test]
fn what_is_no_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    fs::write(&path, "no database at all, but long enough to be looked at".repeat(100)).unwrap();

    let found = Reader::open(&path, &LOG).and_then(|reader| reader.last());

    assert!(found.is_err());
}
