//! Files of every client that do what files must not do: nothing that was read is lost or told
//! twice, what cannot be read is a counted gap, and everything else is read all the same.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use vigil_platform::process::{self, Cost};
use vigil_tests::{
    corpus::{CLIENTS, Client, Session, Words, opencode},
    vigil::{Home, binary},
};

/// A file of each client that writes lines.
struct Files {
    home: Home,
    all: Vec<(Written, Vec<String>)>,
}

struct Written {
    path: PathBuf,
    start: String,
}

/// Turns that there are to be written.
const TURNS: usize = 8;

impl Files {
    /// Nothing is written yet.
    fn new() -> Self {
        let home = Home::default();
        let all = CLIENTS
            .into_iter()
            .map(|client| {
                let mut session = client.session(1);
                let mut words = Words::new(1);
                let path = client.path(&home.user(), &session);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                let start = client.start(&mut session);
                let turn = |_| client.turn(&mut session, &words.turn());
                (Written { path, start }, (0..TURNS).map(turn).collect())
            })
            .collect();
        Self { home, all }
    }

    /// Writes each file anew with these turns.
    fn write(&self, turns: &[usize]) {
        for (file, all) in &self.all {
            fs::write(&file.path, file.with(all, turns)).unwrap();
        }
    }

    /// Reads everything once and gives the calls of each client's session.
    fn read(&self) -> Vec<(&'static str, Value)> {
        self.home.json(&["ingest", "--once", "--json"]);
        let usage = self.home.json(&["usage", "--json", "--by", "session"]);
        let rows = usage["rows"].as_array().unwrap().clone();
        let calls = |client: &Client| {
            let id = client.session(1).id();
            rows.iter().find(|row| row["key"] == *id).map_or(json!(0), |row| row["calls"].clone())
        };
        CLIENTS.map(|client| (client.name, calls(client))).into()
    }

    fn drops(&self) -> Value {
        self.home.json(&["status", "--json"])["drops"].clone()
    }
}

impl Written {
    fn with(&self, all: &[String], turns: &[usize]) -> String {
        turns.iter().fold(self.start.clone(), |text, turn| text + &all[*turn])
    }
}

fn each(calls: usize) -> Vec<(&'static str, Value)> {
    CLIENTS.map(|client| (client.name, json!(calls))).into()
}

