//! kill -9 at every place of having a certificate trusted and of ending that, and what the store and
//! the journal are after the next start: as before, or done and said to be.

use vigil_proto::rpc::{Cause, Deed, Phase, Request, Response, frame};
use vigil_tests::vigil::{eventually, signal};

use super::{
    store::{Authority, Store, deeds},
    support::{Daemon, Place},
};

/// How far a deed was when it was cut off there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reached {
    Nothing,
    Intent,
    Done,
}

/// Rows of the journal by number: 1 is the intent, 2 what became of it.
const PLACES: &[(&str, &str, Reached)] = &[
    ("before-row", "mutator", Reached::Nothing),
    ("half-row", "mutator", Reached::Nothing),
    ("row-written", "mutator", Reached::Intent),
    ("row-saved", "mutator", Reached::Intent),
    ("ca-intended", "mutator", Reached::Intent),
    ("helper-ordered", "helper", Reached::Intent),
    ("helper-placed", "helper", Reached::Intent),
    ("helper-ran", "helper", Reached::Intent),
    ("helper-answers", "helper", Reached::Intent),
    ("ca-answered", "mutator", Reached::Intent),
    ("before-row:2", "mutator", Reached::Intent),
    ("half-row:2", "mutator", Reached::Intent),
    ("row-written:2", "mutator", Reached::Done),
    ("row-saved:2", "mutator", Reached::Done),
    ("ca-done", "mutator", Reached::Done),
];

/// Who is killed: the one that has stopped there, or all at once as by a power cut.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Killed {
    One,
    All,
}

fn cut_off(place: &mut Place, request: &Request, at: &'static str, part: &str, killed: Killed) {
    place.stop_at = Some(at);
    let daemon = place.start();
    let mut caller = daemon.caller();
    caller.say(&frame::encode(2, request).unwrap());
    halted(&daemon, at);
    kill(daemon, part, killed);
    assert_eq!(caller.hear(), None, "{at}: answered for what was cut off");
    place.stop_at = None;
}

fn halted(daemon: &Daemon, at: &str) {
    daemon.hear(&format!("halted at {}", at.split(':').next().unwrap()));
}

fn kill(daemon: Daemon, part: &str, killed: Killed) {
    let pid = daemon.part(part);
    match killed {
        Killed::One => daemon.kill(pid),
        Killed::All => {
            let parts = ["reader", "mutator", "helper"].map(|part| daemon.part(part));
            let starter = daemon.pid();
            // One after the other nobody has the time to do much.
            for pid in parts {
                signal(pid, "STOP");
            }
            for pid in parts {
                signal(pid, "KILL");
            }
            daemon.kill(starter);
        }
    }
}

#[test]
fn an_installation_that_is_cut_off_anywhere_is_done_or_never_was() {
    for (at, part, reached) in PLACES {
        for killed in [Killed::One, Killed::All] {
            let case = format!("{at}, {killed:?}");
            let mut place = Place::new();
            let store = Store::of(&mut place);
            let (before, ca) = (store.state(), Authority::own());

            cut_off(&mut place, &ca.install(), at, part, killed);

            let daemon = place.start();
            let install = Deed::CaInstall(ca.fingerprint);
            let ended = match reached {
                Reached::Done => Phase::Done,
                _ => Phase::Undone(Cause::Start),
            };
            let expected = [(install, Phase::Intent), (install, ended)];
            let expected = if *reached == Reached::Nothing { &[][..] } else { &expected };
            assert_eq!(deeds(&daemon), expected, "{case}");
            assert_eq!(store.state() == before, *reached != Reached::Done, "{case}");
            // And all of it works as if nothing had been.
            let mut caller = daemon.caller();
            assert_eq!(caller.ask(&ca.install()), ca.installed(), "{case}");
            assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved, "{case}");
            assert!(store.state() == before, "{case}");
        }
    }
}

