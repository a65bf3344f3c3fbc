//! The folder: permissions, the lock, newer and damaged files, a process that is killed, a disk
//! that is full.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use vigil_proto::{Checkpoint, SourceId, Timestamp, Witness};

use super::parts::{Bench, batch, event, events, masked, noise, open, prompt, response};
use crate::{Error, Health, Options, Reader, Store};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_file_is_its_owners_alone_and_mended_when_it_is_not() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "hello")]));
    let dir = bench.dir.path().to_owned();

    for file in fs::read_dir(&dir).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    bench.store.close().unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(dir.join("vigil.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let (_store, damage) = open(&dir);

    assert_eq!(damage, None);
    assert_eq!((mode(&dir), mode(&dir.join("vigil.db"))), (0o700, 0o600));
}

#[test]
fn a_second_writer_is_told_who_has_the_store() {
    let bench = Bench::new();

    let second = Store::open(bench.dir.path(), Options::default(), Box::new(|_| {}));

    let error = second.err().unwrap();
    assert!(matches!(error, Error::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(error.to_string().contains("vigil down"));
}

#[test]
fn a_newer_schema_is_refused_by_both_sides_and_left_alone() {
    let bench = Bench::new();
    let dir = bench.dir.path().to_owned();
    bench.store.close().unwrap();
    let conn = rusqlite::Connection::open(dir.join("vigil.db")).unwrap();
    conn.pragma_update(None, "user_version", 999).unwrap();
    drop(conn);
    let before = fs::read(dir.join("vigil.db")).unwrap();

    let writer = Store::open(&dir, Options::default(), Box::new(|_| {})).err().unwrap();
    let reader = Reader::open(&dir).err().unwrap();

    for error in [writer, reader] {
        assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");
    }
    assert!(fs::read(dir.join("vigil.db")).unwrap() == before, "the file was changed");
}

#[test]
fn a_missing_store_is_an_error_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(dir.path()), Err(Error::Missing { .. })));
}

#[test]
fn a_reader_works_after_the_writer_is_gone() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "hello")]));
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();

    assert_eq!(events(&Reader::open(dir.path()).unwrap()).len(), 1);
}

#[test]
fn a_file_that_is_no_database_is_kept_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let garbage = "this is not a database, it only has its name. ".repeat(200);
    fs::write(dir.path().join("vigil.db"), &garbage).unwrap();

    let (store, damage) = open(dir.path());

    let damage = damage.unwrap();
    assert_eq!(fs::read_to_string(&damage.kept_at).unwrap(), garbage);
    let reader = Reader::open(dir.path()).unwrap();
    assert_eq!(reader.status().unwrap().drops["gap.store-damaged"], 1);
    assert_eq!(events(&reader)[0].name, Some(masked("store-damaged")));
    store.close().unwrap();
}

#[test]
fn damage_after_an_unclean_stop_is_found_before_the_file_is_trusted() {
    let bench = Bench::new();
    let many = (0..400).map(|n| response(n, &format!("m{n}"), &"words and more. ".repeat(5)));
    bench.put(batch(Witness::Transcript, many.collect()));
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    let path = dir.path().join("vigil.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("UPDATE meta SET value = 1 WHERE name = 'open'", []).unwrap();
    let root: u32 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'events'", [], |r| r.get(0))
        .unwrap();
    drop(conn);
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((u64::from(root) - 1) * 4096)).unwrap();
    file.write_all(&[0xEE; 4096]).unwrap();

    let (_store, damage) = open(dir.path());

    assert!(damage.unwrap().kept_at.exists());
}

/// Damage that shows only while Vigil runs: what waits goes into the new file.
#[test]
fn damage_met_while_writing_loses_nothing_that_waits() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "before")]));
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    let path = dir.path().join("vigil.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    let root: u32 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'events_id'", [], |r| r.get(0))
        .unwrap();
    drop(conn);
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((u64::from(root) - 1) * 4096)).unwrap();
    file.write_all(&[0xEE; 4096]).unwrap();

    let (store, damage) = open(dir.path());
    assert_eq!(damage, None, "the stop was clean, so the file was trusted");
    let writer = store.writer();
    writer.submit(batch(Witness::Transcript, vec![prompt(2, "after")]), Vec::new()).unwrap();
    writer.flush().unwrap();

    assert!(matches!(writer.health(), Health::Renewed(_)));
    let rows = events(&Reader::open(dir.path()).unwrap());
    assert!(rows.iter().any(|row| row.text == Some(masked("after"))));
}

/// What the child of the next tests writes: batch `n` with its checkpoint.
fn write_numbered(dir: &Path, from: u64, to: u64) {
    let options = Options { group_time: Duration::ZERO, ..Options::default() };
    let (store, damage) = Store::open(dir, options, Box::new(|_| {})).unwrap();
    assert_eq!(damage, None);
    let writer = store.writer();
    for n in from..to {
        let second = i64::try_from(n).unwrap();
        let text = format!("line {n} {}", "with words ".repeat(30));
        let mut batch = batch(Witness::Transcript, vec![response(second, &format!("m{n}"), &text)]);
        batch.checkpoint = Some(checkpoint(batch.source.id, n + 1));
        writer.submit(batch, Vec::new()).unwrap();
    }
    store.close().unwrap();
}