/// The events of each client. Every turn is five events, each once.
fn events_of(home: &Home) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for event in home.jsonl(&["events", "--jsonl"]) {
        // Gaps, and what Vigil says of itself, such as that a file was rewritten, are no turn's.
        if event["kind"] != "gap" && event["witnesses"] != json!(["vigil"]) {
            *events.entry(event["client"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    events
}

/// As many for every client that writes lines.
fn events_each(events: usize) -> BTreeMap<String, usize> {
    CLIENTS.map(|client| (client.name.to_owned(), events)).into()
}

#[test]
fn what_was_read_stays_and_what_is_new_is_read_whatever_becomes_of_the_file() {
    type Becomes = fn(&Written, &[String]);
    let cases: [(&str, Becomes); 5] = [
        ("cut short and written on", |file, turns| {
            let kept = file.with(turns, &[0, 1, 2]).len() as u64;
            let mut open = OpenOptions::new().write(true).open(&file.path).unwrap();
            open.set_len(kept).unwrap();
            open.seek(SeekFrom::End(0)).unwrap();
            open.write_all([turns[6].as_str(), &turns[7]].concat().as_bytes()).unwrap();
        }),
        ("emptied and written anew", |file, turns| {
            fs::write(&file.path, file.with(turns, &[6, 7])).unwrap();
        }),
        ("moved aside, with a new one in its place", |file, turns| {
            fs::rename(&file.path, file.path.with_extension("jsonl.1")).unwrap();
            fs::write(&file.path, file.with(turns, &[6, 7])).unwrap();
        }),
        ("replaced by a longer one", |file, turns| {
            let new = file.path.with_extension("new");
            fs::write(&new, file.with(turns, &[0, 1, 2, 3, 4, 5, 6, 7])).unwrap();
            fs::rename(new, &file.path).unwrap();
        }),
        ("written anew in place, and longer", |file, turns| {
            fs::write(&file.path, file.with(turns, &[0, 1, 2, 3, 4, 5, 6, 7])).unwrap();
        }),
    ];
    for (case, becomes) in cases {
        let files = Files::new();
        files.write(&[0, 1, 2, 3, 4, 5]);
        assert_eq!(files.read(), each(6), "before it was {case}");
        for (file, turns) in &files.all {
            becomes(file, turns);
        }

        assert_eq!(files.read(), each(8), "after it was {case}");

        assert_eq!(events_of(&files.home), events_each(5 * TURNS), "{case}");
        assert_eq!(files.drops(), json!({}), "{case}");
        assert_eq!(files.read(), each(8), "read once more after it was {case}");
    }
}

#[test]
fn what_stands_around_a_line_of_300_megabytes_is_read_and_memory_stays_small() {
    const LONG: u64 = 300_000_000;
    /// Longer than any line that is read.
    const TOO_LONG: u64 = 20_000_000;
    let files = Files::new();
    files.write(&[0]);
    for (number, (file, turns)) in files.all.iter().enumerate() {
        let long = if number == 0 { LONG } else { TOO_LONG };
        // A hole in the file: it takes no room, and is read like any other bytes.
        let mut open = OpenOptions::new().append(true).open(&file.path).unwrap();
        open.set_len(file.with(turns, &[0]).len() as u64 + long).unwrap();
        open.write_all(format!("\n{}", turns[1]).as_bytes()).unwrap();
    }
    let mut database = opencode::Database::open(&files.home.user()).unwrap();
    let mut session = opencode::session(1);
    let mut words = Words::new(1);
    database.start(&mut session).unwrap();
    database.turn(&mut session, &words.turn()).unwrap();
    let sql = format!("INSERT INTO event VALUES ('long', 'odd', hex(zeroblob({})))", LONG / 2);
    database.batch(&sql).unwrap();
    database.turn(&mut session, &words.turn()).unwrap();

    let most = peak_of(files.home.command(&["ingest", "--once", "--json"]));

    assert_eq!(files.read(), each(2));
    assert_eq!(files.drops(), json!({"gap.line-too-long": CLIENTS.len() + 1}));
    let mut events = events_each(5 * 2);
    events.insert(opencode::NAME.to_owned(), 5 * 2);
    assert_eq!(events_of(&files.home), events);
    let Some(most) = most else {
        eprintln!("SKIPPED: no process tells its memory here");
        return;
    };
    assert!(most < 150_000_000, "it held {most} bytes");
}

/// Runs `command`, which must succeed, and gives the most memory that it ever held.
fn peak_of(mut command: Command) -> Option<u64> {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut cost: Option<Cost> = None;
    let status = loop {
        // Memory is only known while it runs.
        cost = process::cost(child.id()).map(|now| now.max(cost)).or(cost);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "{status}");
    cost.map(|cost| cost.peak_memory)
}

#[test]
fn thousands_of_tiny_files_are_each_read_once() {
    const FILES: u32 = 200;
    let home = Home::default();
    let mut words = Words::new(1);
    let turn = words.turn();
    for client in CLIENTS {
        for number in 0..FILES {
            let mut session = client.session(number);
            let path = client.path(&home.user(), &session);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = client.start(&mut session) + &client.turn(&mut session, &turn);
            fs::write(path, text).unwrap();
        }
    }
    let all = FILES as usize * CLIENTS.len();

    let first = home.json(&["ingest", "--once", "--json"]);
    let second = home.json(&["ingest", "--once", "--json"]);

    assert_eq!((&first["files"], &first["events"]), (&json!(all), &json!(5 * all)));
    assert_eq!((&second["files"], &second["events"]), (&json!(all), &json!(0)));
    assert_eq!(home.json(&["usage", "--json"])["total"]["calls"], all);
}

/// Somebody who may not read everything.
const NOBODY: u32 = 65_534;

/// `vigil` as [`NOBODY`], with a copy that everybody may run.
fn as_nobody(home: &Home, arguments: &[&str]) -> Command {
    let nobody = NOBODY.to_string();
    let (uid, gid) = (format!("--reuid={nobody}"), format!("--regid={nobody}"));
    let vigil = home.root().join("bin/vigil");
    let mut command =
        home.clean("setpriv".into(), &[&uid, &gid, "--clear-groups", vigil.to_str().unwrap()]);
    command.args(arguments);
    command
}

fn nobodys(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            nobodys(&entry.unwrap().path());
        }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_counted_and_read_once_it_may() {
    if process::uid() != 0 {
        eprintln!("SKIPPED: only root can be somebody else");
        return;
    }
    let files = Files::new();
    let home = &files.home;
    files.write(&[0, 1]);
    opencode::Database::open(&home.user()).unwrap().write(1, 500).unwrap();
    // A second conversation of each that may be read.
    for client in CLIENTS {
        client.write(&home.user(), 2, 3).unwrap();
    }
    fs::create_dir(home.root().join("bin")).unwrap();
    for name in ["vigil", "vigil-agent"] {
        fs::copy(binary(name), home.root().join("bin").join(name)).unwrap();
    }
    let mut closed: Vec<PathBuf> = files.all.iter().map(|(file, _)| file.path.clone()).collect();
    closed.push(opencode::path(&home.user()));
    nobodys(home.root());
    if !as_nobody(home, &["--version"]).output().unwrap().status.success() {
        eprintln!("SKIPPED: nobody else may reach {}", home.root().display());
        return;
    }
    let allow = |mode: u32| {
        for path in &closed {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    let ask = |arguments: &[&str]| -> Value {
        let output = as_nobody(home, arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    };

    allow(0o000);
    ask(&["ingest", "--once", "--json"]);
    let calls = ask(&["usage", "--json"])["total"]["calls"].clone();
    let gaps = json!({"gap.unreadable-file": closed.len()});
    assert_eq!((calls, ask(&["status", "--json"])["drops"].clone()), (json!(18), gaps.clone()));

    allow(0o600);
    ask(&["ingest", "--once", "--json"]);
    let calls = ask(&["usage", "--json"])["total"]["calls"].clone();
    assert_eq!((calls, ask(&["status", "--json"])["drops"].clone()), (json!(18 + 12 + 1), gaps));
}

/// opencode's database and what is read of it.
struct Opencode {
    home: Home,
    session: Session,
    words: Words,
}

impl Opencode {
    fn new() -> Self {
        Self { home: Home::default(), session: opencode::session(1), words: Words::new(1) }
    }

    fn path(&self) -> PathBuf {
        opencode::path(&self.home.user())
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.path().with_extension(format!("db{suffix}"))
    }

    /// Opens it as the client does and writes turns, the session's beginning first.
    fn writes(&mut self, turns: usize) -> opencode::Database {
        let mut database = opencode::Database::open(&self.home.user()).unwrap();
        database.start(&mut self.session).unwrap();
        for _ in 0..turns {
            database.turn(&mut self.session, &self.words.turn()).unwrap();
        }
        database
    }

    /// Calls on record after reading once, and gaps.
    fn read(&self) -> (Value, Value) {
        self.home.json(&["ingest", "--once", "--json"]);
        let usage = self.home.json(&["usage", "--json"]);
        let status = self.home.json(&["status", "--json"]);
        (usage["total"]["calls"].clone(), status["drops"].clone())
    }
}

#[test]
fn a_database_that_its_client_keeps_to_itself_is_read_once_it_does_not() {
    let mut opencode = Opencode::new();
    let database = opencode.writes(3);
    database
        .batch("PRAGMA locking_mode = EXCLUSIVE; INSERT INTO event VALUES ('x', 'odd.1', '{}')")
        .unwrap();

    let (_, gaps) = opencode.read();
    assert_eq!(gaps, json!({"gap.unreadable-file": 1}));

    drop(database);
    assert_eq!(opencode.read().0, 3);
}

#[test]
fn a_broken_database_is_a_gap_and_a_whole_one_in_its_place_is_read() {
    let mut opencode = Opencode::new();
    drop(opencode.writes(40));
    assert_eq!(opencode.read(), (json!(40), json!({})));
    drop(opencode.writes(40));
    let whole = fs::read(opencode.path()).unwrap();
    let mut broken = whole.clone();
    let half = broken.len() / 2;
    broken[half..].fill(0xA5);
    fs::write(opencode.path(), &broken).unwrap();

    let (calls, gaps) = opencode.read();
    assert_eq!(gaps, json!({"gap.unreadable-file": 1}), "{calls} calls");

    fs::write(opencode.path(), &whole).unwrap();
    assert_eq!(opencode.read().0, 80);
}

#[test]
fn another_database_in_its_place_is_read_from_its_beginning() {
    let mut opencode = Opencode::new();
    drop(opencode.writes(4));
    assert_eq!(opencode.read().0, 4);
    fs::rename(opencode.path(), opencode.beside(".old")).unwrap();

    drop(opencode.writes(2));

    assert_eq!(opencode.read(), (json!(6), json!({})));
}

#[test]
fn a_database_whose_log_was_lost_is_read_as_far_as_it_goes() {
    let mut opencode = Opencode::new();
    drop(opencode.writes(3));
    let kept = fs::read(opencode.path()).unwrap();
    let database = opencode.writes(3);
    // As after a crash that took the log with it.
    fs::remove_file(opencode.beside("-wal")).unwrap();
    fs::remove_file(opencode.beside("-shm")).unwrap();
    drop(database);
    File::create(opencode.path()).unwrap().write_all(&kept).unwrap();

    assert_eq!(opencode.read(), (json!(3), json!({})));
}
