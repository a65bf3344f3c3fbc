use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use tempfile::TempDir;
use vigil_store::vault::MasterKey;

use super::*;

fn on() -> (TempDir, Arc<Vault>, MasterKey) {
    let state = tempfile::tempdir().unwrap();
    let vault = Arc::new(Vault::open(state.path()));
    let master = MasterKey::generate();
    vault.switch_on(master.public()).unwrap();
    (state, vault, master)
}

#[test]
fn it_is_off_until_somebody_switches_it_on() {
    let state = tempfile::tempdir().unwrap();
    let vault = Vault::open(state.path());

    assert_eq!(vault.seal_at(7, "value").unwrap(), None);
    assert!(vault.public().is_none());
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
}

#[test]
fn a_value_is_sealed_to_its_day_and_opened_with_both_keys() {
    let (_state, vault, master) = on();

    let first = vault.seal_at(7, "value").unwrap().unwrap();
    let next = vault.seal_at(8, "value").unwrap().unwrap();

    for sealed in [first, next] {
        let wrapped = vault.wrapped(sealed.day).unwrap().unwrap();
        assert_eq!(master.open(&wrapped, &sealed.bytes).unwrap().as_slice(), b"value");
    }
}

#[test]
fn after_a_restart_it_goes_on_with_the_same_days_key() {
    let (state, vault, master) = on();
    let before = vault.seal_at(7, "value").unwrap().unwrap();
    let wrapped = vault.wrapped(7).unwrap().unwrap();

    let again = Vault::open(state.path());
    let after = again.seal_at(7, "other").unwrap().unwrap();

    assert_eq!(again.wrapped(7).unwrap().unwrap(), wrapped);
    assert_eq!(master.open(&wrapped, &before.bytes).unwrap().as_slice(), b"value");
    assert_eq!(master.open(&wrapped, &after.bytes).unwrap().as_slice(), b"other");
}

#[test]
fn what_is_over_is_opened_by_nothing_that_is_left() {
    let (state, vault, master) = on();
    let old = vault.seal_at(7, "value").unwrap().unwrap();
    let new = vault.seal_at(9, "other").unwrap().unwrap();

    assert_eq!(vault.days().unwrap(), [9, 7]);
    assert_eq!(vault.destroy_before(9).unwrap(), 1);
    assert_eq!(vault.days().unwrap(), [9]);

    assert_eq!(vault.wrapped(7).unwrap(), None);
    let folder = state.path().join(FOLDER);
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(master.open(&bytes, &old.bytes).is_err());
    }
    let wrapped = vault.wrapped(9).unwrap().unwrap();
    assert_eq!(master.open(&wrapped, &new.bytes).unwrap().as_slice(), b"other");
}

#[test]
fn switched_off_it_keeps_nothing() {
    let (state, vault, _) = on();
    vault.seal_at(7, "value").unwrap().unwrap();

    assert_eq!(vault.switch_off().unwrap(), 1);

    assert_eq!(fs::read_dir(state.path().join(FOLDER)).unwrap().count(), 0);
    assert_eq!(vault.seal_at(7, "value").unwrap(), None);
    assert!(Vault::open(state.path()).public().is_none());
}

#[test]
fn a_second_key_does_not_take_the_firsts_place() {
    let (_state, vault, master) = on();

    vault.switch_on(master.public()).unwrap();
    let other = MasterKey::generate().public();

    assert!(matches!(vault.switch_on(other), Err(Trouble::On)));
    assert_eq!(vault.public(), Some(master.public()));
}

#[test]
fn its_files_are_its_users_alone() {
    let (state, vault, _) = on();
    vault.seal_at(7, "value").unwrap();

    let folder = state.path().join(FOLDER);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::set_permissions(folder.join(PUBLIC), fs::Permissions::from_mode(0o644)).unwrap();
    let vault = Vault::open(state.path());
    assert!(vault.public().is_none());
    assert!(vault.trouble().unwrap().contains("can be read by others"), "{:?}", vault.trouble());
}

#[test]
fn a_damaged_days_key_is_followed_by_another() {
    let (state, vault, master) = on();
    vault.seal_at(7, "value").unwrap().unwrap();
    private::write(&state.path().join(FOLDER).join("7.key"), b"damaged").unwrap();

    let again = Vault::open(state.path());
    let sealed = again.seal_at(7, "value").unwrap().unwrap();

    let wrapped = again.wrapped(7).unwrap().unwrap();
    assert_eq!(master.open(&wrapped, &sealed.bytes).unwrap().as_slice(), b"value");
}
