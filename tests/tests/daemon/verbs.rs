//! Who may ask what, verb by verb.

use vigil_proto::rpc::{
    Anchor, BoundedBytes, ChainHead, Endpoint, Fingerprint, JournalScope, LeaseId, LeaseSeconds,
    Max, Port, ProxyMode, Refusal, Request, Response, Scope, Unsupported, Verb,
};

use super::support::{Place, anchor, is_root, own_uid};

/// One request of every verb but the greeting, and of every scope.
pub(crate) fn requests() -> Vec<Request> {
    let (port, lease_s) = (Port::new(9080).unwrap(), LeaseSeconds::new(60).unwrap());
    let lease = LeaseId(7.try_into().unwrap());
    let fingerprint = Fingerprint([7; 32]);
    let end: Endpoint = std::net::SocketAddr::from(([127, 0, 0, 1], 9)).into();
    let mut requests = vec![
        Request::Status,
        Request::CaInstall { der: BoundedBytes::new([0x30; 20]).unwrap() },
        Request::CaRemove { fingerprint },
        Request::CaStatus { fingerprint },
        Request::ProxyEnable { mode: ProxyMode::Pac, port, lease_s },
        Request::CaptureEnable { port, lease_s },
        Request::LeaseRenew { lease },
        Request::LeaseEnd { lease },
        Request::SocketOwner { local: end, peer: end },
        Request::Anchor(Anchor {
            seq: 9,
            prev: ChainHead([0; 32]),
            count: 0,
            head: ChainHead([1; 32]),
        }),
    ];
    for scope in [JournalScope::Own, JournalScope::Everyone] {
        requests.push(Request::JournalTail { scope, since: 0, max: Max::all() });
    }
    for scope in [Scope::Own, Scope::Everyone, Scope::EveryoneInFull] {
        requests.push(Request::ProcessPage { scope, cursor: None, max: Max::all() });
        requests.push(Request::SocketPage { scope, cursor: None, max: Max::all() });
        // Last, for it ends the questions of a connection.
        requests.push(Request::Watch { scope });
    }
    let named = |verb: &Verb| requests.iter().any(|request| request.verb() == *verb);
    assert!(Verb::ALL.iter().all(|verb| *verb == Verb::Hello || named(verb)));
    requests
}

/// Who is refused, as docs/PROTOCOL.md says, written down once more.
fn refusal(request: &Request, is_enrolled: bool, is_administrator: bool) -> Option<Refusal> {
    let is_everyones = matches!(
        request,
        Request::JournalTail { scope: JournalScope::Everyone, .. }
            | Request::ProcessPage { scope: Scope::EveryoneInFull, .. }
            | Request::SocketPage { scope: Scope::EveryoneInFull, .. }
            | Request::Watch { scope: Scope::EveryoneInFull }
    );
    match request.verb() {
        _ if is_everyones => (!is_administrator).then_some(Refusal::NotAdministrator),
        Verb::CaInstall
        | Verb::CaRemove
        | Verb::ProxyEnable
        | Verb::CaptureEnable
        | Verb::LeaseRenew
        | Verb::LeaseEnd
        | Verb::Anchor => (!is_enrolled).then_some(Refusal::NotEnrolled),
        _ => None,
    }
}

fn is_one_of_authority(response: &Response) -> Option<Refusal> {
    match response {
        Response::Refused(refusal @ (Refusal::NotEnrolled | Refusal::NotAdministrator)) => {
            Some(*refusal)
        }
        _ => None,
    }
}

#[test]
fn a_stranger_changes_nothing_and_sees_its_own() {
    let place = Place::with("");
    let daemon = place.start();

    for request in requests() {
        let answer = daemon.caller().ask(&request);

        let expected = refusal(&request, false, false);
        assert_eq!(is_one_of_authority(&answer), expected, "{request:?}: {answer:?}");
    }
    let answer = daemon.caller().ask(&Request::Status);
    let Response::Status(status) = answer else { panic!("{answer:?}") };
    assert_eq!((status.enrolled, status.administrator, status.journal), (false, false, 0));
}

