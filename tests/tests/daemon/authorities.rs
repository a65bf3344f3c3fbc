//! Certificates that the daemon has trusted, and that it has not.

use std::{fs, os::unix::fs::symlink, process::Command};

use vigil_proto::rpc::{
    BadCa, Cause, Deed, Phase, Refusal, Request, Response, Support, Trust, Unsupported,
};
use vigil_tests::vigil::eventually;

use super::{
    store::{Authority, FOLDERS, Store, deeds},
    support::{Daemon, Place, anchor, is_root},
};

fn can(daemon: &Daemon) -> Support {
    let answer = daemon.caller().ask(&Request::Status);
    let Response::Status(status) = answer else { panic!("{answer:?}") };
    status.can.ca
}

#[test]
fn it_is_trusted_until_it_is_removed() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    let mut caller = daemon.caller();
    assert_eq!(can(&daemon), Support::Yes);
    assert_eq!(ca.status(&mut caller), (false, Trust::NotTrusted));

    assert_eq!(caller.ask(&ca.install()), ca.installed());

    assert_eq!(ca.status(&mut caller), (true, Trust::Trusted));
    assert!(store.state().iter().any(|(_, content)| content.starts_with(b"/usr/local/share")));
    assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved);
    assert_eq!(ca.status(&mut caller), (false, Trust::NotTrusted));
    assert!(store.state() == before);
    let (install, remove) = (Deed::CaInstall(ca.fingerprint), Deed::CaRemove(ca.fingerprint));
    let expected = [
        (install, Phase::Intent),
        (install, Phase::Done),
        (remove, Phase::Intent),
        (remove, Phase::Done),
    ];
    assert_eq!(deeds(&daemon), expected);
}

#[test]
fn what_is_so_already_is_no_new_deed() {
    let mut place = Place::new();
    let _store = Store::of(&mut place);
    let ca = Authority::own();
    let daemon = place.start();
    let mut caller = daemon.caller();

    assert_eq!(caller.ask(&ca.remove()), Refusal::CaUnknown.into());
    assert_eq!(deeds(&daemon).len(), 0);
    for _ in 0..2 {
        assert_eq!(caller.ask(&ca.install()), ca.installed());
        assert_eq!(deeds(&daemon).len(), 2);
    }
    assert!(daemon.stop().success());
    // The journal is what is known of it.
    let daemon = place.start();
    let mut caller = daemon.caller();
    assert_eq!(caller.ask(&ca.install()), ca.installed());
    assert_eq!(deeds(&daemon).len(), 2);
    for _ in 0..2 {
        assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved);
        assert_eq!(deeds(&daemon).len(), 4);
    }
}

#[test]
fn it_is_placed_again_when_somebody_took_it_away() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    let mut caller = daemon.caller();
    assert_eq!(caller.ask(&ca.install()), ca.installed());
    for (path, _) in store.state() {
        fs::remove_file(path).unwrap();
    }
    for (path, content) in &before {
        fs::write(path, content).unwrap();
    }
    assert_eq!(ca.status(&mut caller), (true, Trust::NotTrusted));

    assert_eq!(caller.ask(&ca.install()), ca.installed());

    assert_eq!(ca.status(&mut caller), (true, Trust::Trusted));
    assert_eq!(deeds(&daemon).len(), 4);
}

#[test]
fn each_user_has_its_own_and_nobody_elses() {
    if !is_root() {
        return;
    }
    let mut place = Place::with("0 admin\n61001\n61002\n");
    let store = Store::of(&mut place);
    let ca = Authority::of(61_001);
    let daemon = place.start();
    let ask = |uid, request: &Request| daemon.caller_as(uid).caller.ask(request);
    let foreign = Response::from(Refusal::BadCa(BadCa::ForeignSubject));

    assert_eq!(ask(61_003, &ca.install()), Refusal::NotEnrolled.into());
    assert_eq!(ask(61_002, &ca.install()), foreign);
    assert_eq!(ask(0, &ca.install()), foreign);
    assert_eq!(deeds(&daemon).len(), 0);
    assert_eq!(ask(61_001, &ca.install()), ca.installed());

    let installed = store.state();
    assert_eq!(ask(61_003, &ca.remove()), Refusal::NotEnrolled.into());
    for other in [61_002, 0] {
        assert_eq!(ask(other, &ca.remove()), Refusal::NotYours.into());
        let status = ca.status(&mut daemon.caller_as(other).caller);
        assert_eq!(status, (false, Trust::Trusted));
    }
    assert_eq!(deeds(&daemon).len(), 2);
    assert!(store.state() == installed);
    // Whoever is not enrolled any more changes nothing any more.
    place.enrol("0 admin\n");
    assert_eq!(ask(61_001, &ca.remove()), Refusal::NotEnrolled.into());
    place.enrol("61001\n");
    assert_eq!(ask(61_001, &ca.remove()), Response::CaRemoved);
}

#[test]
fn a_machine_without_a_store_says_so() {
    let mut place = Place::new();
    place.trust = Some(place.root.clone());
    let ca = Authority::own();
    let daemon = place.start();
    let mut caller = daemon.caller();
    let lacks = Unsupported::ThisMachine;

    assert_eq!(can(&daemon), Support::No(lacks));
    assert_eq!(caller.ask(&ca.install()), Refusal::Unsupported(lacks).into());
    assert_eq!(caller.ask(&ca.remove()), Refusal::Unsupported(lacks).into());
    assert_eq!(ca.status(&mut caller), (false, Trust::Unknown));
    assert_eq!(deeds(&daemon).len(), 0);
}

