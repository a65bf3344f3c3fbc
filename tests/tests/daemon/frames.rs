//! Bytes that are no request.

use std::net::Shutdown;

use vigil_proto::rpc::{FrameError, Refusal, Request, Response, frame};

use super::{
    support::{Daemon, Place},
    verbs::requests,
};

/// A frame with any bytes as its message.
fn framed(number: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(5 + body.len()).unwrap();
    [&length.to_le_bytes()[..], &[frame::MAJOR], &number.to_le_bytes(), body].concat()
}

/// Says `bytes` on a greeted connection, which is then refused and closed.
fn is_malformed(daemon: &Daemon, bytes: &[u8]) {
    let mut caller = daemon.caller();
    caller.say(bytes);
    caller.is_refused(Refusal::Malformed);
}

/// Still serves.
fn is_well(daemon: &Daemon) {
    assert!(matches!(daemon.caller().ask(&Request::Status), Response::Status(_)));
}

#[test]
fn a_request_cut_at_any_byte_is_not_answered() {
    let place = Place::new();
    let daemon = place.start();

    for request in requests() {
        let whole = frame::encode(2, &request).unwrap();
        // Beyond the header one byte is as good as another of the same field.
        let step = if whole.len() > 64 { 7 } else { 1 };
        for length in (1..whole.len()).step_by(step).chain([whole.len() - 1]) {
            let mut caller = daemon.caller();
            caller.say(&whole[..length]);
            caller.stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(caller.hear(), None, "{request:?} cut at {length}");
        }
    }
    is_well(&daemon);
}

#[test]
fn a_greeting_cut_at_any_byte_is_not_answered() {
    let place = Place::new();
    let daemon = place.start();
    let whole = frame::encode(1, &Request::hello()).unwrap();

    for length in 0..whole.len() {
        let mut caller = daemon.connect();
        caller.say(&whole[..length]);
        caller.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(caller.hear(), None, "cut at {length}");
    }
    is_well(&daemon);
}

#[test]
fn lengths_that_no_frame_has_are_refused_before_their_bytes() {
    let place = Place::new();
    let daemon = place.start();

    for length in [0_u32, 5, 8193, u32::MAX] {
        is_malformed(&daemon, &length.to_le_bytes());
    }
    is_well(&daemon);
}

#[test]
fn messages_in_another_spelling_are_refused() {
    let place = Place::new();
    let daemon = place.start();
    let status = frame::encode(2, &Request::Status).unwrap();
    let body = &status[9..];

    // Something left over within the frame.
    is_malformed(&daemon, &framed(2, &[body, &[0]].concat()));
    // The same number with one byte more than it needs.
    is_malformed(&daemon, &framed(2, &[0x81, 0x00]));
    // A variant that there is not.
    is_malformed(&daemon, &framed(2, &[15]));
    is_malformed(&daemon, &framed(2, &[0xff, 0xff, 0xff, 0xff, 0x0f]));
    // A list of four thousand million things in a few bytes, as a certificate.
    is_malformed(&daemon, &framed(2, &[3, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    // One byte more than a certificate may have.
    is_malformed(&daemon, &framed(2, &[&[3, 0x81, 0x20][..], &[0x30; 4097]].concat()));
    // A port below 1024, a lease that is too short, a page without rows.
    is_malformed(&daemon, &framed(2, &[6, 0, 80, 60]));
    is_malformed(&daemon, &framed(2, &[6, 0, 0xf8, 0x46, 14]));
    is_malformed(&daemon, &framed(2, &[10, 0, 0, 0]));
    // A truth value of 2, and no number.
    is_malformed(&daemon, &framed(2, &[10, 0, 2, 1]));
    is_malformed(&daemon, &framed(0, body));
    is_well(&daemon);
}

#[test]
fn bytes_behind_a_request_are_the_next_request_or_nothing() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();

    caller.say(&[frame::encode(2, &Request::Status).unwrap(), vec![0; 4]].concat());

    assert_eq!(caller.hear().map(|frame| frame.id), Some(2));
    caller.is_refused(Refusal::Malformed);
}

#[test]
fn questions_in_advance_are_answered_in_order() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();
    let all: Vec<u8> =
        (10..60).flat_map(|number| frame::encode(number, &Request::Status).unwrap()).collect();

    caller.say(&all);

    for number in 10..60 {
        assert_eq!(caller.hear().map(|frame| frame.id), Some(number));
    }
}

#[test]
fn another_major_version_is_told_so() {
    let place = Place::new();
    let daemon = place.start();
    let mut hello = frame::encode(1, &Request::hello()).unwrap();
    hello[4] = 2;

    let mut caller = daemon.connect();
    caller.say(&hello);

    caller.is_refused(Refusal::Version);
    assert_eq!(frame::decode::<Request>(&hello), Err(FrameError::Major(2)));
}

#[test]
fn another_magic_is_no_greeting() {
    let place = Place::new();
    let daemon = place.start();
    let mut hello = frame::encode(1, &Request::hello()).unwrap();
    hello[10] ^= 1;

    let mut caller = daemon.connect();
    caller.say(&hello);

    caller.is_refused(Refusal::Malformed);
}

#[test]
fn a_connection_begins_with_one_greeting() {
    let place = Place::new();
    let daemon = place.start();

    let mut without = daemon.connect();
    assert_eq!(without.ask(&Request::Status), Refusal::Greeting.into());
    assert_eq!(without.hear(), None);
    let mut twice = daemon.caller();
    assert_eq!(twice.ask(&Request::hello()), Refusal::Greeting.into());
    assert_eq!(twice.hear(), None);
}

#[test]
fn other_protocols_are_closed() {
    let place = Place::new();
    let daemon = place.start();

    for words in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x16\x03\x01\x02\x00\x01"] {
        let mut caller = daemon.connect();
        caller.say(words.as_bytes());
        caller.is_refused(Refusal::Malformed);
    }
}
