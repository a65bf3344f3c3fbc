//! Values hold only what may be, made here or read from the wire.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;

use super::samples::{all, endpoint, event, process};
use crate::rpc::*;

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}

/// Whether `number` reads as a `T`.
fn reads<T: DeserializeOwned>(number: u64) -> bool {
    read::<T>(&postcard::to_allocvec(&number).unwrap()).is_some()
}

#[test]
fn numbers_out_of_range_do_not_decode() {
    let max = u64::from;
    assert!(reads::<Uid>(0) && reads::<Uid>(max(u32::MAX) - 1));
    assert!(!reads::<Uid>(max(u32::MAX)) && !reads::<Uid>(max(u32::MAX) + 1));
    assert!(reads::<Pid>(1) && reads::<Pid>(0x7fff_ffff));
    assert!(!reads::<Pid>(0) && !reads::<Pid>(0x8000_0000));
    assert!(reads::<Port>(1024) && reads::<Port>(65535));
    assert!(!reads::<Port>(0) && !reads::<Port>(1023) && !reads::<Port>(65536));
    assert!(reads::<LeaseSeconds>(15) && reads::<LeaseSeconds>(300));
    assert!(!reads::<LeaseSeconds>(14) && !reads::<LeaseSeconds>(301));
    assert!(reads::<Max<512>>(1) && reads::<Max<512>>(512));
    assert!(!reads::<Max<512>>(0) && !reads::<Max<512>>(513));
    assert!(reads::<Cursor>(1) && reads::<Cursor>(u64::MAX) && !reads::<Cursor>(0));
    assert!(reads::<LeaseId>(1) && !reads::<LeaseId>(0));
}

#[test]
fn numbers_out_of_range_cannot_be_made() {
    assert_eq!(Port::new(1023).unwrap_err().to_string(), "not a Port");
    assert!(Uid::new(u32::MAX).is_err());
    assert!(Pid::new(0).is_err());
    assert!(LeaseSeconds::new(301).is_err());
    assert_eq!(Max::<512>::all().raw(), 512);
}

#[test]
fn bytes_and_lists_hold_no_more_than_they_may() {
    assert!(read::<BoundedBytes<2>>(&[2, 8, 9]).is_some());
    assert!(read::<BoundedBytes<2>>(&[3, 8, 9, 9]).is_none());
    assert_eq!(BoundedBytes::<2>::cut(&[8, 9, 9]).as_bytes(), [8, 9]);
    assert!(read::<BoundedVec<u8, 2>>(&[2, 8, 9]).is_some());
    assert!(read::<BoundedVec<u8, 2>>(&[3, 8, 9, 9]).is_none());
    let mut full = BoundedVec::<u8, 2>::new(vec![1, 2]).unwrap();
    assert_eq!(full.push(3), Err(3));
    assert_eq!(&full[..], [1, 2]);
    assert_eq!(BoundedVec::<u8, 2>::new(vec![1, 2, 3]), Err(TooLong { limit: 2 }));
}

#[test]
fn an_address_has_one_spelling() {
    let mapped: SocketAddr = "[::ffff:127.0.0.1]:80".parse().unwrap();
    assert_eq!(Endpoint::from(mapped), endpoint("127.0.0.1:80"));
    assert_eq!(SocketAddr::from(endpoint("[::1]:80")).to_string(), "[::1]:80");

    let mut wire = vec![1];
    wire.extend([0; 10]);
    wire.extend([0xff, 0xff, 127, 0, 0, 1, 80]);
    assert_eq!(read::<Endpoint>(&wire), None);
}

#[test]
fn nothing_of_a_users_stands_in_a_debug_line() {
    let shown = format!("{:?}", process());

    assert!(shown.contains("argv: Some([6 bytes])"), "{shown}");
    assert!(!shown.contains("bin"), "{shown}");
}

#[test]
fn others_see_no_details() {
    let mut ended = event(Change::Exit { status: Some(ExitStatus::Code(1)) });
    ended.details = Some(Details::default());

    let ended = ended.without_details();

    assert_eq!((ended.change, ended.details), (Change::Exit { status: None }, None));
    assert_eq!(process().without_details().details, None);
}

#[test]
fn a_refusal_is_said_in_fixed_words() {
    assert_eq!(
        Refusal::BadCa(BadCa::WiderHost).to_string(),
        "the certificate is refused: it permits a host outside the list"
    );
    assert_eq!(all::<Refusal>().len(), 19);
    assert_eq!(all::<Unsupported>().len(), 4);
    assert_eq!(all::<BadCa>().len(), 15);
}

#[test]
fn what_changes_something_needs_enrolment() {
    for request in super::samples::requests() {
        let needs = authority(&request);
        let stranger = needs.check(Enrolment::Stranger);
        if request.verb().is_change() || request.verb() == Verb::LeaseRenew {
            assert_eq!(stranger, Err(Refusal::NotEnrolled), "{request:?}");
            assert_eq!(needs.check(Enrolment::Enrolled), Ok(()), "{request:?}");
        }
        assert_eq!(needs.check(Enrolment::Administrator), Ok(()), "{request:?}");
    }
}

#[test]
fn what_is_others_needs_an_administrator() {
    let max = Max::all();
    let request = Request::ProcessPage { scope: Scope::EveryoneInFull, cursor: None, max };
    let journal = Request::JournalTail { scope: JournalScope::Everyone, since: 0, max: Max::all() };

    for request in [request, journal, Request::Watch { scope: Scope::EveryoneInFull }] {
        for enrolment in [Enrolment::Stranger, Enrolment::Enrolled] {
            let refused = authority(&request).check(enrolment);
            assert_eq!(refused, Err(Refusal::NotAdministrator), "{request:?}");
        }
    }
}
