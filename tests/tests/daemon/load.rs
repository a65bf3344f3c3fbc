//! Callers that take what they can get: time, connections, requests, descriptors.

use std::{
    fs,
    io::Write,
    num::NonZeroU64,
    os::{fd::AsFd, unix::net::UnixStream},
    thread,
    time::Duration,
};

use vigil_platform::channel;
use vigil_proto::rpc::{LeaseId, Refusal, Request, Response, frame, limits};
use vigil_tests::vigil::eventually;

use super::support::{Daemon, Place, anchor, is_root, own_uid};

fn is_well(daemon: &Daemon) {
    assert!(matches!(daemon.caller().ask(&Request::Status), Response::Status(_)));
}

fn descriptors(pid: u32) -> Option<usize> {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        eprintln!("SKIPPED: the daemon lets nobody but root count its descriptors");
        return None;
    };
    Some(open.count())
}

#[test]
fn a_greeting_that_drips_in_is_cut_off() {
    let mut place = Place::new();
    place.limits[0] = 400;
    let daemon = place.start();
    let mut caller = daemon.connect();
    let hello = frame::encode(1, &Request::hello()).unwrap();

    let mut said = 0;
    for byte in &hello {
        if caller.stream.write_all(&[*byte]).is_err() {
            break;
        }
        said += 1;
        thread::sleep(Duration::from_millis(100));
    }

    assert!(said < hello.len(), "a greeting of {} bytes was waited for", hello.len());
    assert_eq!(caller.hear(), None);
    is_well(&daemon);
}

#[test]
fn a_request_that_drips_in_is_cut_off() {
    let mut place = Place::new();
    place.limits[1] = 400;
    let daemon = place.start();
    let mut caller = daemon.caller();

    let mut said = 0;
    // A certificate that would take minutes.
    for byte in [0x06, 0x10, 0, 0, 1, 2, 0, 0, 0, 3, 0x80, 0x20].iter().chain(&[0x30; 4096]) {
        if caller.stream.write_all(&[*byte]).is_err() {
            break;
        }
        said += 1;
        thread::sleep(Duration::from_millis(100));
    }

    assert!(said < 100, "{said} bytes were waited for");
    assert_eq!(caller.hear(), None);
    is_well(&daemon);
}

#[test]
fn a_silent_connection_ends() {
    let mut place = Place::new();
    place.limits[0] = 300;
    place.limits[2] = 300;
    let daemon = place.start();

    let mut ungreeted = daemon.connect();
    let mut greeted = daemon.caller();

    assert_eq!(ungreeted.hear(), None);
    assert_eq!(greeted.hear(), None);
}

#[test]
fn who_does_not_read_its_answers_is_cut_off() {
    let mut place = Place::new();
    place.limits[1] = 400;
    let daemon = place.start();
    let mut caller = daemon.caller();
    let question = frame::encode(9, &super::verbs::requests().swap_remove(0)).unwrap();

    // Nobody takes the answers: at last the daemon's side is full, then ours.
    caller.stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let ended = (0..1_000_000).find(|_| caller.stream.write_all(&question).is_err());

    assert!(ended.is_some());
    is_well(&daemon);
}

#[test]
fn one_user_has_four_connections() {
    let place = Place::new();
    let daemon = place.start();
    let held: Vec<_> = (0..4).map(|_| daemon.caller()).collect();

    let mut fifth = UnixStream::connect(place.socket()).unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut fifth, &mut answer).unwrap();

    let refused = frame::decode::<Response>(&answer).unwrap();
    assert_eq!((refused.id, refused.message), (0, Refusal::TooMany.into()));
    drop(held);
    is_well(&daemon);
}

#[test]
fn sixty_four_idle_connections_leave_others_served() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n62000\n");
    let daemon = place.start();

    // More than there is room for, of users who are not enrolled.
    let idle: Vec<_> = (0..56).map(|at| daemon.connect_as(61_000 + at % 7, "relay")).collect();
    let held: Vec<_> = (0..8).map(|_| UnixStream::connect(place.socket()).unwrap()).collect();
    drop(held);

    is_well(&daemon);
    assert!(matches!(daemon.caller_as(62_000).caller.ask(&Request::Status), Response::Status(_)));
    assert_eq!(idle.len(), 56);
}

#[test]
fn all_connections_taken_are_given_back() {
    if !is_root() {
        return;
    }
    let mut place = Place::new();
    place.limits[0] = 3000;
    let daemon = place.start();

    // Nobody can keep the last place: who says nothing loses it.
    let idle: Vec<_> = (0..64).map(|at| daemon.connect_as(61_000 + at % 16, "relay")).collect();

    is_well(&daemon);
    drop(idle);
}

