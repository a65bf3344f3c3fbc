//! What is not proven is not redirected, and what turns out wrong later comes to an end.

use super::{
    DIRECT, FAR, Leased, PORT, PROBES, Refusal, Request, Talk, USER, all_is_as_before, arm, ask,
    enable, hear, leased, on_a_network, place, probe, rules, start,
};

#[test]
fn a_proxy_that_catches_itself_is_never_armed() {
    on_a_network("probe::a_proxy_that_catches_itself_is_never_armed", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let _proxy = Talk::proxy(USER, PORT, &["caught"]);
        let mut agent = daemon.caller_as(USER);
        let (_, lease) = leased(&agent.caller.ask(&enable()));
        // What it takes for excluded is not.
        for host in PROBES {
            assert_eq!(ask(USER, &["talk", host]), "proxy probe");
            assert_eq!(ask(USER, &["talk", host]), "proxy probe");
        }

        let renewed = agent.caller.ask(&Request::LeaseRenew { lease });

        assert_eq!(renewed, Refusal::ProbeFailed.into());
        assert_eq!(hear(USER), DIRECT);
        all_is_as_before(network, &before);
        let again = agent.caller.ask(&Request::LeaseRenew { lease });
        assert_eq!(again, Refusal::LeaseUnknown.into());
    });
}

#[test]
fn nothing_is_proven_by_saying_nothing() {
    on_a_network("probe::nothing_is_proven_by_saying_nothing", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let _proxy = Talk::proxy(USER, PORT, &[]);
        let mut agent = daemon.caller_as(USER);

        // What was proven for one lease is not for the next.
        let lease = arm(&mut agent);
        agent.caller.ask(&Request::LeaseEnd { lease });
        let (of, lease) = leased(&agent.caller.ask(&enable()));
        assert_eq!(of, Leased::CaptureProbe);
        let renewed = agent.caller.ask(&Request::LeaseRenew { lease });

        assert_eq!(renewed, Refusal::ProbeFailed.into());
        all_is_as_before(network, &before);
    });
}

#[test]
fn what_is_proven_of_one_kind_of_address_is_redirected_of_that_alone() {
    on_a_network(
        "probe::what_is_proven_of_one_kind_of_address_is_redirected_of_that_alone",
        |_| {
            let place = place();
            let daemon = start(&place);
            let _proxy = Talk::proxy(USER, PORT, &[]);
            let mut agent = daemon.caller_as(USER);
            let (_, lease) = leased(&agent.caller.ask(&enable()));
            let renew = Request::LeaseRenew { lease };

            probe(USER, &PROBES[1..]);
            assert_eq!(leased(&agent.caller.ask(&renew)).0, Leased::CaptureV6);
            assert_eq!(hear(USER), ["origin", "proxy origin"]);
            assert_eq!(
                FAR.map(|host| ask(USER, &["datagram", host])),
                ["origin", "ConnectionRefused"]
            );

            probe(USER, &PROBES[..1]);
            assert_eq!(leased(&agent.caller.ask(&renew)).0, Leased::Capture);
            assert_eq!(hear(USER), ["proxy origin", "proxy origin"]);
        },
    );
}

#[test]
fn a_loop_comes_to_its_end() {
    on_a_network("probe::a_loop_comes_to_its_end", |_| {
        let place = place();
        let daemon = start(&place);
        // It proves what it does not do afterwards.
        let proxy = Talk::proxy(USER, PORT, &["caught"]);
        let mut agent = daemon.caller_as(USER);
        let lease = arm(&mut agent);

        // The first one uses up what may be redirected at once; the next may be let past sooner.
        for (host, at_least) in FAR.into_iter().zip([2, 1]) {
            let told = ask(USER, &["talk", host]);

            let rounds = told.matches("proxy ").count();
            eprintln!("{host}: {rounds} rounds before the connection went where it was meant to");
            assert!(told.ends_with("proxy origin") && rounds >= at_least, "{told}");
        }
        assert!(proxy.taken() < 5000, "{}", proxy.taken());
        agent.caller.ask(&Request::LeaseEnd { lease });
        assert_eq!(hear(USER), DIRECT);
    });
}
