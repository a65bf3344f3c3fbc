//! Everything is put back when the daemon is to go for good: `vigild --undo all`, as the package runs it.

use std::{
    fs,
    process::{Output, Stdio},
};

use vigil_proto::rpc::{Deed, Phase};

use super::{
    store::{Authority, Store, deeds},
    support::{Place, is_root, own_uid},
};

fn undo(place: &Place) -> Output {
    place.undo().stdin(Stdio::null()).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_certificate_is_withdrawn_and_the_store_is_as_it_was() {
    let mut place = Place::with(&format!("{} admin\n61001\n", own_uid()));
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());
    if is_root() {
        let other = Authority::of(61_001);
        assert_eq!(daemon.caller_as(61_001).caller.ask(&other.install()), other.installed());
    }
    assert!(store.state() != before);
    assert!(daemon.stop().success());

    for _ in 0..2 {
        let ended = undo(&place);

        assert!(ended.status.success(), "{}", words(&ended));
        assert!(store.state() == before, "{}", words(&ended));
    }
    let done = (Deed::CaRemove(ca.fingerprint), Phase::Done);
    let daemon = place.start();
    assert_eq!(deeds(&daemon).iter().filter(|deed| **deed == done).count(), 1);
    assert!(!ca.status(&mut daemon.caller()).0);
}

#[test]
fn what_was_broken_off_is_carried_through_by_the_next_run() {
    for at in ["ca-intended", "ca-answered", "ca-done"] {
        let mut place = Place::new();
        let store = Store::of(&mut place);
        let (before, ca) = (store.state(), Authority::own());
        let daemon = place.start();
        assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());
        assert!(daemon.stop().success());
        let mut stopped = place.undo();
        stopped.args(["--stop-at", at]);
        let stopped = place.begin_as(&mut stopped);
        stopped.hear(&format!("halted at {at}"));
        let mutator = stopped.part("mutator");
        stopped.kill(mutator);

        let ended = undo(&place);

        assert!(ended.status.success(), "{at}: {}", words(&ended));
        assert!(store.state() == before, "{at}: {}", words(&ended));
    }
}

#[test]
fn what_cannot_be_put_back_is_said() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());
    assert!(daemon.stop().success());
    store.tell("always");

    let ended = undo(&place);

    assert!(!ended.status.success());
    assert!(
        words(&ended).contains("1 of what was changed could not be put back"),
        "{}",
        words(&ended)
    );
    store.take_back("always");
    assert!(undo(&place).status.success());
    assert!(store.state() == before);
}

#[test]
fn a_daemon_that_runs_keeps_what_it_has() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let ca = Authority::own();
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());
    let installed = store.state();

    let ended = undo(&place);

    assert!(!ended.status.success());
    assert!(store.state() == installed);
    assert!(ca.status(&mut daemon.caller()).0);
}

#[test]
fn where_nothing_was_ever_changed_there_is_nothing_to_do() {
    let place = Place::new();
    fs::remove_dir(place.state()).unwrap();

    let ended = undo(&place);

    assert!(ended.status.success(), "{}", words(&ended));
    assert!(words(&ended).contains("nothing was ever changed"));
    assert!(!place.state().exists());
}
