//! Certificate authorities of no use.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use vigil_tests::vigil::{Home, Running};

use crate::{
    ended,
    rig::{again, doctor, down, held_to_modes, run, said},
};

const HOST: &str = "api.anthropic.com";

#[test]
fn one_that_has_ended() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    let list = Path::new(agent.field("ca")).to_owned();
    down(agent);
    ended::put(&list, &list.with_file_name("ca.key"), HOST);
    let _agent = Running::start(&home, &[]);

    let said = doctor(&home, &[]);

    let fault = said.fault("ca").tells(&["it has ended"]);
    // A request would be led blind: it is not said to be read.
    assert_eq!(said.verdict("proxy"), "problem");
    fault.follow(&home);
    doctor(&home, &[]).is_well();
}

#[test]
fn one_whose_certificate_is_gone() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    fs::remove_file(agent.field("ca")).unwrap();

    let fault = doctor(&home, &[]).fault("ca").tells(&["ca.pem"]);

    assert!(fault.remedy.contains("vigil down"), "{}", fault.remedy);
    let _agent = again(&home, agent);
    doctor(&home, &[]).is_well();
}

#[test]
fn one_whose_key_others_may_read() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    let key = Path::new(agent.field("ca")).with_file_name("ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();

    let fault = doctor(&home, &[]).fault("ca").tells(&["ca.key", "644"]);

    assert!(fault.remedy.contains(&format!("chmod 600 '{}'", key.display())), "{}", fault.remedy);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let _agent = again(&home, agent);
    doctor(&home, &[]).is_well();
}

#[test]
fn one_whose_certificate_cannot_be_read() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    run(&home, "vigil route on claude-code --yes");
    let list = Path::new(agent.field("ca"));
    fs::set_permissions(list, fs::Permissions::from_mode(0o000)).unwrap();
    let Some(mut command) = held_to_modes(&home, &["doctor", "--json", "ca", "route"]) else {
        return;
    };

    let seen = said(&command.output().unwrap());

    let mend = format!("chmod 600 '{}'", list.display());
    for name in ["ca", "route"] {
        assert_eq!(seen.fault(name).remedy, mend);
    }
    run(&home, &mend);
    doctor(&home, &[]).is_well();
}