#[test]
fn what_fails_is_undone() {
    for word in ["once", "distrusted"] {
        let mut place = Place::new();
        let store = Store::of(&mut place);
        let (before, ca) = (store.state(), Authority::own());
        let daemon = place.start();
        let mut caller = daemon.caller();
        store.tell(word);

        assert_eq!(caller.ask(&ca.install()), Refusal::Internal.into(), "{word}");

        assert!(store.state() == before, "{word}");
        assert_eq!(ca.status(&mut caller), (false, Trust::NotTrusted));
        let install = Deed::CaInstall(ca.fingerprint);
        let expected = [(install, Phase::Intent), (install, Phase::Failed(Refusal::Internal))];
        assert_eq!(deeds(&daemon), expected, "{word}");
    }
}

#[test]
fn what_cannot_be_undone_is_before_anything_else_is_done() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca, next) = (store.state(), Authority::own(), Authority::own());
    let daemon = place.start();
    let mut caller = daemon.caller();
    store.tell("always");
    assert_eq!(caller.ask(&ca.install()), Refusal::Busy.into());
    assert_eq!(caller.ask(&next.install()), Refusal::Busy.into());
    assert_eq!(deeds(&daemon), [(Deed::CaInstall(ca.fingerprint), Phase::Intent)]);
    store.take_back("always");

    assert_eq!(caller.ask(&next.install()), next.installed());

    assert_eq!(ca.status(&mut caller), (false, Trust::NotTrusted));
    let undone = (Deed::CaInstall(ca.fingerprint), Phase::Undone(Cause::StepFailed));
    assert_eq!(deeds(&daemon)[1], undone);
    assert_eq!(caller.ask(&next.remove()), Response::CaRemoved);
    assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved);
    assert!(store.state() == before);
}

#[test]
fn somebody_elses_of_the_same_kind_is_left() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let ca = Authority::own();
    let daemon = place.start();
    let mut caller = daemon.caller();
    assert_eq!(caller.ask(&ca.install()), ca.installed());
    let ours = format!("usr/local/share/ca-certificates/vigil-{}.crt", ca.fingerprint);
    fs::copy(store.at(&ours), store.at("usr/share/ca-certificates/again.crt")).unwrap();

    assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved);

    assert_eq!(ca.status(&mut caller), (false, Trust::Trusted));
    assert!(!store.at(&ours).exists());
    let left = (Deed::CaRemove(ca.fingerprint), Phase::LeftAlone(Cause::Asked));
    assert_eq!(deeds(&daemon).last(), Some(&left));
}

#[test]
fn a_folder_that_is_a_link_is_not_followed() {
    for folder in FOLDERS.into_iter().chain(["etc", "usr/local"]) {
        let mut place = Place::new();
        let store = Store::of(&mut place);
        let ca = Authority::own();
        let daemon = place.start();
        let elsewhere = place.root.join("elsewhere");
        fs::rename(store.at(folder), &elsewhere).unwrap();
        symlink(&elsewhere, store.at(folder)).unwrap();
        let before = store.state();

        let answer = daemon.caller().ask(&ca.install());

        assert_eq!(answer, Refusal::Internal.into(), "{folder}");
        assert!(store.state() == before, "{folder}");
        let failed = (Deed::CaInstall(ca.fingerprint), Phase::Failed(Refusal::Internal));
        assert_eq!(deeds(&daemon).last(), Some(&failed), "{folder}");
        eventually("it says why", || daemon.log().contains("is a link").then_some(()));
    }
}

#[test]
fn a_link_in_place_of_a_file_is_replaced_and_not_written_through() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let ca = Authority::own();
    let victim = place.root.join("victim");
    fs::write(&victim, "theirs").unwrap();
    let name = format!("vigil-{}.crt", ca.fingerprint);
    for name in [name.clone(), format!(".{name}.part")] {
        symlink(&victim, store.at(FOLDERS[0]).join(name)).unwrap();
    }
    let daemon = place.start();

    assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());

    assert_eq!(fs::read(&victim).unwrap(), b"theirs");
    let placed = store.at(FOLDERS[0]).join(name);
    assert!(fs::symlink_metadata(placed).unwrap().is_file());
    assert_eq!(daemon.caller().ask(&ca.remove()), Response::CaRemoved);
    assert_eq!(fs::read(&victim).unwrap(), b"theirs");
}

/// What the journal cannot say must not hold: the row after the last that fits is `Done`.
#[test]
fn on_a_full_disk_what_was_done_is_undone() {
    const SCRIPT: &str =
        "mount -t tmpfs -o size=4k,mode=700 none \"$1\" || { echo cannot >&2; exit 77; }
        shift; exec \"$@\"";
    if !is_root() {
        return;
    }
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh"]);
    command.arg(place.state()).arg(place.command().get_program());
    command.args(place.command().get_args());
    let daemon = place.begin_as(&mut command);
    let started = eventually("it starts, or cannot", || {
        let log = daemon.log();
        (log.contains("serving") || log.contains("cannot")).then_some(log)
    });
    if started.contains("cannot") {
        eprintln!("SKIPPED: this root may not mount anything");
        return;
    }
    let mut caller = daemon.caller();
    // A page has room for the heading and twenty-four rows: one is left for the intent.
    for seq in 1..=23 {
        assert_eq!(caller.ask(&anchor(seq)), Response::Anchored);
    }

    assert_eq!(caller.ask(&ca.install()), Refusal::Busy.into());

    assert!(store.state() == before);
    assert_eq!(ca.status(&mut caller), (false, Trust::NotTrusted));
    assert_eq!(deeds(&daemon).last(), Some(&(Deed::CaInstall(ca.fingerprint), Phase::Intent)));
    assert!(daemon.stop().success());
}
