//! A daemon that is not there, comes, ends and comes back.

use vigil_tests::vigil::Home;

use crate::{
    rig::{agent, anchor_is, anchors, daemon_is, record},
    support::Place,
};

#[test]
fn without_a_daemon_the_agent_records_and_says_what_it_does_not_see() {
    let (home, place) = (Home::default(), Place::new());
    let agent = agent(&home, &place.socket());

    let alone = daemon_is(&home, "absent");
    record(&home, 1);

    assert_eq!(alone["sees"], "own processes only");
    assert_eq!(alone["can"], serde_json::json!({}));
    assert_eq!(alone["anchor"]["state"], "unknown");
    assert!(agent.end().success());
}

#[test]
fn a_daemon_that_comes_later_is_found_and_notes_where_the_chain_stands() {
    let (home, place) = (Home::default(), Place::new());
    let agent = agent(&home, &place.socket());
    daemon_is(&home, "absent");

    let daemon = place.start();
    let there = daemon_is(&home, "running");
    let anchor = anchor_is(&home, "follows");

    assert_eq!(there["administrator"], true);
    assert!(there["can"]["watch"]["yes"].is_boolean(), "{there}");
    assert!(anchor["at"].is_string(), "{anchor}");
    assert_eq!(anchors(&daemon).len(), 1);
    let words = String::from_utf8(home.run(&["status"]).stdout).unwrap();
    assert!(words.contains("warning: a test daemon is in use"), "{words}");
    assert!(agent.end().success());
}

#[test]
fn a_daemon_that_is_killed_is_missed_and_found_again() {
    let (home, place) = (Home::default(), Place::new());
    let daemon = place.start();
    let agent = agent(&home, &place.socket());
    anchor_is(&home, "follows");

    let pid = daemon.pid();
    daemon.kill(pid);
    daemon_is(&home, "absent");
    record(&home, 1);
    let daemon = place.start();
    daemon_is(&home, "running");
    anchor_is(&home, "follows");
    assert!(agent.end().success());

    assert!(anchors(&daemon).len() >= 2, "one at the end, whatever came before");
}
