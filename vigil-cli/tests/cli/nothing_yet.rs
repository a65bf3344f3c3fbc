//! A fresh machine: nothing recorded, no agent. Every question has an answer and a next step.

use crate::home::Home;

#[test]
fn every_question_has_an_empty_document() {
    let home = Home::new();

    let sessions = home.vigil(["sessions", "--json"]).exits(0).document("sessions");
    let usage = home.vigil(["usage", "--json", "--by", "model"]).exits(0).document("usage");
    let findings = home.vigil(["findings", "--json"]).exits(0).document("findings");
    let search = home.vigil(["search", "word", "--json"]).exits(0).document("search");
    let events = home.vigil(["events", "--json"]).exits(0).document("events");
    let logs = home.vigil(["logs", "--json"]).exits(0).document("logs");

    assert_eq!(sessions["sessions"], serde_json::json!([]));
    assert_eq!(usage["rows"], serde_json::json!([]));
    assert_eq!(usage["by"], "model");
    assert_eq!(usage["total"]["calls"], 0);
    assert_eq!(findings["findings"], serde_json::json!([]));
    assert_eq!(search["hits"], serde_json::json!([]));
    assert_eq!(events["events"], serde_json::json!([]));
    assert_eq!(logs["lines"], serde_json::json!([]));
}

#[test]
fn a_stream_of_nothing_is_empty() {
    let ran = Home::new().vigil(["events", "--jsonl"]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn empty_states_say_what_to_do_on_stderr() {
    let home = Home::new();
    for command in ["sessions", "usage", "events"] {
        let ran = home.vigil([command]).exits(0);
        assert_eq!(ran.stdout, "", "{command}");
        assert!(ran.stderr.contains("vigil ingest --once"), "{ran:?}");
    }
    assert!(home.vigil(["logs"]).exits(0).stderr.contains("vigil up"));
    assert!(home.vigil(["findings", "--exit-code"]).exits(0).stderr.contains("vigil status"));
}

#[test]
fn status_says_that_nothing_runs_and_nothing_is_known() {
    let home = Home::new();

    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    let words = home.vigil(["status"]).exits(0).stdout;

    assert_eq!(status["agent"]["running"], false);
    assert_eq!(status["proxy"]["running"], false);
    // There may be one on the machine of whoever runs this.
    assert!(status["daemon"]["state"].is_string(), "{status}");
    assert_eq!(status["surfaces"][0]["client"], "claude-code");
    assert_eq!(status["surfaces"][0]["verdict"], "nothing");
    assert_eq!(status["surfaces"][0]["next"], serde_json::json!(["vigil up"]));
    assert_eq!(status["drops"], serde_json::json!({}));
    assert_eq!(status["store"]["events"], 0);
    assert!(words.contains("not running"), "{words}");
    assert!(words.contains("No evidence yet."), "{words}");
    assert!(words.contains("\nNext\n  vigil setup "), "{words}");
    assert_eq!(status["next"][0]["command"], "vigil setup");
}

#[test]
fn a_client_that_is_not_read_is_told_to_be_there() {
    let home = Home::new();
    let file = home.path("home/.continue/sessions/a.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "{}").unwrap();

    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    assert_eq!(status["unread"][0]["client"], "continue");
    assert_eq!(status["unread"][0]["place"], "~/.continue/sessions");
    let words = home.vigil(["status"]).exits(0).stdout;
    assert!(words.contains("  Continue  not read yet\n    Installed, last active "), "{words}");
    assert!(words.contains("~/.continue/sessions; its conversations are not read yet."), "{words}");
}

#[test]
fn asking_writes_nothing() {
    let home = Home::new();
    for command in ["status", "sessions", "usage", "events", "findings", "logs"] {
        home.vigil([command]).exits(0);
    }
    home.vigil(["config", "show"]).exits(0);
    assert!(!home.path("vigil").exists());
}

#[test]
fn a_finding_that_is_not_there_is_a_failure_with_a_hint() {
    let ran = Home::new().vigil(["why", "abc"]).exits(1);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "error: there is no finding `abc`\n\nhint: `vigil findings` lists them\n"
    );
}
