//! A transcript is the client's own word: what contradicts itself or another witness is kept
//! twice and said.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::fs;

use serde_json::Value;
use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::Home,
};

fn conflicts(home: &Home) -> Vec<Value> {
    let findings = home.json(&["findings", "--json"])["findings"].clone();
    findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["rule"] == "witness-conflict")
        .cloned()
        .collect()
}

fn texts(home: &Home) -> Vec<String> {
    home.jsonl(&["events", "--jsonl", "--text", "--kind", "response"])
        .iter()
        .map(|event| event["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_reused_message_id_is_a_conflict_and_both_contents_stay() {
    let home = Home::default();
    let mut session = Session::new(1);
    let honest = [
        session.prompt("what is it?"),
        session.text("msg_1", "the honest answer"),
        session.prompt("and?"),
        session.text("msg_2", "no more"),
    ];
    let forged = session.text("msg_1", "the forged answer");
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{}.jsonl", session.id));
    fs::write(&file, jsonl(&honest)).unwrap();
    home.json(&["ingest", "--once", "--json"]);
    assert_eq!(conflicts(&home), Vec::<Value>::new());

    fs::write(&file, jsonl(&honest) + &jsonl(&[forged])).unwrap();
    home.json(&["ingest", "--once", "--json"]);

    assert_eq!(conflicts(&home).len(), 1, "{:#?}", conflicts(&home));
    let texts = texts(&home);
    for text in ["the honest answer", "the forged answer", "no more"] {
        assert!(texts.iter().any(|known| known == text), "{text}: {texts:?}");
    }
    let total = &home.json(&["usage", "--json"])["total"];
    assert_eq!((total["calls"].as_u64(), total["output"].as_u64()), (Some(2), Some(10)));
}

#[test]
fn the_last_message_cannot_be_rewritten_either() {
    let home = Home::default();
    let mut session = Session::new(2);
    let lines = [
        session.prompt("what is it?"),
        session.text("msg_1", "the honest answer"),
        session.text("msg_1", "the forged answer"),
    ];
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();

    home.json(&["ingest", "--once", "--json"]);

    assert_eq!(conflicts(&home).len(), 1);
    assert_eq!(texts(&home).len(), 2);
}

#[test]
fn the_same_lines_again_are_no_conflict() {
    let home = Home::default();
    let mut session = Session::new(3);
    let lines = [
        session.prompt("do it"),
        session.text("msg_1", "I will"),
        session.call("msg_1", "toolu_1", "echo done"),
        session.result("toolu_1", "done"),
        session.text("msg_2", "It is done"),
    ];
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    // A client that rewrites its history writes the same lines once more.
    fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines) + &jsonl(&lines))
        .unwrap();

    home.json(&["ingest", "--once", "--json"]);

    assert_eq!(conflicts(&home), Vec::<Value>::new());
    assert_eq!(home.json(&["usage", "--json"])["total"]["calls"], 2);
    assert_eq!(home.jsonl(&["events", "--jsonl", "--kind", "tool_call"]).len(), 1);
}
