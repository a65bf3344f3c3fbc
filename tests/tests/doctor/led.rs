//! Clients and browsers that no longer do what they were told.

use std::fs;

use serde_json::Value;
use vigil_tests::vigil::{Home, Running, binary};

use crate::rig::{doctor, run};

fn told(line: &str) -> (Home, Running) {
    let home = Home::default();
    fs::create_dir_all(home.user().join(".config/chromium")).unwrap();
    let agent = Running::start(&home, &[]);
    run(&home, line);
    doctor(&home, &[]).is_well();
    (home, agent)
}

#[test]
fn a_client_whose_settings_lead_elsewhere() {
    let (home, agent) = told("vigil route on claude-code --yes");
    let settings = home.user().join(".claude/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    let proxy = agent.field("proxy");
    assert!(text.contains(proxy), "{text}");
    fs::write(&settings, text.replace(proxy, "http://127.0.0.1:1")).unwrap();

    let fault = doctor(&home, &[]).fault("route").tells(&["Claude Code", "settings.json"]);

    // It is not Vigil's to change, so the remedy is to take it out first.
    assert!(fault.remedy.contains("take HTTPS_PROXY out of"), "{}", fault.remedy);
    let mut without: Value = serde_json::from_str(&text).unwrap();
    without["env"].as_object_mut().unwrap().remove("HTTPS_PROXY").unwrap();
    fs::write(&settings, without.to_string()).unwrap();
    run(&home, "vigil route on claude-code --yes");
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_that_is_led_in_part() {
    let (home, _agent) = told("vigil route on claude-code --yes");
    let settings = home.user().join(".claude/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    let without: Vec<&str> =
        text.lines().filter(|line| !line.contains("NODE_EXTRA_CA_CERTS")).collect();
    let without = without.join("\n");
    assert_ne!(text, without);
    fs::write(&settings, without).unwrap();

    let fault = doctor(&home, &[]).fault("route").tells(&["Claude Code", "part"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_whose_settings_somebody_wrote_anew() {
    let (home, _agent) = told("vigil route on claude-code --yes");
    fs::write(home.user().join(".claude/settings.json"), "{}\n").unwrap();

    let fault = doctor(&home, &[]).fault("route").tells(&["Claude Code", "nothing of it any more"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_from_whose_settings_the_hook_was_taken() {
    let (home, _agent) = told("vigil guard on claude-code --yes");
    fs::write(home.user().join(".claude/settings.json"), "{}\n").unwrap();

    let fault = doctor(&home, &[]).fault("hook").tells(&["claude-code", "no longer says so"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_whose_hook_calls_a_program_that_is_gone() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);
    let moved = home.root().join("bin");
    fs::create_dir(&moved).unwrap();
    fs::copy(binary("vigil"), moved.join("vigil")).unwrap();
    let mut on = home.clean(moved.join("vigil"), &["guard", "on", "claude-code", "--yes"]);
    assert!(on.output().unwrap().status.success());
    doctor(&home, &[]).is_well();
    fs::remove_dir_all(&moved).unwrap();

    let fault = doctor(&home, &[]).fault("hook").tells(&["claude-code", "bin/vigil"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_browser_whose_program_is_gone() {
    let (home, _agent) = told("vigil route on chromium --yes");
    assert_eq!(doctor(&home, &["browser"]).verdict("browser"), "works");
    fs::remove_file(home.vigil().join("state/native-host")).unwrap();

    let fault = doctor(&home, &[]).fault("browser").tells(&["Chromium", "native-host"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_browser_whose_program_is_another() {
    let (home, _agent) = told("vigil route on chromium --yes");
    let script = home.vigil().join("state/native-host");
    fs::write(&script, "#!/bin/sh\ncat > /dev/null\n").unwrap();

    let fault = doctor(&home, &[]).fault("browser").tells(&["Chromium", "did not answer"]);

    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn clients_that_are_led_while_nothing_listens() {
    let (home, agent) = told("vigil route on claude-code --yes");
    agent.kill();

    let fault = doctor(&home, &[]).fault("route").tells(&["Claude Code", "its calls fail"]);

    assert_eq!(fault.remedy, "vigil up");
}

#[test]
fn several_clients_are_each_told_of() {
    let (home, _agent) = told("vigil route on claude-code --yes && vigil route on codex --yes");
    let settings = [".claude/settings.json", ".codex/.env"].map(|file| home.user().join(file));
    fs::write(&settings[0], "{}\n").unwrap();
    fs::write(&settings[1], "").unwrap();

    let fault = doctor(&home, &[]).fault("route").tells(&["Claude Code", "Codex"]);

    assert_eq!(fault.remedy, "`vigil route on claude-code`; then `vigil route on codex`");
    run(&home, "vigil route on claude-code --yes && vigil route on codex --yes");
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_whose_settings_cannot_be_understood() {
    let (home, _agent) = told("vigil route on claude-code --yes");
    let settings = home.user().join(".claude/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{{broken {text}")).unwrap();

    let fault = doctor(&home, &[]).fault("route").tells(&["settings.json", "line 1"]);

    // `vigil route on` refuses such a file.
    assert!(
        fault.remedy.starts_with("mend ") && fault.remedy.contains("by hand"),
        "{}",
        fault.remedy
    );
    fs::write(&settings, text).unwrap();
    doctor(&home, &[]).is_well();
}

#[test]
fn a_client_that_has_a_proxy_of_its_own_and_was_never_led() {
    let home = Home::default();
    let settings = home.user().join(".claude/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, r#"{"env":{"HTTPS_PROXY":"http://proxy.example:3128"}}"#).unwrap();
    let _agent = Running::start(&home, &[]);

    let said = doctor(&home, &[]);

    said.is_well();
    assert_eq!(said.verdict("route"), "warning");
    let words = said.check("route")["words"].as_str().unwrap();
    assert!(words.contains("HTTPS_PROXY") && !words.contains("changed since"), "{words}");
}

#[test]
fn a_machine_without_a_browser_is_told_of_none() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);

    let said = doctor(&home, &["browser"]);

    assert!(said.check("browser")["remedy"].is_null());
}
