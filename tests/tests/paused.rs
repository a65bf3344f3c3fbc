//! A pause lasts until the user ends it, whoever ends or starts meanwhile.

#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{fs, io::Write as _, path::Path};

use serde_json::Value;
use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

const HIDDEN: &str = "not to be remembered";

fn append(transcript: &Path, line: Value) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(transcript).unwrap();
    file.write_all(jsonl(&[line]).as_bytes()).unwrap();
}

fn prompts(home: &Home) -> usize {
    home.jsonl(&["events", "--kind", "prompt", "--jsonl"]).len()
}

fn gaps(home: &Home) -> usize {
    let gaps = home.jsonl(&["events", "--kind", "gap", "--jsonl"]);
    gaps.iter().filter(|gap| gap["name"] == "paused").count()
}

fn stderr(home: &Home, arguments: &[&str]) -> String {
    String::from_utf8(home.run(arguments).stderr).unwrap()
}

#[test]
fn what_is_said_during_a_pause_stays_out_though_the_agent_ends_before_it() {
    let (home, mut session) = (Home::default(), Session::new(1));
    let project = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&project).unwrap();
    let transcript = project.join(format!("{}.jsonl", session.id));
    append(&transcript, session.prompt("before"));
    let first = Running::start(&home, &["--no-proxy"]);
    assert_eq!(first.ready["paused_since"], Value::Null);
    eventually("the first prompt", || (prompts(&home) == 1).then_some(()));
    assert!(home.run(&["pause"]).status.success());
    first.kill();
    append(&transcript, session.prompt(HIDDEN));

    let read = stderr(&home, &["ingest", "--once"]);
    let status = home.json(&["status", "--json"]);
    let second = Running::start(&home, &["--no-proxy"]);
    let refused = stderr(&home, &["ingest", "--once"]);
    let again = home.json(&["status", "--json"]);

    assert!(read.contains("recording is paused since"), "{read}");
    assert!(status["agent"]["paused_since"].is_string(), "{status}");
    assert_eq!(second.ready["paused_since"], status["agent"]["paused_since"]);
    assert_eq!(again["agent"]["paused_since"], status["agent"]["paused_since"]);
    assert!(again["warnings"].to_string().contains("`vigil resume`"), "{again}");
    assert!(refused.contains("reads transcripts already"), "{refused}");
    assert!(!refused.contains("vigil down"), "{refused}");
    assert!(home.run(&["resume"]).status.success());
    eventually("the gap", || (gaps(&home) == 1).then_some(()));
    append(&transcript, session.prompt("after"));
    eventually("what came after", || (prompts(&home) == 2).then_some(()));
    assert!(second.end().success());
    let third = Running::start(&home, &["--no-proxy"]);
    assert_eq!(third.ready["paused_since"], Value::Null);
    assert!(third.end().success());
    assert!(!home.holds(HIDDEN));
}
