//! What is kept of what is under way, and what the next run tells of it.

use std::{cell::RefCell, sync::Arc};

use vigil_proto::{
    ContentHasher, Kind, SessionId, SourceId, Timestamp,
    event::{Connection, ProcessRef},
};

use super::{Output, Owner, Sensitive, Started, UnderWay, tell_left};
use crate::source::{callers::Caller, proxy::tee::Envelope};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn source() -> SourceId {
    SourceId::of(b"proxy")
}

fn envelope(flow: u64, host: &str) -> Envelope {
    Envelope {
        flow,
        host: Arc::from(host),
        port: 443,
        client_port: Some(40_000),
        caller: Caller::default(),
        decrypted: true,
        sent: 1,
        received: 2,
        began: at(1000),
        ended: at(2000),
        detail: "ended",
    }
}

fn nobody(_: &Envelope) -> Owner {
    Owner::default()
}

fn call(began: i64) -> Started<'static> {
    let session = ("claude-code", "s-1", SessionId::of("claude-code", "s-1"));
    Started { began: at(began), session: Some(session) }
}

/// What the next run tells of `state`.
fn left(state: &[u8]) -> Output {
    let mut out = Output::default();
    let hasher = ContentHasher::new([1; 32]);
    tell_left(state, at(9_000_000), (&hasher, source()), &mut 0, &mut out);
    out
}

fn connections(out: &Output) -> Vec<(&Connection<Sensitive>, Option<ProcessRef>)> {
    let events = out.events.iter();
    events
        .filter_map(|event| match &event.kind {
            Kind::Connection(flow) => Some((flow, event.process)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_call_that_nobody_saw_the_end_of_is_a_gap_in_its_session() {
    let mut under_way = UnderWay::default();
    under_way.begin(envelope(7, "api.anthropic.com"));
    under_way.begin(envelope(8, "api.openai.com"));
    under_way.tell(at(1000), nobody, |_, _| {});

    let calls = [(7, call(1500)), (7, call(1500))];
    let kept = under_way.checkpoint(source(), at(2000), &calls).unwrap();
    let out = left(&kept.state);

    let gaps: Vec<_> =
        out.events.iter().filter(|event| matches!(&event.kind, Kind::Gap(_))).collect();
    assert_eq!(gaps.len(), 2);
    assert_ne!(gaps[0].id, gaps[1].id);
    let is_told = |gap: &Kind<Sensitive>| matches!(gap, Kind::Gap(gap) if gap.reason == "agent-ended" && gap.detail.expose().contains("api.anthropic.com"));
    assert!(is_told(&gaps[0].kind));
    assert_eq!(
        (gaps[0].at, gaps[0].session),
        (at(1500), Some(SessionId::of("claude-code", "s-1")))
    );
    assert!(out.sessions.iter().all(|facts| facts.client == "claude-code"));
    let ended = connections(&out);
    let detail = |flow: &Connection<Sensitive>| flow.detail.as_ref().unwrap().expose().to_owned();
    assert_eq!(ended.len(), 2);
    assert!(ended.iter().all(|(flow, _)| !flow.open && detail(flow) == "agent-ended"));
    assert_eq!(out.counts["gap.proxy"], 2);
}

#[test]
fn its_end_is_of_the_connection_that_was_told_as_open() {
    let mut under_way = UnderWay::default();
    under_way.begin(envelope(7, "api.anthropic.com"));
    let mut open = None;
    under_way.tell(at(1000), nobody, |envelope, owner| {
        let hasher = ContentHasher::new([1; 32]);
        let place = super::Place { hasher: &hasher, source: source(), flow: envelope.flow };
        open = Some(super::connection(place, envelope, owner, super::End::Not));
    });
    let open = open.unwrap();
    assert!(matches!(&open.kind, Kind::Connection(flow) if flow.open && flow.received == 0));

    let kept = under_way.checkpoint(source(), at(2000), &[]).unwrap();

    assert_eq!(left(&kept.state).events[0].id, open.id);
}

#[test]
fn nothing_is_committed_twice_and_an_end_is_committed() {
    let mut under_way = UnderWay::default();
    assert!(under_way.checkpoint(source(), at(0), &[]).is_none(), "nothing is under way");
    under_way.begin(envelope(7, "api.anthropic.com"));
    assert!(under_way.checkpoint(source(), at(0), &[]).is_none(), "it is not on record yet");
    under_way.tell(at(1000), nobody, |_, _| {});

    let unread = Started { began: at(5), session: None };
    assert!(under_way.checkpoint(source(), at(0), &[(7, unread)]).is_some());
    let read = under_way.checkpoint(source(), at(0), &[(7, call(5))]).unwrap();
    let gaps = left(&read.state).events;
    assert!(gaps.iter().any(|event| event.session.is_some()), "whose it is is known by now");
    assert!(under_way.checkpoint(source(), at(0), &[(7, call(5))]).is_none());
    assert!(under_way.checkpoint(source(), at(0), &[(7, call(6))]).is_some(), "the next call");

    assert!(under_way.end(7), "it is on record as open");
    assert!(!under_way.end(7));
    let kept = under_way.checkpoint(source(), at(0), &[]).unwrap();
    assert!(left(&kept.state).events.is_empty());
    under_way.follows();
    assert!(under_way.checkpoint(source(), at(0), &[]).is_some(), "in place of an earlier run's");
}

#[test]
fn one_that_is_over_at_once_is_never_told_as_open() {
    let mut under_way = UnderWay::default();
    under_way.begin(envelope(7, "api.anthropic.com"));

    assert!(!under_way.end(7));

    under_way.tell(at(1000), nobody, |_, _| panic!("it is over"));
}

#[test]
fn whose_it_is_is_told_when_it_is_found() {
    let process = ProcessRef { pid: 5, started: at(3) };
    let found = RefCell::new(Owner::default());
    let mut told = Vec::new();
    let mut under_way = UnderWay::default();
    under_way.begin(envelope(7, "api.anthropic.com"));
    let mut look = |now, under_way: &mut UnderWay| {
        under_way.tell(at(now), |_| found.borrow().clone(), |_, owner| told.push(owner.process));
    };

    look(1000, &mut under_way);
    look(2000, &mut under_way);
    found.borrow_mut().process = Some(process);
    look(3000, &mut under_way);
    look(4000, &mut under_way);

    assert_eq!(told, [None, Some(process)]);
    let kept = under_way.checkpoint(source(), at(5000), &[]).unwrap();
    assert_eq!(connections(&left(&kept.state))[0].1, Some(process));
}

#[test]
fn what_cannot_be_read_tells_nothing() {
    for state in [&b""[..], b"{}", b"[1,2", b"{\"connections\":[{}]}"] {
        assert!(left(state).events.is_empty());
    }
}
