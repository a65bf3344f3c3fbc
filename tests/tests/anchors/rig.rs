//! An agent that asks a daemon of the test's own, and what can be seen of both.

use std::{fs, path::Path};

use serde_json::Value;
use vigil_proto::rpc::{Anchor, Deed, JournalScope, Max, Phase, Request, Response};
use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

use crate::support::Daemon;

/// An agent that asks the daemon at `socket`.
pub(crate) fn agent(home: &Home, socket: &Path) -> Running {
    Running::start(home, &["--no-proxy", "--test-daemon", socket.to_str().unwrap()])
}

/// Writes the transcript of a session of its own.
pub(crate) fn write_session(home: &Home, number: u32) {
    let mut session = Session::new(number);
    let lines =
        [session.prompt("what is it?"), session.text(&format!("msg_{number}"), "an answer")];
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
}

/// Writes a session and waits until the running agent has recorded it.
pub(crate) fn record(home: &Home, number: u32) {
    let before = sessions(home);
    write_session(home, number);
    eventually("the session is recorded", || (sessions(home) > before).then_some(()));
}

fn sessions(home: &Home) -> usize {
    home.json(&["sessions", "--json"])["sessions"].as_array().unwrap().len()
}

/// What the status says of the daemon.
pub(crate) fn daemon(home: &Home) -> Value {
    home.json(&["status", "--json"])["daemon"].clone()
}

/// Waits until the status says that the daemon stands so.
pub(crate) fn daemon_is(home: &Home, state: &str) -> Value {
    eventually(&format!("the daemon is {state}"), || {
        Some(daemon(home)).filter(|daemon| daemon["state"] == state)
    })
}

/// Waits until the status says that the store stands so to the anchor.
pub(crate) fn anchor_is(home: &Home, state: &str) -> Value {
    eventually(&format!("the anchor is {state}"), || {
        let anchor = daemon(home)["anchor"].clone();
        Some(anchor).filter(|anchor| anchor["state"] == state)
    })
}

/// What `vigil verify` says, beside the daemon at `socket`.
pub(crate) fn verify(home: &Home, socket: &Path) -> Value {
    let arguments = ["verify", "--json", "--test-daemon", socket.to_str().unwrap()];
    let output = home.run(&arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The anchors in the daemon's journal, each of which follows the one before.
pub(crate) fn anchors(daemon: &Daemon) -> Vec<Anchor> {
    let tail = Request::JournalTail { scope: JournalScope::Own, since: 0, max: Max::all() };
    let Response::Journal(page) = daemon.caller().ask(&tail) else { panic!("no journal") };
    assert!(!page.more, "more rows than this looks at");
    let anchors: Vec<Anchor> = page
        .rows
        .iter()
        .filter_map(|row| match (row.deed, row.phase) {
            (Deed::Anchor(anchor), Phase::Done) => Some(anchor),
            _ => None,
        })
        .collect();
    for pair in anchors.windows(2) {
        assert_eq!((pair[1].seq, pair[1].prev), (pair[0].seq + 1, pair[0].head));
    }
    anchors
}
