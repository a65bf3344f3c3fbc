//! Files that are not what the daemon left, or not its own.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    os::unix::net::UnixListener,
    path::Path,
};

use vigil_proto::rpc::{Refusal, Request, Response};

use super::support::{Place, anchor, is_root, own_uid};

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_link_for_the_journal_is_refused_and_left_alone() {
    let place = Place::new();
    let target = place.root.join("target");
    fs::write(&target, "precious").unwrap();
    symlink(&target, place.journal()).unwrap();

    let words = place.refuses();

    assert!(words.contains("is a link"), "{words}");
    assert_eq!(fs::read(&target).unwrap(), b"precious");
}

#[test]
fn a_dangling_link_for_the_journal_makes_nothing() {
    let place = Place::new();
    let target = place.root.join("target");
    symlink(&target, place.journal()).unwrap();

    place.refuses();

    assert!(!target.exists());
}

#[test]
fn a_second_name_of_the_journal_is_refused() {
    let place = Place::new();
    let elsewhere = place.root.join("elsewhere");
    fs::write(&elsewhere, "").unwrap();
    mode(&elsewhere, 0o600);
    fs::hard_link(&elsewhere, place.journal()).unwrap();

    place.refuses();

    assert_eq!(fs::read(&elsewhere).unwrap(), b"");
}

#[test]
fn a_link_for_the_state_is_refused() {
    let place = Place::new();
    let real = place.root.join("real");
    fs::rename(place.state(), &real).unwrap();
    symlink(&real, place.state()).unwrap();

    place.refuses();

    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
}

#[test]
fn a_state_that_others_may_write_to_is_refused() {
    let place = Place::new();
    mode(&place.state(), 0o777);

    let words = place.refuses();

    assert!(words.contains("others may write"), "{words}");
}

#[test]
fn a_folder_above_that_others_may_write_to_is_refused() {
    let place = Place::new();
    mode(&place.root, 0o777);

    place.refuses();
}

#[test]
fn a_link_for_the_socket_is_refused_and_left_alone() {
    let place = Place::new();
    let target = place.root.join("target");
    symlink(&target, place.socket()).unwrap();

    let words = place.refuses();

    assert!(words.contains("is a link"), "{words}");
    assert!(fs::symlink_metadata(place.socket()).unwrap().is_symlink());
    assert!(!target.exists());
}

#[test]
fn a_file_for_the_socket_is_refused_and_left_alone() {
    let place = Place::new();
    fs::write(place.socket(), "precious").unwrap();

    place.refuses();

    assert_eq!(fs::read(place.socket()).unwrap(), b"precious");
}

#[test]
fn the_socket_of_an_earlier_run_is_replaced() {
    let place = Place::new();
    drop(UnixListener::bind(place.socket()).unwrap());

    let daemon = place.start();

    assert!(matches!(daemon.caller().ask(&Request::Status), Response::Status(_)));
}

#[test]
fn a_second_daemon_on_the_same_state_is_refused() {
    let place = Place::new();
    let first = place.start();
    let mut second = Place::new();
    second.root.clone_from(&place.root);

    let words = second.refuses();

    assert!(words.contains("held by another vigild"), "{words}");
    drop(first);
}

/// The enrolment file as it is made to be, and that nobody is enrolled by it.
fn enrols_nobody(place: &Place) {
    let daemon = place.start();
    assert_eq!(daemon.caller().ask(&anchor(1)), Refusal::NotEnrolled.into());
    daemon.hear("nobody is enrolled");
}

#[test]
fn a_link_for_the_enrolment_enrols_nobody() {
    let place = Place::new();
    let real = place.root.join("real");
    fs::rename(place.enrolled(), &real).unwrap();
    symlink(&real, place.enrolled()).unwrap();

    enrols_nobody(&place);
}

#[test]
fn an_enrolment_that_others_may_write_to_enrols_nobody() {
    let place = Place::new();
    mode(&place.enrolled(), 0o666);

    enrols_nobody(&place);
}

#[test]
fn an_enrolment_of_another_user_enrols_nobody() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    chown(place.enrolled(), Some(61_001), None).unwrap();

    enrols_nobody(&place);
}

#[test]
fn an_enrolment_without_sense_enrols_nobody() {
    let place = Place::with(&format!("{} admin\nalice\n", own_uid()));

    enrols_nobody(&place);
}

#[test]
fn an_enrolment_that_is_too_long_enrols_nobody() {
    let place = Place::with(&"# nothing\n".repeat(10_000));

    enrols_nobody(&place);
}

#[test]
fn a_link_that_takes_the_place_of_the_enrolment_later_enrols_nobody() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();
    assert_eq!(caller.ask(&anchor(1)), Response::Anchored);
    let real = place.root.join("real");
    fs::rename(place.enrolled(), &real).unwrap();
    symlink(&real, place.enrolled()).unwrap();

    assert_eq!(caller.ask(&anchor(2)), Refusal::NotEnrolled.into());
}

#[test]
fn a_state_of_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    chown(place.state(), Some(61_001), None).unwrap();

    let words = place.refuses();

    assert!(words.contains("belongs to uid 61001"), "{words}");
}