#[test]
fn descriptors_that_are_sent_along_are_not_taken() {
    let place = Place::new();
    let daemon = place.start();
    let reader = daemon.part("reader");
    let mutator = daemon.part("mutator");
    let mut caller = daemon.caller();
    caller.ask(&Request::Status);
    let (Some(before), Some(mutators)) = (descriptors(reader), descriptors(mutator)) else {
        return;
    };
    let file = fs::File::open("/dev/null").unwrap();

    for number in 0..200 {
        let question = frame::encode(number + 100, &Request::Status).unwrap();
        channel::send_with(&caller.stream, &question, file.as_fd()).unwrap();
        assert_eq!(caller.hear().unwrap().id, number + 100);
    }

    assert_eq!(descriptors(reader), Some(before));
    assert_eq!(descriptors(mutator), Some(mutators));
}

#[test]
fn descriptors_of_connections_are_given_back() {
    let place = Place::new();
    let daemon = place.start();
    let reader = daemon.part("reader");
    drop(daemon.caller());
    let Some(before) = descriptors(reader) else { return };

    for _ in 0..200 {
        daemon.caller().ask(&Request::Status);
    }

    eventually("every descriptor is given back", || (descriptors(reader)? <= before).then_some(()));
}

#[test]
fn a_flood_of_questions_is_told_to_wait() {
    let mut place = Place::new();
    place.limits[5] = 20;
    let daemon = place.start();
    let mut caller = daemon.caller();

    let answers: Vec<_> = (0..60).map(|_| caller.ask(&Request::Status)).collect();

    let served = answers.iter().filter(|answer| matches!(answer, Response::Status(_))).count();
    let refused = answers.iter().filter(|answer| **answer == Refusal::TooFast.into()).count();
    assert_eq!(served + refused, 60);
    assert!(served >= 19 && refused > 0, "{served} served, {refused} refused");
    // It is not a punishment.
    eventually("there is a token again", || {
        matches!(caller.ask(&Request::Status), Response::Status(_)).then_some(())
    });
}

#[test]
fn a_flood_of_one_user_leaves_another_served() {
    if !is_root() {
        return;
    }
    let mut place = Place::with("0 admin\n61001\n");
    place.limits[5] = 20;
    let daemon = place.start();
    let mut flood = daemon.caller_as(61_001);
    let all: Vec<u8> =
        (10..2010).flat_map(|number| frame::encode(number, &Request::Status).unwrap()).collect();

    let mut quiet = daemon.caller();
    thread::scope(|scope| {
        scope.spawn(|| {
            flood.caller.say(&all);
            for _ in 10..2010 {
                flood.caller.hear().unwrap();
            }
        });
        for _ in 0..15 {
            let answer = quiet.ask(&Request::Status);
            assert!(matches!(answer, Response::Status(_)), "{answer:?}");
        }
    });
}

#[test]
fn changes_have_a_limit_of_their_own() {
    let mut place = Place::new();
    place.limits[6] = 6;
    let daemon = place.start();
    let mut caller = daemon.caller();

    let answers: Vec<_> = (1..=8).map(|seq| caller.ask(&anchor(seq))).collect();

    assert_eq!(answers[..6], vec![Response::Anchored; 6]);
    assert_eq!(answers[6..], vec![Refusal::TooFast.into(); 2]);
    assert!(matches!(caller.ask(&Request::Status), Response::Status(_)));
}

#[test]
fn renewals_have_a_limit_of_their_own() {
    let mut place = Place::new();
    place.limits[6] = 6;
    let daemon = place.start();
    let mut caller = daemon.caller();
    let renew = Request::LeaseRenew { lease: LeaseId(NonZeroU64::MIN) };

    let answers: Vec<_> = (0..40).map(|_| caller.ask(&renew)).collect();

    let most = usize::try_from(limits::RENEWALS_PER_MINUTE).unwrap();
    assert_eq!(answers[..most], vec![Refusal::LeaseUnknown.into(); most]);
    assert!(answers[most..].contains(&Refusal::TooFast.into()), "{answers:?}");
    // Nor do they use up the changes.
    assert_eq!(caller.ask(&anchor(1)), Response::Anchored);
}

#[test]
fn who_may_not_change_uses_up_nobodys_changes() {
    if !is_root() {
        return;
    }
    let mut place = Place::with("0 admin\n");
    place.limits[6] = 6;
    let daemon = place.start();
    let mut stranger = daemon.caller_as(61_001);

    for _ in 0..20 {
        assert_eq!(stranger.caller.ask(&anchor(1)), Refusal::NotEnrolled.into());
    }

    assert_eq!(own_uid(), 0);
    assert_eq!(daemon.caller().ask(&anchor(1)), Response::Anchored);
}
