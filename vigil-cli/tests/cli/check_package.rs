//! `vigil check-package`: names, versions, records, forms and exit codes.

use serde_json::{Value, json};

use crate::home::Home;

/// Looks like a well-known name, and nobody knows it.
const SQUAT: &str = "requsets";

#[test]
fn a_person_reads_the_verdict_and_why() {
    let home = Home::new();

    let ran = home.vigil(["check-package", "-e", "pypi", SQUAT, "requests"]).exits(0);

    assert!(ran.stdout.starts_with("high"), "{}", ran.stdout);
    assert!(ran.stdout.contains("looks like requests"), "{}", ran.stdout);
    assert!(ran.stdout.contains("none      requests\n"), "{}", ran.stdout);
}

#[test]
fn exit_code_says_whether_one_is_bad() {
    let home = Home::new();

    home.vigil(["check-package", "-e", "pypi", "--exit-code", "requests", SQUAT]).exits(1);
    home.vigil(["check-package", "-e", "pypi", "--exit-code", "requests"]).exits(0);
    home.vigil(["check-package"]).exits(2);
}

#[test]
fn a_version_is_judged_by_itself() {
    let home = Home::new();

    let ran = home.vigil(["check-package", "ua-parser-js@0.7.29", "ua-parser-js@0.7.30"]).exits(0);

    let words: Vec<&str> = ran.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(words, ["critical  ua-parser-js 0.7.29", "none      ua-parser-js 0.7.30"]);
}

#[test]
fn records_give_records_and_one_that_is_none_is_told() {
    let home = Home::new();
    let (npm, pypi) =
        (json!({"ecosystem": "npm", "name": "react"}), json!({"ecosystem": "pypi", "name": SQUAT}));
    home.write("names.jsonl", format!("{npm}\n\nno record\n{pypi}\n"));

    let ran =
        home.vigil(["check-package", "--jsonl-in", "names.jsonl", "--format", "jsonl"]).exits(1);

    let told: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fine = json!({"ecosystem": "npm", "name": "react", "severity": "none", "reasons": []});
    let reasons = json!([{"rule": "similar-name", "target": "requests"}, {"rule": "unknown-name"}]);
    let bad = json!({"ecosystem": "pypi", "name": SQUAT, "severity": "high", "reasons": reasons});
    assert_eq!(told, [fine, bad]);
    assert!(ran.stderr.contains("line 3 is not a record"), "{}", ran.stderr);
}

#[test]
fn an_ecosystem_may_be_written_otherwise_and_one_that_is_none_is_refused() {
    let home = Home::new();

    for word in ["PyPI", "pip", "Python"] {
        home.vigil(["check-package", "-e", word, "--exit-code", SQUAT]).exits(1);
    }
    let ran = home.vigil(["check-package", "-e", "bogus", "--json", SQUAT]).exits(2);
    assert!(ran.stderr.contains("`bogus` is no ecosystem"), "{}", ran.stderr);
    home.vigil(["installs", "--ecosystem", "bogus"]).exits(2);
    let (pip, bogus) =
        (json!({"ecosystem": "pip", "name": SQUAT}), json!({"ecosystem": "bogus", "name": SQUAT}));
    home.write("names.jsonl", format!("{pip}\n{bogus}\n"));
    let ran = home.vigil(["check-package", "--jsonl-in", "names.jsonl"]).exits(0);
    let told: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&told[0]["ecosystem"], &told[0]["severity"]), (&json!("pip"), &json!("high")));
    assert_eq!(told[1]["severity"], "none");
    assert!(ran.stderr.contains("`bogus` is no ecosystem"), "{}", ran.stderr);
}

#[test]
fn json_is_one_document() {
    let home = Home::new();

    let ran = home.vigil(["check-package", "--json", "react", "@babel/core@7"]).exits(0);

    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "vigil.packages/1");
    assert_eq!(document["packages"][1]["name"], "@babel/core");
    assert_eq!(document["packages"][1]["version"], "7");
}
