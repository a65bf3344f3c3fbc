//! `vigil scan`: places, forms, what is left out and what is said about it.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::home::Home;

/// A token of GitHub's shape, put together here so that no file holds one.
fn token() -> String {
    ["gh", "p_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat()
}

/// Two keys that a vendor prints in its documentation.
fn example() -> String {
    ["AK", "IA", "IOSFODNN7", "EXAMPLE"].concat()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_hit_has_place_severity_type_and_no_clear_value() {
    let home = Home::new();
    home.write("a.txt", format!("first\n  token={}\n", token()));

    let ran = home.vigil(["scan", "a.txt"]).exits(0);

    assert!(ran.stdout.starts_with("a.txt:2:9: "), "{}", ran.stdout.len());
    assert!(ran.stdout.contains("github"), "the type is named");
    assert!(!ran.stdout.contains(&token()), "a clear value was printed");
    assert!(ran.stderr.contains("1 found in 1 texts"), "{}", ran.stderr);
}

#[test]
fn exit_code_says_whether_there_were_hits() {
    let home = Home::new();
    home.write("bad", token());
    home.write("good", "nothing");

    home.vigil(["scan", "bad", "--exit-code"]).exits(1);
    home.vigil(["scan", "good", "--exit-code"]).exits(0);
    home.vigil(["scan", "bad"]).exits(0);
}

#[test]
fn records_give_records_with_offsets_in_bytes() {
    let home = Home::new();
    let token = token();
    let input = format!(
        "{}\n\n{}\n",
        serde_json::json!({ "id": "r1", "text": format!("ü {token} \"x\"") }),
        serde_json::json!({ "id": "r2", "text": "clean" }),
    );
    home.write("in.jsonl", &input);

    let from_file = home.vigil(["scan", "--jsonl-in", "in.jsonl", "--format", "jsonl"]).exits(0);
    let from_stdin =
        home.vigil_fed(["scan", "--jsonl-in", "-", "--format", "jsonl"], &input).exits(0);

    let records = lines(&from_file.stdout);
    assert_eq!(records.len(), 1);
    let record = records[0].as_object().unwrap();
    let keys: Vec<&str> = record.keys().map(String::as_str).collect();
    assert_eq!(keys, ["end", "group", "id", "severity", "start", "type"]);
    assert_eq!(record["id"], "r1");
    assert_eq!((&record["start"], &record["end"]), (&3.into(), &(3 + token.len()).into()));
    assert_eq!(record["group"], "vcs");
    assert_eq!(from_stdin.stdout, from_file.stdout);
}

#[test]
fn a_record_that_cannot_be_read_is_said_and_the_rest_is_scanned() {
    let home = Home::new();
    let good = serde_json::json!({ "id": "r2", "text": token() });
    home.write("in.jsonl", format!("{{\"id\":\"r1\"}}\n{good}\n"));

    let ran = home.vigil(["scan", "--jsonl-in", "in.jsonl", "--format", "jsonl"]).exits(1);

    assert_eq!(lines(&ran.stdout).len(), 1);
    assert!(ran.stderr.contains("not scanned: in.jsonl:1: "), "{}", ran.stderr);
}

#[test]
fn examples_of_documentation_are_left_out_unless_all_is_asked_for() {
    let home = Home::new();
    home.write("doc.md", example());

    let without = home.vigil(["scan", "doc.md", "--exit-code"]).exits(0);
    let with = home.vigil(["scan", "doc.md", "--all", "--json"]).exits(0).document("scan");

    assert_eq!(without.stdout, "");
    assert_eq!(with["hits"][0]["documented_example"], true);
}

#[test]
fn folders_are_walked_in_order_without_following_links() {
    let home = Home::new();
    home.write("tree/b/two", token());
    home.write("tree/a", token());
    home.write("outside/three", token());
    symlink(home.path("outside"), home.path("tree/link")).unwrap();
    symlink(home.path("outside/three"), home.path("tree/file-link")).unwrap();
    symlink(home.path("tree"), home.path("tree/b/loop")).unwrap();

    let document = home.vigil(["scan", "tree", "--json"]).exits(0).document("scan");

    let ids: Vec<&str> = document["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["tree/a", "tree/b/two"]);
    assert_eq!(document["texts"], 2);
}

#[test]
fn what_is_not_text_is_named_as_not_scanned() {
    let home = Home::new();
    home.write("bin", [b"\0\x01".as_slice(), token().as_bytes()].concat());

    let ran = home.vigil(["scan", "bin", "--format", "jsonl"]).exits(0);

    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "warning: not scanned: bin: binary\n");
}

#[test]
fn a_path_that_is_not_there_fails_after_the_rest_was_scanned() {
    let home = Home::new();
    home.write("a", token());

    let ran = home.vigil(["scan", "missing", "a", "--format", "jsonl"]).exits(1);

    assert_eq!(lines(&ran.stdout).len(), 1);
    assert!(ran.stderr.contains("not scanned: missing: "), "{}", ran.stderr);
}

#[test]
fn bytes_that_are_no_text_do_not_move_the_places() {
    let home = Home::new();
    home.write("latin", [b"\xfc\xe9 ".as_slice(), token().as_bytes()].concat());

    let record = &lines(&home.vigil(["scan", "latin", "--format", "jsonl"]).exits(0).stdout)[0];

    assert_eq!(record["start"], 3);
}

#[test]
fn stdin_is_a_text_like_any_other() {
    let ran = Home::new().vigil_fed(["scan", "-", "--exit-code"], &token()).exits(1);
    assert!(ran.stdout.starts_with("stdin:1:1: "));
}

#[test]
fn sarif_has_rules_places_and_no_clear_value() {
    let home = Home::new();
    home.write("a b.txt", format!("\n{}", token()));

    let ran = home.vigil(["scan", "a b.txt", "--format", "sarif"]).exits(0);

    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["results"][0]["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.txt");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(place["region"]["byteOffset"], 1);
    assert!(!ran.stdout.contains(&token()), "a clear value was printed");
}

#[test]
fn a_hostile_file_name_is_shown_harmless() {
    let home = Home::new();
    home.write("a\u{1b}[2Jb", token());
    let ran = home.vigil(["scan", "."]).exits(0);
    assert!(ran.stdout.starts_with("./a\\u{1b}[2Jb:1:1: "), "{}", ran.stdout);
}
