//! Certificate authorities of no use.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use vigil_tests::vigil::{Home, Running};

use crate::{
    ended,
    rig::{again, doctor, down},
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