#[test]
fn an_enrolled_user_is_no_administrator() {
    let place = Place::with(&format!("{}\n", own_uid()));
    let daemon = place.start();

    for request in requests() {
        let answer = daemon.caller().ask(&request);

        let expected = refusal(&request, true, false);
        assert_eq!(is_one_of_authority(&answer), expected, "{request:?}: {answer:?}");
    }
}

#[test]
fn an_administrator_may_ask_everything() {
    let place = Place::new();
    let daemon = place.start();

    for request in requests() {
        let answer = daemon.caller().ask(&request);

        assert_eq!(is_one_of_authority(&answer), None, "{request:?}: {answer:?}");
    }
}

#[test]
fn another_user_is_refused_per_verb() {
    if !is_root() {
        return;
    }
    // Root and one user are enrolled; a second user is not.
    let place = Place::with("0 admin\n61001\n");
    let daemon = place.start();

    for request in requests() {
        for (uid, is_enrolled) in [(61_001, true), (61_002, false)] {
            let answer = daemon.caller_as(uid).caller.ask(&request);

            let expected = refusal(&request, is_enrolled, false);
            assert_eq!(is_one_of_authority(&answer), expected, "{uid}: {request:?}: {answer:?}");
        }
    }
}

#[test]
fn what_is_not_built_says_so_and_changes_nothing() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();

    for request in requests() {
        let expected: Response = match request.verb() {
            Verb::CaInstall => Refusal::BadCa(vigil_proto::rpc::BadCa::Malformed).into(),
            // The plain mode has no certificate store and no packet filter.
            Verb::CaRemove | Verb::CaptureEnable => {
                Refusal::Unsupported(Unsupported::ThisMachine).into()
            }
            Verb::ProxyEnable => Refusal::Unsupported(Unsupported::UserSide).into(),
            Verb::LeaseRenew | Verb::LeaseEnd => Refusal::LeaseUnknown.into(),
            _ => continue,
        };
        assert_eq!(caller.ask(&request), expected, "{request:?}");
    }
    let tail = Request::JournalTail { scope: JournalScope::Everyone, since: 0, max: Max::all() };
    let Response::Journal(page) = caller.ask(&tail) else { panic!() };
    assert_eq!(page.rows.len(), 0);
}

#[test]
fn enrolment_holds_from_the_next_request_on() {
    let place = Place::with("");
    let daemon = place.start();
    let mut caller = daemon.caller();

    assert_eq!(caller.ask(&anchor(1)), Refusal::NotEnrolled.into());
    place.enrol(&format!("{}\n", own_uid()));
    assert_eq!(caller.ask(&anchor(1)), Response::Anchored);
    place.enrol("");
    assert_eq!(caller.ask(&anchor(2)), Refusal::NotEnrolled.into());
}

#[test]
fn an_anchor_follows_its_users_last_one() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();

    assert_eq!(caller.ask(&anchor(2)), Refusal::AnchorNotSuccessor.into());
    assert_eq!(caller.ask(&anchor(1)), Response::Anchored);
    assert_eq!(caller.ask(&anchor(1)), Refusal::AnchorNotSuccessor.into());
    assert_eq!(caller.ask(&anchor(2)), Response::Anchored);
    let Response::Status(status) = caller.ask(&Request::Status) else { panic!() };
    assert_eq!((status.journal, status.anchor.unwrap().seq), (2, 2));
}

#[test]
fn users_have_chains_and_journals_of_their_own() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n61001\n61002\n");
    let daemon = place.start();
    let tail = |scope| Request::JournalTail { scope, since: 0, max: Max::all() };

    for uid in [61_001, 61_002] {
        assert_eq!(daemon.caller_as(uid).caller.ask(&anchor(1)), Response::Anchored);
    }

    let answer = daemon.caller_as(61_002).caller.ask(&tail(JournalScope::Own));
    let Response::Journal(page) = answer else { panic!("{answer:?}") };
    let rows: Vec<_> = page.rows.iter().map(|row| (row.seq, row.uid.raw())).collect();
    assert_eq!(rows, [(2, 61_002)]);
    let Response::Journal(page) = daemon.caller().ask(&tail(JournalScope::Everyone)) else {
        panic!()
    };
    assert_eq!(page.rows.len(), 2);
}
