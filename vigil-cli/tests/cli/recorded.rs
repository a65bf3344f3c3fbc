//! The answers about a recorded history, as documents and for people.

use std::{fs, process::Stdio};

use serde_json::{Value, json};

use crate::{
    home::Home,
    record::{SESSIONS, record},
};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn sessions_have_the_contracts_fields_newest_first() {
    let home = Home::new();
    record(&home);

    let document = home.vigil(["sessions", "--json"]).exits(0).document("sessions");

    let sessions = document["sessions"].as_array().unwrap();
    let ids: Vec<&str> = sessions.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, SESSIONS);
    for key in [
        "id",
        "client",
        "cwd",
        "model",
        "started",
        "last",
        "turns",
        "tool_calls",
        "usage",
        "findings",
    ] {
        assert!(keys(&sessions[1]).contains(&key), "{key}");
    }
    let one = &sessions[1];
    assert_eq!(one["client"], "claude-code");
    assert_eq!(one["cwd"], "/home/dev/shop");
    assert_eq!(one["model"], "claude-test-1");
    assert_eq!(
        (&one["turns"], &one["tool_calls"], &one["findings"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(one["usage"]["output"], 305);
}

#[test]
fn sessions_can_be_narrowed() {
    let home = Home::new();
    record(&home);
    let ids = |args: &[&str]| -> Vec<String> {
        let document = home.vigil(args).exits(0).document("sessions");
        let rows = document["sessions"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(ids(&["sessions", "--json", "--limit", "1"]), [SESSIONS[0]]);
    assert_eq!(ids(&["sessions", "--json", "--since", "2025-11-23"]), [SESSIONS[0]]);
    assert_eq!(ids(&["sessions", "--json", "--client", "codex"]), Vec::<String>::new());
}

#[test]
fn a_hostile_title_reaches_neither_table_nor_document_raw() {
    let home = Home::new();
    record(&home);

    let table = home.vigil(["sessions"]).exits(0).stdout;
    let document = home.vigil(["sessions", "--json"]).exits(0);

    assert!(table.contains("fix \\u{1b}[2J\\u{202e}the build"), "{table}");
    assert!(!document.stdout.contains(['\u{1b}', '\u{202e}']));
    let title = &document.document("sessions")["sessions"][1]["title"];
    // A title is one line.
    assert_eq!(title, &crate::record::HOSTILE.replace('\n', " "));
    assert_eq!(table.lines().count(), 3, "a header and one line a session: {table}");
}

#[test]
fn usage_counts_a_call_once_however_many_witnesses_saw_it() {
    let home = Home::new();
    record(&home);

    for (by, key) in [
        ("session", SESSIONS[1]),
        ("day", "2025-11-22"),
        ("model", "claude-test-1"),
        ("client", "claude-code"),
        ("project", "/home/dev/shop"),
        ("week", "2025-11-17"),
        ("month", "2025-11"),
    ] {
        let document = home.vigil(["usage", "--json", "--by", by]).exits(0).document("usage");
        let rows = document["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        for figure in [
            "calls",
            "input",
            "cache_read",
            "cache_write",
            "output",
            "reasoning",
            "cost_usd",
            "estimated",
        ] {
            assert!(keys(row).contains(&figure), "{figure} by {by}");
        }
        assert_eq!(document["total"]["calls"], 2, "{by}");
        assert_eq!(document["total"]["input"], 2 * 1680, "{by}");
        assert_eq!(document["total"]["estimated"], true, "{by}");
    }
}

#[test]
fn usage_for_people_groups_digits_and_marks_estimates() {
    let home = Home::new();
    record(&home);
    let table = home.vigil(["usage", "--by", "model"]).exits(0).stdout;
    let total = table.lines().last().unwrap();
    assert!(total.starts_with("total"), "{table}");
    assert!(total.contains("17\u{202f}800"), "{table}");
    assert!(total.ends_with("$0.0250 estimated"), "{table}");
}

#[test]
fn events_are_records_with_the_contracts_fields() {
    let home = Home::new();
    record(&home);

    let records = lines(&home.vigil(["events", "--jsonl"]).exits(0).stdout);

    assert_eq!(records.len(), 11);
    for key in ["id", "at", "kind", "session", "turn", "tool_call", "witnesses", "process"] {
        assert!(records.iter().all(|record| keys(record).contains(&key)), "{key}");
    }
    let answer = records
        .iter()
        .find(|record| record["kind"] == "response" && record["session"] == SESSIONS[1])
        .unwrap();
    assert_eq!(answer["witnesses"], json!(["transcript", "proxy"]));
    assert!(records.iter().all(|record| record["text"].is_null()));
}

#[test]
fn events_can_be_narrowed_and_have_their_texts() {
    let home = Home::new();
    record(&home);
    let records = |args: &[&str]| lines(&home.vigil(args).exits(0).stdout);

    let prompts =
        records(&["events", "--jsonl", "--kind", "prompt", "--session", "aaaa", "--text"]);
    assert_eq!(prompts.len(), 1);
    assert_eq!(prompts[0]["text"], "please deploy the payment service");
    assert_eq!(records(&["events", "--jsonl", "--limit", "3"]).len(), 3);
    assert_eq!(records(&["events", "--jsonl", "--since", "2025-11-23T00:00:00Z"]).len(), 6);
    let document = home.vigil(["events", "--json", "--limit", "2"]).exits(0).document("events");
    assert_eq!(document["events"].as_array().unwrap().len(), 2);
}

#[test]
fn events_for_people_are_harmless() {
    let home = Home::new();
    record(&home);
    let shown = home.vigil(["events", "--text"]).exits(0).stdout;
    assert!(shown.contains("2025-11-22 10:00:00  prompt"), "{shown}");
    assert!(shown.contains("transcript+proxy"), "{shown}");
    assert!(shown.contains("\\u{1b}]0;x\\u{7}"), "{shown}");
    assert!(!shown.contains('\u{1b}'));
}

#[test]
fn a_stream_whose_reader_goes_away_ends_quietly() {
    let home = Home::new();
    record(&home);
    let mut child = home
        .command(["events", "--jsonl", "--text"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn findings_have_the_contracts_fields_and_an_exit_code() {
    let home = Home::new();
    let recorded = record(&home);

    let document = home.vigil(["findings", "--json", "--exit-code"]).exits(1).document("findings");

    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    for key in [
        "id",
        "rule",
        "severity",
        "confidence",
        "at",
        "session",
        "turn",
        "event",
        "masked",
        "state",
    ] {
        assert!(keys(&findings[0]).contains(&key), "{key}");
    }
    assert_eq!(findings[0]["id"], recorded.finding.to_string());
    assert_eq!(findings[0]["turn"], 1);
    home.vigil(["findings", "--exit-code", "--severity", "critical"]).exits(0);
    home.vigil(["findings", "--exit-code", "--session", "bbbb"]).exits(0);
    home.vigil(["findings", "--exit-code", "--state", "open", "--session", "aaaa"]).exits(1);
}

#[test]
fn a_finding_is_explained_by_the_beginning_of_its_id() {
    let home = Home::new();
    let recorded = record(&home);
    let id = recorded.finding.to_string();
    let table = home.vigil(["findings"]).exits(0).stdout;
    let shown = &id[..12];
    assert!(table.contains(shown), "{table}");

    let document = home.vigil(["why", shown, "--json"]).exits(0).document("why");
    let words = home.vigil(["why", shown]).exits(0).stdout;
    let trace = &document["trace"];
    assert_eq!(trace["rule"], document["finding"]["rule"]);
    assert_eq!(trace["confidence"], document["finding"]["confidence"]);
    assert_eq!(document["revocation"]["service"], "AWS");
    assert_eq!(document["lineage"]["entry"]["way"], "tool");
    assert!(words.contains("To take it back") && words.contains("came in"), "{words}");
    let id = document["finding"]["id"].as_str().unwrap();
    let line = format!("vigil suppress add {id} --reason");
    assert!(words.contains(&line), "{words}");

    assert_eq!(document["finding"]["rule"], "aws_access_key");
    assert!(!document["chain"].as_array().unwrap().is_empty());
    assert!(document["suppress"].as_str().unwrap().contains("suppress"));
    assert!(
        words.starts_with("high  aws_access_key  (group cloud, confidence high, open)\n"),
        "{words}"
    );
    assert!(
        words.contains("evidence  [[vigil:aws_access_key:AKIA..WXYZ:0011223344556677]]"),
        "{words}"
    );
    assert!(words.contains("bytes 4..56 of text (masked)"), "{words}");
}

#[test]
fn search_finds_words_with_session_turn_and_snippet() {
    let home = Home::new();
    record(&home);

    let document =
        home.vigil(["search", "payment", "service", "--json"]).exits(0).document("search");
    let words = home.vigil(["search", "payment"]).exits(0);
    let nothing = home.vigil(["search", "zebra\u{1b}"]).exits(0);

    let hits = document["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[0]["session"], SESSIONS[0]);
    assert_eq!(hits[0]["turn"], 1);
    assert!(hits[0]["snippet"].as_str().unwrap().contains("payment"));
    assert!(words.stdout.contains("prompt  "), "{words:?}");
    assert!(words.stderr.contains("8 KiB"), "{words:?}");
    assert!(nothing.stderr.starts_with("Nothing found for `zebra\\u{1b}`."), "{nothing:?}");
}

#[test]
fn status_without_the_agent_comes_from_the_store() {
    let home = Home::new();
    record(&home);

    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    let words = home.vigil(["status"]).exits(0).stdout;

    let surface = &status["surfaces"][0];
    assert_eq!(surface["client"], "claude-code");
    assert_eq!(surface["version"], "2.1.330");
    assert_eq!(surface["witnesses"]["proxy"]["count"], 2);
    assert_eq!(surface["coverage"]["ratio"], Value::Null);
    assert_eq!(surface["next"], json!(["vigil up"]));
    assert_eq!(status["drops"]["drop.queue-full"], 2);
    assert_eq!(status["store"]["findings"]["high"], 1);
    assert!(words.contains("1 high open"), "{words}");
    assert!(words.contains("drop.queue-full 2"), "{words}");
    assert!(words.contains("vigil findings"), "{words}");
}

#[test]
fn a_store_that_is_no_database_is_a_failure_with_a_remedy_and_status_says_so() {
    let home = Home::new();
    record(&home);
    let database = fs::read_dir(home.path("vigil/data"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    fs::write(&database, "no database ".repeat(1000)).unwrap();

    let ran = home.vigil(["sessions"]).exits(1);
    let status = home.vigil(["status", "--json"]).exits(0).document("status");

    assert!(ran.stderr.contains("is damaged"), "{ran:?}");
    assert!(ran.stderr.contains("\n\nhint: "), "{ran:?}");
    assert!(status["warnings"][0].as_str().unwrap().contains("is damaged"), "{status}");
}
