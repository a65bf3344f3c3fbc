use std::path::Path;

use vigil_platform::trust::user;

use super::plan;
use crate::args::StepName;

fn lines_of(step: StepName) -> Vec<String> {
    let plan = plan(Path::new("/home/somebody"), 501).unwrap();
    plan.into_iter().find(|(name, _)| *name == step).unwrap().1
}

fn all() -> Vec<String> {
    let plan = plan(Path::new("/home/somebody"), 501).unwrap();
    plan.into_iter().flat_map(|(_, lines)| lines).collect()
}

#[test]
fn every_step_is_there_in_its_order() {
    let plan = plan(Path::new("/home/somebody"), 501).unwrap();
    let names: Vec<_> = plan.iter().map(|(name, _)| *name).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted);
    assert_eq!(names.len(), 6);
    assert!(plan.iter().all(|(_, lines)| !lines.is_empty()));
}

#[test]
fn every_line_says_what_kind_of_thing_it_is() {
    const KINDS: [&str; 7] = ["write /", "run ", "call ", "check: ", "note: ", "undo: ", "  "];
    for line in all() {
        assert!(KINDS.iter().any(|kind| line.starts_with(kind)), "{line}");
    }
}

#[test]
fn what_is_written_is_below_the_home_and_said_once() {
    let written: Vec<String> =
        all().into_iter().filter(|line| line.starts_with("write ")).collect();
    assert!(written.len() > 12);
    assert!(written.iter().all(|line| line.starts_with("write /home/somebody/")), "{written:?}");
    let mut once = written.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), written.len());
}

#[test]
fn launchd_is_told_in_the_users_own_session_and_the_whole_list_is_shown() {
    let lines = lines_of(StepName::Service);
    let list = "/home/somebody/Library/LaunchAgents/dev.vigil.agent.plist";
    let at = |line: &str| lines.iter().position(|own| own == line);
    let shown = at("  +     <string>dev.vigil.agent</string>");
    let enabled = at("run launchctl enable gui/501/dev.vigil.agent");
    let started = at(&format!("run launchctl bootstrap gui/501 {list}"));
    assert!(shown.is_some() && shown < enabled && enabled < started, "{lines:#?}");
    assert!(at("undo: run launchctl bootout gui/501/dev.vigil.agent").is_some(), "{lines:#?}");
    assert!(at(&format!("undo: delete {list}")).is_some(), "{lines:#?}");
}

#[test]
fn trust_is_shown_call_by_call_and_never_as_root() {
    let lines = lines_of(StepName::Trust);
    for call in user::CALLS {
        assert!(lines.contains(&format!("call {call}")), "{call}");
    }
    for call in user::UNDOING_CALLS {
        assert!(lines.contains(&format!("undo: call {call}")), "{call}");
    }
    assert!(!all().iter().any(|line| line.contains("sudo ") || line.contains("DomainAdmin")));
}

#[test]
fn clients_are_led_where_they_look_and_no_setting_of_the_macs_is_touched() {
    let lines = lines_of(StepName::Route);
    let claude = lines.iter().position(|line| line.contains("/.claude/settings.json")).unwrap();
    assert_eq!(lines[claude + 1], "  + HTTPS_PROXY=http://127.0.0.1:9080");
    assert!(lines[claude + 2].ends_with("Library/Application Support/Vigil/ca/ca.pem"));
    assert!(!all().iter().any(|line| line.starts_with("run networksetup")));
}

#[test]
fn browsers_are_those_of_a_mac() {
    let lines = lines_of(StepName::Browser);
    let place = "/Library/Application Support/Google/Chrome/NativeMessagingHosts/";
    assert!(lines.iter().any(|line| line.contains(place)), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("Arc/User Data")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("/.config/") || line.contains("/.mozilla")));
}
