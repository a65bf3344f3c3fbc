//! The record against what the daemon noted of it.

use std::{fs, path::Path};

use serde_json::Value;
use vigil_tests::vigil::{Home, eventually};

use crate::{
    rig::{agent, anchor_is, anchors, daemon, record, verify, write_session},
    support::Place,
};

/// The store as another folder, or back.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn problem<'v>(verified: &'v Value, what: &str, about: &str) -> &'v Value {
    let problems = verified["problems"].as_array().unwrap();
    let is_it = |problem: &&Value| problem["what"] == what && problem["about"] == about;
    problems.iter().find(is_it).unwrap_or_else(|| panic!("{verified:#}"))
}

#[test]
fn anchors_go_on_over_every_end_of_the_agent() {
    let (home, place) = (Home::default(), Place::new());
    let daemon = place.start();

    let first = agent(&home, &place.socket());
    record(&home, 1);
    assert!(first.end().success());
    let at_first_end = anchors(&daemon);
    let second = agent(&home, &place.socket());
    record(&home, 2);
    second.kill();
    let third = agent(&home, &place.socket());
    // What it writes itself meanwhile is told as well, a while later.
    let (told, verified) = eventually("the third run has told where the chain stands", || {
        let told = anchors(&daemon);
        let verified = verify(&home, &place.socket());
        let is_all = verified["chain"]["number"].as_u64() == Some(told.last()?.count);
        let is_more = told.last()?.count > at_first_end.last()?.count;
        (is_all && is_more).then_some((told, verified))
    });
    assert!(third.end().success());

    let chain = verified["chain"]["number"].as_u64().unwrap();
    assert_eq!(told.last().unwrap().count, chain, "what the killed one left is anchored too");
    assert_eq!(verified["intact"], true, "{verified:#}");
    assert_eq!(verified["anchors"]["vouched"].as_u64(), Some(chain));
    assert_eq!(verified["anchors"]["matched"], verified["anchors"]["given"]);
    assert_eq!(verified["anchors"]["by_daemon"], verified["anchors"]["given"]);
    assert!(verified["anchors"]["since"].is_string(), "{verified:#}");
}

#[test]
fn a_record_that_is_put_back_to_an_earlier_state_is_named_and_not_anchored() {
    let (home, place) = (Home::default(), Place::new());
    let vigild = place.start();
    let (data, earlier) = (home.vigil().join("data"), home.root().join("earlier"));
    let first = agent(&home, &place.socket());
    record(&home, 1);
    assert!(first.end().success());
    copy(&data, &earlier);
    let vouched = anchors(&vigild).last().unwrap().count;
    let second = agent(&home, &place.socket());
    record(&home, 2);
    assert!(second.end().success());
    let noted = anchors(&vigild);

    copy(&earlier, &data);
    // What would fill it up again is gone as well.
    fs::remove_dir_all(home.projects()).unwrap();
    let verified = verify(&home, &place.socket());
    let third = agent(&home, &place.socket());
    anchor_is(&home, "ahead");
    let words = String::from_utf8(home.run(&["status"]).stdout).unwrap();
    assert!(third.end().success());

    assert_eq!(verified["intact"], false);
    let cut = problem(&verified, "missing", "link");
    assert_eq!(cut["number"].as_u64(), Some(vouched + 1), "{verified:#}");
    assert_eq!(verified["anchors"]["vouched"].as_u64(), Some(vouched));
    assert!(words.contains("ahead of this store"), "{words}");
    assert_eq!(anchors(&vigild), noted, "nothing more is noted");
}

#[test]
fn another_chain_in_the_place_of_the_anchored_one_is_named_and_not_anchored() {
    let (home, place) = (Home::default(), Place::new());
    let vigild = place.start();
    let first = agent(&home, &place.socket());
    record(&home, 1);
    assert!(first.end().success());
    let noted = anchors(&vigild);
    let (first_count, count) = (noted[0].count, noted.last().unwrap().count);

    fs::remove_dir_all(home.vigil().join("data")).unwrap();
    let mut number = 100;
    eventually("the new chain is longer than the anchored one was", || {
        write_session(&home, number);
        number += 1;
        home.json(&["ingest", "--once", "--json"]);
        let links = home.json(&["verify", "--json"])["chain"]["number"].as_u64().unwrap();
        (links > count).then_some(())
    });
    let verified = verify(&home, &place.socket());
    let second = agent(&home, &place.socket());
    anchor_is(&home, "differs");
    assert!(second.end().success());

    assert_eq!(verified["intact"], false);
    assert_eq!(problem(&verified, "altered", "anchor")["number"].as_u64(), Some(first_count));
    assert_eq!(anchors(&vigild), noted, "nothing more is noted");
}

#[test]
fn a_record_that_is_gone_is_missed() {
    let (home, place) = (Home::default(), Place::new());
    let _vigild = place.start();
    let first = agent(&home, &place.socket());
    record(&home, 1);
    assert!(first.end().success());

    fs::remove_dir_all(home.vigil().join("data")).unwrap();
    let socket = place.socket();
    let output = home.run(&["verify", "--test-daemon", socket.to_str().unwrap()]);

    assert!(!output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("a head of its chain was noted"), "{words}");
}

#[test]
fn a_store_that_is_not_the_users_own_is_not_held_against_the_machines_daemon() {
    let (home, place) = (Home::default(), Place::new());
    let _vigild = place.start();
    let first = agent(&home, &place.socket());
    record(&home, 1);
    assert!(first.end().success());

    // Below `VIGIL_HOME`, without the daemon for tests.
    let verified = home.json(&["verify", "--json"]);

    assert_eq!(verified["anchors"], Value::Null);
    assert_eq!(daemon(&home)["test"], false);
}