#[test]
fn a_removal_that_is_cut_off_anywhere_is_carried_through_or_never_was() {
    for (at, part, reached) in PLACES {
        for killed in [Killed::One, Killed::All] {
            let case = format!("{at}, {killed:?}");
            let mut place = Place::new();
            let store = Store::of(&mut place);
            let (before, ca) = (store.state(), Authority::own());
            let daemon = place.start();
            assert_eq!(daemon.caller().ask(&ca.install()), ca.installed());
            let installed = store.state();
            assert!(daemon.stop().success());

            cut_off(&mut place, &ca.remove(), at, part, killed);

            let daemon = place.start();
            let (install, remove) =
                (Deed::CaInstall(ca.fingerprint), Deed::CaRemove(ca.fingerprint));
            let mut expected = vec![(install, Phase::Intent), (install, Phase::Done)];
            if *reached == Reached::Nothing {
                assert!(store.state() == installed, "{case}");
            } else {
                expected.extend([(remove, Phase::Intent), (remove, Phase::Done)]);
                assert!(store.state() == before, "{case}");
            }
            assert_eq!(deeds(&daemon), expected, "{case}");
            let mut caller = daemon.caller();
            assert_eq!(caller.ask(&ca.remove()), Response::CaRemoved, "{case}");
            assert!(store.state() == before, "{case}");
        }
    }
}

#[test]
fn undoing_that_is_cut_off_is_undone_at_the_next_start() {
    for (at, part) in [
        ("helper-ordered", "helper"),
        ("helper-placed", "helper"),
        ("helper-ran", "helper"),
        ("helper-answers", "helper"),
        ("before-row", "mutator"),
        ("half-row", "mutator"),
    ] {
        let mut place = Place::new();
        let store = Store::of(&mut place);
        let (before, ca) = (store.state(), Authority::own());
        cut_off(&mut place, &ca.install(), "helper-ran", "helper", Killed::One);
        assert!(store.state() != before, "{at}: nothing to undo");

        place.stop_at = Some(at);
        let daemon = place.begin();
        halted(&daemon, at);
        kill(daemon, part, Killed::One);
        place.stop_at = None;

        let daemon = place.start();
        assert!(store.state() == before, "{at}");
        let undone = (Deed::CaInstall(ca.fingerprint), Phase::Undone(Cause::Start));
        assert_eq!(deeds(&daemon)[1..], [undone], "{at}");
    }
}

/// The program outlives the helper that started it, and would bring back what the next one withdraws.
#[test]
fn a_program_that_is_still_at_work_is_waited_for() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    let mut caller = daemon.caller();
    store.tell("wait");
    caller.say(&frame::encode(2, &ca.install()).unwrap());
    let program = store.waiting();
    kill(daemon, "helper", Killed::One);

    let daemon = place.begin();
    eventually("the helper is there", || {
        let children = format!("/proc/{0}/task/{0}/children", daemon.pid());
        let children = std::fs::read_to_string(children).unwrap();
        (children.split_whitespace().count() == 3).then_some(())
    });
    assert!(!daemon.log().contains("serving"), "{}", daemon.log());
    store.take_back("waiting");
    daemon.hear("serving");
    eventually("the program of before has ended", || {
        let words = std::fs::read(format!("/proc/{program}/cmdline")).unwrap_or_default();
        words.is_empty().then_some(())
    });

    assert!(store.state() == before);
    let undone = (Deed::CaInstall(ca.fingerprint), Phase::Undone(Cause::Start));
    assert_eq!(deeds(&daemon)[1..], [undone]);
}

#[test]
fn a_program_that_is_killed_as_well_leaves_nothing_behind() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let daemon = place.start();
    let mut caller = daemon.caller();
    store.tell("wait");
    caller.say(&frame::encode(2, &ca.install()).unwrap());
    let program = store.waiting();
    kill(daemon, "helper", Killed::All);
    signal(program, "KILL");

    let daemon = place.start();

    assert!(store.state() == before);
    let undone = (Deed::CaInstall(ca.fingerprint), Phase::Undone(Cause::Start));
    assert_eq!(deeds(&daemon)[1..], [undone]);
}

#[test]
fn a_store_that_fails_at_the_start_keeps_nobody_from_reading() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    cut_off(&mut place, &ca.install(), "helper-ran", "helper", Killed::One);
    store.tell("always");
    let daemon = place.start();
    assert_eq!(deeds(&daemon), [(Deed::CaInstall(ca.fingerprint), Phase::Intent)]);
    store.take_back("always");
    assert!(daemon.stop().success());

    let daemon = place.start();

    assert!(store.state() == before);
    let undone = (Deed::CaInstall(ca.fingerprint), Phase::Undone(Cause::Start));
    assert_eq!(deeds(&daemon)[1..], [undone]);
}