fn checkpoint(source: SourceId, offset: u64) -> Checkpoint {
    Checkpoint {
        source,
        device: 1,
        inode: u64::MAX,
        head: 3,
        head_len: 4,
        offset,
        state: vec![1, 2],
        at: Timestamp::default(),
    }
}

const LINES: u64 = 3000;

/// Not a test of its own: the process that the tests below start and kill.
#[test]
#[ignore = "started by other tests as a process of its own"]
fn child_writes_lines() {
    if let Some(dir) = std::env::var_os("VIGIL_STORE_TEST_DIR") {
        let dir = Path::new(&dir);
        let source = SourceId::of(b"/place/of/transcript");
        let read = Reader::open(dir).ok().and_then(|r| r.checkpoint(source).unwrap());
        write_numbered(dir, read.map_or(0, |checkpoint| checkpoint.offset), LINES);
    }
}

fn child(dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "tests::files::child_writes_lines", "--ignored", "--nocapture"])
        .env("VIGIL_STORE_TEST_DIR", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

#[test]
fn killed_at_any_moment_it_has_every_line_once() {
    let dir = tempfile::tempdir().unwrap();

    for round in 1..=6 {
        let mut process = child(dir.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(37 * round));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let mut last = child(dir.path()).spawn().unwrap();
    let mut words = String::new();
    last.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(last.wait().unwrap().success(), "{words}");

    let whole = tempfile::tempdir().unwrap();
    write_numbered(whole.path(), 0, LINES);
    let [killed, whole] = [&dir, &whole].map(|dir| {
        let rows = events(&Reader::open(dir.path()).unwrap());
        rows.into_iter().map(|row| (row.id, row.at, row.text, row.witnesses)).collect::<Vec<_>>()
    });
    assert_eq!(killed.len() as u64, LINES);
    assert!(killed == whole);
}

/// Not a test of its own: runs in a mount namespace with a small disk at the folder.
#[test]
#[ignore = "started by another test as a process of its own"]
fn child_fills_the_disk() {
    let Some(dir) = std::env::var_os("VIGIL_STORE_TEST_DIR") else { return };
    let ballast = Path::new(&dir).join("ballast");
    let dir = Path::new(&dir).join("data");
    let (store, _) = open(&dir);
    let writer = store.writer();
    let line = |n: u64| {
        batch(Witness::Transcript, vec![response(n.cast_signed(), &format!("m{n}"), &noise(n))])
    };
    writer.submit(line(0), Vec::new()).unwrap();
    writer.flush().unwrap();
    let room = fs::File::create(&ballast).unwrap();
    while (&room).write_all(&vec![0; 65536]).is_ok() {}
    let mut sent = 1;
    let error = loop {
        writer.submit(line(sent), Vec::new()).unwrap();
        sent += 1;
        if let Err(error) = writer.flush() {
            break error;
        }
        assert!(sent < 200, "the disk never filled");
    };

    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("free some space"));
    assert!(matches!(writer.health(), Health::Waiting(_)));
    assert!(!events(&Reader::open(&dir).unwrap()).is_empty(), "what was committed can be read");

    fs::remove_file(&ballast).unwrap();
    drop(room);
    while writer.flush().is_err() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(writer.health(), Health::Good);
    assert_eq!(events(&Reader::open(&dir).unwrap()).len() as u64, sent);
    store.close().unwrap();
}

#[test]
fn a_full_disk_makes_it_wait_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let script =
        r#"mount -t tmpfs -o size=4m,mode=700 vigil-test "$1" || exit 77; shift; exec "$@""#;

    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "tests::files::child_fills_the_disk", "--ignored", "--nocapture"])
        .env("VIGIL_STORE_TEST_DIR", dir.path())
        .output();

    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => {
            panic!("{}", String::from_utf8_lossy(&output.stderr));
        }
        other => println!("skipped: no private mount namespace here ({other:?})"),
    }
}

#[test]
fn a_checkpoint_comes_back_as_it_was() {
    let bench = Bench::new();
    let mut batch = batch(Witness::Transcript, vec![]);
    let kept = checkpoint(batch.source.id, 77);
    batch.checkpoint = Some(kept.clone());

    bench.put(batch);

    assert_eq!(bench.reader().checkpoint(kept.source).unwrap(), Some(kept));
    assert_eq!(bench.reader().checkpoint(SourceId::of(b"other")).unwrap(), None);
}

#[test]
fn an_event_of_no_session_is_stored_too() {
    let bench = Bench::new();
    let mut lone = prompt(1, "nobody's");
    lone.session = None;
    lone.turn = None;
    let kind = lone.kind.clone();
    bench.put(batch(Witness::Vigil, vec![lone.clone(), event(lone.id, 1, lone.content.0, kind)]));

    assert_eq!(bench.events().len(), 1);
}
