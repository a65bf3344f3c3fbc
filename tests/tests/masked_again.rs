//! A rule that is switched on later masks what was stored before, in every file, and tells of it.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{fs, thread, time::Duration};

use serde_json::Value;
use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

const RULE: &str = "[detect.rules.badge]\npattern = 'orchardbadge[a-z]{12}'\n";

/// A value that nothing but that rule takes for a secret.
fn value() -> String {
    ["orchard", "badge", "lanternmeadow"].concat()
}

/// A conversation with the value in its title, prompts, commands, paths and results.
fn write(home: &Home, number: u32) {
    let mut session = Session::new(number);
    let value = value();
    let mut lines = vec![session.prompt(&format!("please look up {value} for step {number}"))];
    for m in 0..30 {
        let (message, tool) = (format!("msg_{number}_{m}"), format!("toolu_{number}_{m}"));
        lines.push(session.call(&message, &tool, &format!("grep -r {value} /srv/{value}/{m}")));
        lines.push(session.result(&tool, &format!("{m}: {value} and more\n").repeat(20)));
    }
    let project = home.projects().join(format!("-home-dev-shop{number}"));
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
}

fn switch_on(home: &Home) {
    let config = home.vigil().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), RULE).unwrap();
}

/// What `vigil status` says of it once it is over and something was masked.
fn masked(home: &Home) -> Option<Value> {
    let masking = home.json(&["status", "--json"])["store"]["masking"].clone();
    let is_over = masking["ended"].is_string() && masking["changed"].as_u64()? > 0;
    is_over.then_some(masking)
}

fn check(home: &Home) {
    let found = home.json(&["findings", "--json"]);
    let badges: Vec<&Value> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "user_badge")
        .collect();
    assert_eq!(badges.len(), 1, "one value, one incident");
    assert!(badges[0]["fingerprint"].is_string());
    assert!(badges[0]["why"].as_str().unwrap().contains("recorded before"), "{}", badges[0]);
    let first = home.jsonl(&["events", "--jsonl", "--text"])[0].clone();
    assert_eq!(badges[0]["at"], first["at"], "at its event's own time");
    assert!(first["text"].as_str().unwrap().contains("[[vigil:user_badge:"), "{first}");
    let verified = home.json(&["verify", "--json"]);
    assert_eq!(verified["intact"], true, "{verified}");
    assert!(verified["chain"]["rewritten"].as_u64().unwrap() > 0, "{verified}");
}

#[test]
fn a_rule_that_is_switched_on_later_masks_what_was_stored_before() {
    let home = Home::default();
    write(&home, 1);
    write(&home, 2);
    home.json(&["ingest", "--once", "--json"]);
    assert!(home.holds(&value()), "nothing takes it for a secret yet");

    switch_on(&home);
    let agent = Running::start(&home, &["--no-proxy"]);
    // Whoever wrote the rule is asked first.
    let waits = |home: &Home| {
        let warnings = home.json(&["status", "--json"])["warnings"].to_string();
        warnings.contains("not masked by them: badge")
    };
    assert!(waits(&home), "a warning says that the rule waits");
    let told = home.json(&["mask-again", "--json"]);
    assert!(told["waits"]["badge"].as_u64().unwrap() > 60, "{told}");
    let is_over = |home: &Home| home.json(&["status", "--json"])["store"]["masking"].clone();
    eventually("it was looked through without the rule", || {
        is_over(&home)["ended"].is_string().then_some(())
    });
    assert_eq!(is_over(&home)["changed"], 0, "nothing is masked by it before that");

    assert_eq!(home.json(&["mask-again", "--yes", "--json"])["waits"], serde_json::json!({}));
    eventually("everything is masked again", || masked(&home));
    assert!(!waits(&home));
    let is_told = |event: &Value| event["name"] == "mask-by-new-rules";
    eventually("who asked is on record", || {
        home.jsonl(&["events", "--jsonl", "--text"]).iter().any(is_told).then_some(())
    });

    assert!(agent.end().success());
    assert!(!home.holds(&value()), "a file below the home of Vigil has it");
    check(&home);
}

#[test]
fn killed_in_the_midst_of_it_the_agent_goes_on_with_it() {
    let home = Home::default();
    for number in 1..=8 {
        write(&home, number);
    }
    home.json(&["ingest", "--once", "--json"]);
    switch_on(&home);

    for kill in 0..5 {
        let agent = Running::start(&home, &["--no-proxy"]);
        home.json(&["mask-again", "--yes", "--json"]);
        // It begins two seconds after its start.
        thread::sleep(Duration::from_millis(1990 + 30 * kill));
        agent.kill();
    }
    let agent = Running::start(&home, &["--no-proxy"]);
    home.json(&["mask-again", "--yes", "--json"]);
    eventually("everything is masked again", || masked(&home));

    assert!(agent.end().success());
    assert!(!home.holds(&value()), "a file below the home of Vigil has it");
    check(&home);
}

#[test]
fn all_of_it_is_masked_again_when_somebody_asks_for_that() {
    let home = Home::default();
    write(&home, 1);
    let agent = Running::start(&home, &["--no-proxy"]);
    let began = |home: &Home| {
        let masking = home.json(&["status", "--json"])["store"]["masking"].clone();
        masking["ended"].is_string().then(|| masking["began"].clone())
    };
    let first = eventually("it was looked through at the start", || began(&home));

    assert_eq!(home.json(&["mask-again", "--json"])["asked"], true);

    eventually("it was looked through again", || began(&home).filter(|again| *again != first));
    let is_told = |event: &Value| event["name"] == "masked-again";
    eventually("that it was done is on record", || {
        home.jsonl(&["events", "--jsonl", "--text"]).iter().any(is_told).then_some(())
    });
    assert!(agent.end().success());
}
