//! What everything stands on: configuration, folders, transcripts, the store.

use std::{
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Stdio,
};

use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

use crate::rig::{UP, doctor, down, held_to_modes, said};

#[test]
fn a_configuration_with_an_unknown_key() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);
    let config = home.vigil().join("config/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "[proxy]\nprot = 9080\n").unwrap();

    let fault = doctor(&home, &[]).fault("config").tells(&["config.toml:2", "prot"]);

    assert!(fault.remedy.contains("port"), "{}", fault.remedy);
    fs::write(&config, "[proxy]\nport = 9080\n").unwrap();
    doctor(&home, &[]).is_well();
}

#[test]
fn a_folder_that_others_may_look_into() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);
    for folder in ["run", "state", "data"] {
        let path = home.vigil().join(folder);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();

        let fault = doctor(&home, &[]).fault("folders").tells(&["other users", folder]);

        fault.follow(&home);
        doctor(&home, &[]).is_well();
    }
}

#[test]
fn a_folder_in_whose_place_something_else_is() {
    let home = Home::default();
    down(Running::start(&home, &[]));
    let state = home.vigil().join("state");
    fs::rename(&state, home.vigil().join("elsewhere")).unwrap();
    fs::write(&state, "").unwrap();

    let fault = doctor(&home, &[]).fault("folders").tells(&["no folder"]);

    fault.follow(&home);
    let _agent = Running::start(&home, &[]);
    doctor(&home, &[]).is_well();
}

/// One that is shut to its owner is only shut to root where root is held to modes.
#[test]
fn a_folder_of_transcripts_that_cannot_be_read() {
    let home = Home::default();
    let ours = std::process::id().to_string();
    let Some(mut up) = held_to_modes(&home, &[&UP[..], &[&ours]].concat()) else { return };
    let mut up = Up(up.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    eventually("the agent runs", || home.vigil().join("run/agent.json").exists().then_some(()));
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    let mut session = Session::new(1);
    fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&[session.prompt("hello")]))
        .unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();

    let fault = doctor(&home, &[]).fault("transcript");

    let fault = fault.tells(&[folder.to_str().unwrap(), "cannot be read"]);
    fault.follow(&home);
    doctor(&home, &[]).is_well();
    // nsenter's like: what was started became the agent.
    vigil_tests::vigil::signal(up.0.id(), "TERM");
    up.0.wait().unwrap();
}

struct Up(std::process::Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_folder_of_transcripts_that_leads_in_a_circle() {
    let home = Home::default();
    let _agent = Running::start(&home, &[]);
    fs::remove_dir_all(home.projects()).unwrap();
    std::os::unix::fs::symlink(home.projects(), home.projects()).unwrap();

    let fault = doctor(&home, &[]).fault("transcript").tells(&["cannot be read"]);

    assert!(fault.remedy.contains(home.projects().to_str().unwrap()), "{}", fault.remedy);
    fs::remove_file(home.projects()).unwrap();
    fs::create_dir(home.projects()).unwrap();
    doctor(&home, &[]).is_well();
}

fn damage(database: &Path) {
    let mut file = OpenOptions::new().write(true).open(database).unwrap();
    let half = file.metadata().unwrap().len() / 2 / 4096 * 4096;
    file.seek(SeekFrom::Start(half)).unwrap();
    file.write_all(&vec![0xff; 8 * 4096]).unwrap();
}

#[test]
fn a_store_of_which_pages_were_written_over() {
    let home = Home::default();
    let folder = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..30 {
        let mut session = Session::new(number);
        let lines = [session.prompt(&"many words of it ".repeat(60)), session.text("m", "some")];
        fs::write(folder.join(format!("{}.jsonl", session.id)), jsonl(&lines)).unwrap();
    }
    let sessions = || home.json(&["sessions", "--json"])["sessions"].as_array().unwrap().len();
    let agent = Running::start(&home, &[]);
    eventually("all of it is on record", || (sessions() == 30).then_some(()));
    down(agent);
    damage(&home.vigil().join("data/vigil.db"));

    let fault = doctor(&home, &[]).fault("store").tells(&["vigil.db", "damaged"]);

    assert!(fault.remedy.contains("`vigil up`"), "{}", fault.remedy);
    let _agent = Running::start(&home, &[]);
    eventually("what is still there is read again", || (sessions() == 30).then_some(()));
    doctor(&home, &[]).is_well();
}

#[test]
fn what_a_person_is_shown_has_the_remedy_beneath() {
    let home = Home::default();

    let output = home.run(&["doctor"]);

    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let mut lines = shown.lines().skip_while(|line| !line.contains("agent"));
    let fault = lines.next().unwrap();
    assert!(fault.starts_with("problem") && fault.contains("it does not run"), "{shown}");
    assert_eq!(lines.next().unwrap().trim(), "-> vigil setup");
    assert_eq!(said(&home.run(&["doctor", "--json", "agent"])).checks.len(), 1);
}
