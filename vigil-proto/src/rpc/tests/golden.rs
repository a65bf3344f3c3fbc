//! The wire format as it was published, in golden.txt: a message, and below it the bytes of its
//! frame. Bytes that change are a new major version.

use std::{collections::BTreeSet, fmt::Debug};

use super::{
    hex,
    samples::{requests, responses},
};
use crate::rpc::{Verb, frame};

const GOLDEN: &str = include_str!("golden.txt");

fn lines<M: frame::Message + Debug>(kind: &str, messages: &[M]) -> String {
    let line = |message| {
        let frame = frame::encode(1, message).unwrap();
        format!("{kind} {message:?}\n  {}\n", hex(&frame))
    };
    messages.iter().map(line).collect()
}

#[test]
fn every_message_has_the_bytes_it_was_published_with() {
    let now = lines("request", &requests()) + &lines("response", &responses());

    for (at, (now, golden)) in now.lines().zip(GOLDEN.lines()).enumerate() {
        assert_eq!(now, golden, "line {}; all of them now:\n{}", at + 1, now);
    }
    assert_eq!(now.lines().count(), GOLDEN.lines().count(), "all of them now:\n{now}");
}

#[test]
fn every_message_reads_back_as_it_was() {
    for message in requests() {
        let frame = frame::encode(9, &message).unwrap();
        assert_eq!(frame::decode(&frame), Ok(frame::Frame { id: 9, message }));
    }
    for message in responses() {
        let frame = frame::encode(9, &message).unwrap();
        assert_eq!(frame::decode(&frame), Ok(frame::Frame { id: 9, message }));
    }
}

#[test]
fn every_verb_and_every_answer_has_a_sample() {
    let verbs: BTreeSet<_> = requests().iter().map(|request| request.verb() as usize).collect();
    assert_eq!(verbs, (0..Verb::ALL.len()).collect());

    // The first byte of a body is the number of its variant; beyond the last none decodes.
    let first = |message| frame::encode(1, message).unwrap()[9];
    let answers: BTreeSet<u8> = responses().iter().map(first).collect();
    let last = *answers.last().unwrap();
    assert_eq!(answers, (0..=last).collect());
    let mut beyond = frame::encode(1, &crate::rpc::Response::Anchored).unwrap();
    beyond[9] = last + 1;
    assert_eq!(frame::decode::<crate::rpc::Response>(&beyond), Err(frame::FrameError::Body));
}

#[test]
fn a_verb_has_the_number_of_its_place() {
    for request in requests() {
        let frame = frame::encode(1, &request).unwrap();
        assert_eq!(usize::from(frame[9]), request.verb() as usize, "{request:?}");
    }
}
