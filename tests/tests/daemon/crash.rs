//! kill -9 where it hurts most, and what is there after the next start.

use std::{fs, process::Command};

use vigil_proto::rpc::{
    Deed, JournalRow, JournalScope, Max, Phase, Refusal, Request, Response, frame,
};

use super::support::{Daemon, Place, anchor, is_root};

const RECORD: u64 = 160;

/// Whether a row that was not answered for is there after it: (place, rows).
const PLACES: &[(&str, usize)] =
    &[("before-row", 1), ("half-row", 1), ("row-written", 2), ("row-saved", 2)];

fn rows(daemon: &Daemon) -> Vec<JournalRow> {
    let tail = Request::JournalTail { scope: JournalScope::Everyone, since: 0, max: Max::all() };
    let answer = daemon.caller().ask(&tail);
    let Response::Journal(page) = answer else { panic!("{answer:?}") };
    page.rows.to_vec()
}

#[test]
fn killed_at_any_place_the_journal_has_every_answered_row_and_no_half_one() {
    for (at, left) in PLACES {
        let mut place = Place::new();
        let daemon = place.start();
        assert_eq!(daemon.caller().ask(&anchor(1)), Response::Anchored);
        assert!(daemon.stop().success());

        place.stop_at = Some(at);
        let daemon = place.start();
        let mut caller = daemon.caller();
        caller.say(&frame::encode(2, &anchor(2)).unwrap());
        daemon.hear(&format!("halted at {at}"));
        let mutator = daemon.part("mutator");
        daemon.kill(mutator);
        assert_eq!(caller.hear(), None, "{at}: answered for what was not done");

        place.stop_at = None;
        let daemon = place.start();
        let rows = rows(&daemon);
        assert_eq!(rows.len(), *left, "{at}: {rows:?}");
        assert!(rows.iter().all(|row| matches!(row.deed, Deed::Anchor(_))));
        assert!(rows.iter().all(|row| row.phase == Phase::Done));
        assert_eq!(fs::metadata(place.journal()).unwrap().len() % RECORD, 0);
        // The chain goes on from what is there.
        let next = u8::try_from(*left).unwrap() + 1;
        assert_eq!(daemon.caller().ask(&anchor(next)), Response::Anchored, "{at}");
    }
}

#[test]
fn any_part_that_is_killed_ends_the_others() {
    for part in ["reader", "mutator", "helper"] {
        let place = Place::new();
        let daemon = place.start();
        let mut caller = daemon.caller();
        let pid = daemon.part(part);

        daemon.kill(pid);

        assert_eq!(caller.hear(), None);
        let again = place.start();
        assert!(matches!(again.caller().ask(&Request::Status), Response::Status(_)));
    }
}

#[test]
fn killing_the_starter_leaves_nobody_behind() {
    let place = Place::new();
    let daemon = place.start();
    let parts = ["reader", "mutator", "helper"].map(|part| daemon.part(part));
    let pid = daemon.pid();

    daemon.kill(pid);

    vigil_tests::vigil::eventually("all parts end", || {
        let is_there = |pid: &u32| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            !words.is_empty()
        };
        (!parts.iter().any(is_there)).then_some(())
    });
}

#[test]
fn a_damaged_journal_is_not_written_to() {
    let place = Place::new();
    let daemon = place.start();
    for seq in 1..=3 {
        assert_eq!(daemon.caller().ask(&anchor(seq)), Response::Anchored);
    }
    assert!(daemon.stop().success());
    let mut bytes = fs::read(place.journal()).unwrap();
    bytes[200] ^= 1;
    fs::write(place.journal(), &bytes).unwrap();

    let words = place.refuses();

    assert!(words.contains("row 1 of the journal"), "{words}");
    assert_eq!(fs::read(place.journal()).unwrap(), bytes);
}

#[test]
fn an_anchor_after_a_long_time_notes_that_the_agent_was_away() {
    let mut place = Place::new();
    place.limits[4] = 300;
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&anchor(1)), Response::Anchored);
    assert!(daemon.stop().success());
    std::thread::sleep(std::time::Duration::from_millis(500));

    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&anchor(2)), Response::Anchored);
    // What was refused is no sign of life, and leaves no row.
    assert_eq!(daemon.caller().ask(&anchor(9)), Refusal::AnchorNotSuccessor.into());

    let rows = rows(&daemon);
    let Deed::Absence { since, until } = rows[1].deed else { panic!("{rows:?}") };
    assert_eq!(since, rows[0].at);
    assert_eq!(until, rows[2].at);
    assert_eq!(rows.len(), 3);
}

#[test]
fn told_to_stop_it_ends_well() {
    let place = Place::new();
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&anchor(1)), Response::Anchored);

    assert!(daemon.stop().success());
}

#[test]
fn a_full_disk_refuses_an_anchor_and_nothing_else() {
    const SCRIPT: &str =
        "mount -t tmpfs -o size=4k,mode=700 none \"$1\" || { echo cannot >&2; exit 77; }
        shift; exec \"$@\"";
    if !is_root() {
        return;
    }
    let place = Place::new();
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh"]);
    command.arg(place.state()).arg(place.command().get_program());
    command.args(place.command().get_args());
    let daemon = place.begin_as(&mut command);
    let started = vigil_tests::vigil::eventually("it starts, or cannot", || {
        let log = daemon.log();
        (log.contains("serving") || log.contains("cannot")).then_some(log)
    });
    if started.contains("cannot") {
        eprintln!("SKIPPED: this root may not mount anything");
        return;
    }
    let mut caller = daemon.caller();

    // A page has room for the heading and twenty-four rows.
    let answers: Vec<Response> = (1..=26).map(|seq| caller.ask(&anchor(seq))).collect();

    assert!(answers[..24].iter().all(|answer| *answer == Response::Anchored), "{answers:?}");
    assert_eq!(answers[24], Refusal::Internal.into());
    // The one after it follows nothing that was noted.
    assert_eq!(answers[25], Refusal::AnchorNotSuccessor.into());
    assert_eq!(rows(&daemon).len(), 24);
    assert!(daemon.stop().success());
}
