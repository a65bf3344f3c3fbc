//! kill -9 in the middle of many streams: what was answered in full is on record with its usage, what
//! was cut is a gap, and nothing is neither.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "cut/streams.rs"]
mod streams;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread,
};

use serde_json::Value;
use vigil_tests::vigil::{Home, Running, eventually};

use self::streams::{Client, INPUT, OUTPUT, Server};

/// Calls at a time, and how many of them are answered in full.
const CALLS: usize = 50;
const COMPLETE: usize = 20;

struct World {
    home: Home,
    server: Server,
    upstreams: String,
}

impl World {
    fn new() -> Self {
        let home = Home::default();
        let server = Server::start(home.root());
        let upstreams = server.upstreams(home.root());
        Self { home, server, upstreams }
    }

    fn start(&self) -> Running {
        Running::start(&self.home, &["--test-upstreams", &self.upstreams])
    }

    fn events(&self, kind: &str) -> Vec<Value> {
        self.home.jsonl(&["events", "--jsonl", "--text", "--kind", kind])
    }

    /// The gaps that the end of an agent left, once `have` says that they are all there.
    fn cut(&self, have: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        eventually("what was cut is a gap", || {
            let mut gaps = self.events("gap");
            gaps.retain(|gap| gap["name"] == "agent-ended");
            have(&gaps).then_some(gaps)
        })
    }

    fn open(&self) -> usize {
        self.events("connection").iter().filter(|row| row["detail"]["open"] == true).count()
    }

    /// What the record says of itself must be right.
    fn verify(&self) {
        let output = self.home.run(&["verify"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn sessions(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["session"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn of_fifty_streams_the_complete_ones_are_calls_and_the_cut_ones_gaps() {
    let world = World::new();
    let vigil = world.start();
    let client = Arc::new(Client::new(vigil.field("proxy"), vigil.field("ca")));

    // Each is in the middle of its answer, and stays there, or has all of it.
    let calls: Vec<_> = (0..CALLS)
        .map(|number| {
            let client = Arc::clone(&client);
            thread::spawn(move || {
                let is_whole = number < COMPLETE;
                let mut stream = client.ask(&format!("session-{number}"), is_whole);
                if is_whole {
                    stream.read_whole();
                } else {
                    stream.read_first_words();
                }
                (!is_whole).then_some(stream)
            })
        })
        .collect();
    let held: Vec<_> = calls.into_iter().filter_map(|call| call.join().unwrap()).collect();
    assert_eq!(held.len(), CALLS - COMPLETE);
    eventually("everything until now is on record", || {
        let asked = world.events("prompt").len();
        let answered = world.events("model_call").len();
        let is_all = (asked, answered, world.open()) == (CALLS, COMPLETE, held.len());
        is_all.then_some(())
    });
    vigil.kill();
    drop(held);

    let again = world.start();
    let gaps = world.cut(|gaps| gaps.len() >= CALLS - COMPLETE);

    assert_eq!(gaps.len(), CALLS - COMPLETE);
    let calls = world.events("model_call");
    assert_eq!(calls.len(), COMPLETE);
    let (cut, whole) = (sessions(&gaps), sessions(&calls));
    assert_eq!((cut.len(), whole.len()), (CALLS - COMPLETE, COMPLETE));
    assert!(cut.is_disjoint(&whole));
    let total = world.home.json(&["usage", "--json"])["total"].clone();
    assert_eq!(total["input"], COMPLETE as u64 * INPUT, "{total}");
    assert_eq!(total["output"], COMPLETE as u64 * OUTPUT, "{total}");
    assert_eq!(world.open(), 0, "their connections are not open any more");
    let status = world.home.json(&["status", "--json"]);
    assert_eq!(status["drops"]["gap.proxy"], CALLS - COMPLETE, "{status}");
    assert_eq!(world.server.asked(), CALLS);

    // The next start has nothing more to tell.
    assert!(again.end().success());
    assert!(world.start().end().success());
    assert_eq!(world.cut(|_| true).len(), CALLS - COMPLETE);
    world.verify();
}

#[test]
fn killed_at_any_moment_no_call_on_record_is_without_an_end() {
    let world = World::new();
    let mut seen = BTreeMap::new();
    for round in 0..4 {
        let vigil = world.start();
        let client = Arc::new(Client::new(vigil.field("proxy"), vigil.field("ca")));
        let asking: Vec<_> = (0..12)
            .map(|number| {
                let client = Arc::clone(&client);
                thread::spawn(move || client.ask_until_it_breaks(&format!("s-{round}-{number}")))
            })
            .collect();
        let (before, told) = (world.server.asked(), world.events("prompt").len());
        eventually("calls come and go", || (world.server.asked() > before + 40).then_some(()));
        // A fast machine has that many before the first of them is committed.
        eventually("some are on record", || (world.events("prompt").len() > told).then_some(()));

        vigil.kill();
        for client in asking {
            client.join().unwrap();
        }
    }
    // Whatever was under way is told by the last start.
    let vigil = world.start();
    assert!(vigil.end().success());

    for event in world.events("prompt") {
        seen.entry(event["session"].to_string()).or_insert((0, 0)).0 += 1;
    }
    for kind in ["model_call", "gap"] {
        for event in world.events(kind).iter().filter(|event| event["session"].is_string()) {
            seen.entry(event["session"].to_string()).or_insert((0, 0)).1 += 1;
        }
    }
    assert!(!seen.is_empty());
    for (session, (asked, ended)) in &seen {
        assert_eq!(asked, ended, "of {session} as many calls ended as began");
    }
    assert_eq!(world.open(), 0);
    world.verify();
}
