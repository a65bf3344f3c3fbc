//! Asking the store whether it works leaves nothing in it, and damage is told.

use std::{
    fs::OpenOptions,
    io::{Seek as _, SeekFrom, Write as _},
    time::Duration,
};

use vigil_proto::Witness;

use super::parts::{Bench, batch, prompt};
use crate::{DOUBTED, Error, Looked};

#[test]
fn a_write_is_tried_and_nothing_of_it_is_left() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "a question")]));
    let before = (bench.reader().head().unwrap(), bench.reader().last_seq().unwrap());

    bench.writer.try_write().unwrap();

    let reader = bench.reader();
    assert_eq!((reader.head().unwrap(), reader.last_seq().unwrap()), before);
    let conn = rusqlite::Connection::open(crate::folder::database(bench.dir.path())).unwrap();
    let left = "SELECT count(*) FROM meta WHERE name = 'tried'";
    assert_eq!(conn.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    assert_eq!(reader.look_through(Duration::from_mins(1)).unwrap(), Looked::Through);
}

#[test]
fn a_page_that_somebody_wrote_over_is_damage() {
    let bench = Bench::new();
    for n in 1..200 {
        bench.put(batch(Witness::Transcript, vec![prompt(n, &"words upon words ".repeat(40))]));
    }
    let Bench { dir, store, writer } = bench;
    drop(writer);
    store.close().unwrap();
    let path = crate::folder::database(dir.path());
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let half = file.metadata().unwrap().len() / 2 / 4096 * 4096;
    file.seek(SeekFrom::Start(half)).unwrap();
    file.write_all(&[0xff; 3 * 4096]).unwrap();
    drop(file);

    let reader = crate::Reader::open(dir.path()).unwrap();
    let looked = reader.look_through(Duration::from_mins(1));

    assert!(matches!(looked, Err(Error::Damaged { .. })), "{looked:?}");
    drop(reader);

    // It was closed well, so nobody looks through it by himself.
    std::fs::write(dir.path().join(DOUBTED), b"").unwrap();
    let (store, damage) = super::parts::open(dir.path());
    assert!(damage.is_some_and(|damage| damage.kept_at.exists()));
    assert!(!dir.path().join(DOUBTED).exists());
    store.close().unwrap();
}
