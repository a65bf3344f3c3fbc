//! kill -9 at any moment, start again: the store is the one that an undisturbed run makes.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{fs, path::Path, process::Stdio, thread, time::Duration};

use serde_json::Value;
use vigil_tests::{
    corpus,
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

/// Writes one session's transcript.
fn session(projects: &Path, number: u32, messages: u32) {
    let mut session = Session::new(number);
    let mut lines = Vec::new();
    for m in 0..messages {
        let (message, tool) = (format!("msg_{number}_{m}"), format!("toolu_{number}_{m}"));
        lines.push(session.prompt(&format!("please do step {m} of session {number}")));
        let command = if m % 5 == 3 { "pip install requets" } else { "echo" };
        lines.push(session.call(&message, &tool, &format!("{command} {m}")));
        lines.push(session.result(&tool, &format!("line {m}\n").repeat(40)));
    }
    let project = projects.join(format!("-home-dev-shop{}", number % 5));
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
}

/// What must be equal: everything that is told about sessions, usage, events and installs.
fn told(home: &Home) -> [Value; 4] {
    let mut events: Vec<Value> = home.jsonl(&["events", "--jsonl", "--text"]);
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        // The order and time of reading differ from run to run; what was read does not.
        event.remove("seq");
        event.remove("seen_at");
    }
    events.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
    let mut sessions = home.json(&["sessions", "--json"])["sessions"].clone();
    sessions.as_array_mut().unwrap().sort_by_key(|s| s["id"].as_str().unwrap().to_owned());
    let mut installs: Vec<Value> = home.jsonl(&["installs", "--jsonl"]);
    for install in &mut installs {
        install.as_object_mut().unwrap().remove("seq");
    }
    installs.sort_by_key(|install| format!("{} {}", install["event"], install["place"]));
    [
        sessions,
        home.json(&["usage", "--json", "--by", "session"])["total"].clone(),
        events.into(),
        installs.into(),
    ]
}

/// Sessions of all clients, so that a kill meets each of them in the middle of a file.
const SESSIONS: u32 = 40;
const BYTES: u64 = 12_000_000;
const KILLS: u32 = 20;

#[test]
fn killed_twenty_times_in_the_midst_of_all_clients_it_ends_with_an_equal_store() {
    let home = Home::default();
    let written = corpus::write_home(&home.user(), SESSIONS, BYTES).unwrap();

    let mut killed = 0;
    for kill in 0..KILLS {
        let before = stored(&home);
        let mut reading = home
            .command(&["ingest", "--once", "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Some kills meet the start, the others a transaction at a different place each.
        if kill % 4 > 0 {
            while stored(&home) == before && reading.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
        }
        thread::sleep(Duration::from_millis(u64::from(7 * kill)));
        // It may have ended by itself by now; both are fine.
        let _ = reading.kill();
        killed += u32::from(!reading.wait().unwrap().success());
    }
    assert!(killed > 0, "it always ended before it was killed");
    home.json(&["ingest", "--once", "--json"]);
    let disturbed = told(&home);
    assert_eq!(disturbed[1]["calls"], written.turns, "every turn is a call");
    let events = disturbed[2].as_array().map_or(0, Vec::len);
    assert_eq!(events as u64, 5 * written.turns, "every turn is five events");
    assert!(disturbed[3].as_array().is_some_and(|all| all.len() > 20), "{:#}", disturbed[3]);
    assert_eq!(
        home.json(&["ingest", "--once", "--json"])["events"],
        0,
        "a second run adds nothing"
    );
    assert_eq!(told(&home), disturbed);

    // The same transcripts and the same installation's key, read once without disturbance.
    let calm = Home::default();
    fs::remove_dir_all(calm.user()).unwrap();
    copy(&home.user(), &calm.user());
    fs::create_dir_all(calm.vigil().join("data")).unwrap();
    fs::copy(
        home.vigil().join("data/installation.key"),
        calm.vigil().join("data/installation.key"),
    )
    .unwrap();
    calm.json(&["ingest", "--once", "--json"]);
    assert_eq!(told(&calm), disturbed);
}

/// How much of the database and its log is written.
fn stored(home: &Home) -> u64 {
    let size =
        |name: &str| fs::metadata(home.vigil().join("data").join(name)).map_or(0, |m| m.len());
    size("vigil.db") + size("vigil.db-wal")
}

#[test]
fn a_killed_agent_starts_again_and_goes_on() {
    let home = Home::default();
    session(&home.projects(), 1, 30);
    let first = Running::start(&home, &["--no-proxy"]);
    eventually("the first session is read", || {
        (home.json(&["usage", "--json"])["total"]["calls"] == 30).then_some(())
    });
    first.kill();

    session(&home.projects(), 2, 30);
    let second = Running::start(&home, &["--no-proxy"]);
    eventually("the second session is read", || {
        (home.json(&["usage", "--json"])["total"]["calls"] == 60).then_some(())
    });
    // Six commands a session, with two packages each.
    let installs = home.jsonl(&["installs", "--jsonl"]);
    assert_eq!(installs.len(), 24, "{installs:#?}");
    assert!(second.end().success());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
