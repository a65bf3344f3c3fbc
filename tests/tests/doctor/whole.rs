//! Whole installations.

use std::{collections::BTreeMap, fs};

use serde_json::Value;
use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

use crate::{
    rig::{doctor, run, said},
    support::{Place, own_uid},
};

/// Clients, a browser and a configuration, all told of Vigil.
fn everything(home: &Home) {
    for folder in [".claude", ".config/chromium"] {
        fs::create_dir_all(home.user().join(folder)).unwrap();
    }
    for command in [
        ["route", "on", "claude-code", "--yes"],
        ["guard", "on", "claude-code", "--yes"],
        ["route", "on", "chromium", "--yes"],
    ] {
        let output = home.run(&command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
    }
}

fn converse(home: &Home) {
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    let mut session = Session::new(1);
    let lines = [session.prompt("what is in the shop?"), session.text("msg_1", "some things")];
    fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
    eventually("the session is on record", || {
        let sessions = home.json(&["sessions", "--json"]);
        (sessions["sessions"][0]["turns"] == 1).then_some(())
    });
}

/// What counts as evidence: every event but what Vigil says of itself, by its id.
fn evidence(home: &Home) -> BTreeMap<String, Value> {
    let events = home.jsonl(&["events", "--jsonl", "--text"]);
    let of_others = events.into_iter().filter(|event| {
        !["gap", "system", "config_change"].contains(&event["kind"].as_str().unwrap())
    });
    of_others.map(|event| (event["id"].as_str().unwrap().to_owned(), event)).collect()
}

/// What is asked of the store in other ways, without times.
fn answers(home: &Home) -> [Value; 3] {
    let mut surfaces = home.json(&["status", "--json"])["surfaces"].clone();
    for surface in surfaces.as_array_mut().unwrap() {
        let counted: Vec<Value> = ["client", "coverage", "witnesses"]
            .into_iter()
            .map(|field| surface[field].clone())
            .collect();
        *surface = Value::from(counted);
    }
    [home.json(&["sessions", "--json"]), home.json(&["findings", "--json"]), surfaces]
}

#[test]
fn nothing_is_wrong_with_a_whole_one_and_nothing_of_the_examination_is_on_record() {
    let (home, place) = (Home::default(), Place::with(&format!("{}\n", own_uid())));
    let daemon = place.start();
    let agent = Running::start(&home, &["--test-daemon", place.socket().to_str().unwrap()]);
    everything(&home);
    converse(&home);
    eventually("the agent has found the daemon", || {
        let status = home.json(&["status", "--json"]);
        (status["daemon"]["state"] == "running").then_some(())
    });
    let before = (evidence(&home), answers(&home));

    let said = doctor(&home, &[]);

    said.is_well();
    for name in [
        "config",
        "folders",
        "store",
        "agent",
        "ports",
        "ca",
        "route",
        "proxy",
        "transcript",
        "hook",
        "process",
        "daemon",
        "browser",
        "dashboard",
    ] {
        assert_eq!(said.verdict(name), "works", "{:?}", said.check(name));
    }
    assert_eq!((evidence(&home), answers(&home)), before);
    assert!(!home.vigil().join("state/doctor").exists(), "what was tried is still there");
    assert!(!home.holds("talking to itself"), "what was tried is on record");
    drop((agent, daemon));
}

#[test]
fn nothing_is_wrong_with_one_that_nobody_was_told_of() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);

    let said = doctor(&home, &[]);

    said.is_well();
    for name in ["route", "browser", "service"] {
        assert_eq!(said.verdict(name), "off");
    }
}

#[test]
fn a_person_is_shown_a_table_and_only_what_was_asked_for() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);

    let output = home.run(&["doctor", "proxy", "store"]);

    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("proxy") && shown.contains("Nothing is wrong."), "{shown}");
    assert!(!shown.contains("transcript"), "{shown}");
    let unknown = home.run(&["doctor", "weather"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn four_examinations_at_the_same_time_disturb_none_of_them() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);

    let many: Vec<_> = (0..4)
        .map(|_| {
            let mut command = home.command(&["doctor", "--json"]);
            command.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in many {
        said(&child.wait_with_output().unwrap()).is_well();
    }
}

#[test]
fn nothing_is_said_to_be_recorded_while_recording_is_paused() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);
    run(&home, "vigil guard on claude-code --yes && vigil pause");

    let said = doctor(&home, &["hook"]);

    assert_eq!(said.verdict("hook"), "off");
    assert_eq!(said.check("hook")["remedy"], "vigil resume");
    run(&home, "vigil resume");
    assert_eq!(doctor(&home, &["hook"]).verdict("hook"), "works");
}

/// A program of the user's may write what would then be run as root.
#[test]
fn what_begins_as_another_user_is_refused_to_root() {
    if own_uid() != 0 {
        eprintln!("SKIPPED: only root could be taken for somebody with sudo");
        return;
    }
    let home = Home::default();
    for line in [&["doctor"][..], &["guard"], &["route"], &["uninstall", "--dry-run"]] {
        let output = home.command(line).env("SUDO_UID", "1000").output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{line:?} {words}");
        assert!(words.contains("without sudo"), "{words}");
    }
    fs::create_dir_all(home.vigil().join("state")).unwrap();
    std::os::unix::fs::chown(home.vigil().join("state"), Some(61_001), None).unwrap();

    let output = home.run(&["doctor"]);

    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("as that user") && output.stdout.is_empty(), "{words}");
}
