//! kill -9 at every place of every verb that has to do with a lease, of whichever process is there.

use vigil_proto::rpc::frame;

use super::{
    Cause, PORT, PROBES, Phase, REDIRECTED, Request, Talk, USER, all_is_as_before, armed, enable,
    hear, leased, on_a_network, phases, place, probe, rules, start,
};

/// Where, in which process, and at which request: the lease's beginning, renewal or end.
const PLACES: &[(&str, &str, usize)] = &[
    ("before-row", "mutator", 0),
    ("half-row", "mutator", 0),
    ("row-saved", "mutator", 0),
    ("lease-intended", "mutator", 0),
    ("filter-unchanged", "helper", 0),
    ("filter-changed", "helper", 0),
    ("lease-set", "mutator", 0),
    ("lease-granted", "mutator", 0),
    ("lease-renewing", "mutator", 1),
    ("lease-renewed", "mutator", 1),
    ("lease-ending", "mutator", 2),
    ("lease-unset", "mutator", 2),
];

#[test]
fn killed_anywhere_nothing_is_left_after_the_next_start() {
    on_a_network("killed::killed_anywhere_nothing_is_left_after_the_next_start", |network| {
        let before = rules();
        for (at, part, request) in PLACES {
            let mut place = place();
            place.stop_at = Some(at);
            let daemon = start(&place);
            let proxy = Talk::proxy(USER, PORT, &[]);
            let mut agent = daemon.caller_as(USER);
            let lease = (*request > 0).then(|| leased(&agent.caller.ask(&enable())).1);
            if *request > 0 {
                probe(USER, &PROBES);
            }
            let last = match (request, lease) {
                (1, Some(lease)) => Request::LeaseRenew { lease },
                (2, Some(lease)) => {
                    leased(&agent.caller.ask(&Request::LeaseRenew { lease }));
                    assert_eq!(hear(USER), REDIRECTED);
                    Request::LeaseEnd { lease }
                }
                _ => enable(),
            };

            agent.caller.say(&frame::encode(9, &last).unwrap());
            let halted = daemon.hear(&format!("halted at {at}"));
            let killed = daemon.part(part);
            assert!(halted.ends_with(&format!("process {killed}")), "{at}: {halted}");
            daemon.kill(killed);
            assert_eq!(agent.caller.hear(), None, "{at}: answered for what was not done");

            place.stop_at = None;
            let daemon = start(&place);
            all_is_as_before(network, &before);
            let last = phases(&daemon).last().copied();
            let is_without_row = ["before-row", "half-row"].contains(at);
            let expected = (!is_without_row).then_some(Phase::Undone(Cause::Start));
            assert_eq!(last, expected, "{at}");
            drop(proxy);
        }
    });
}

#[test]
fn killed_while_it_puts_things_back_the_next_start_does() {
    on_a_network("killed::killed_while_it_puts_things_back_the_next_start_does", |network| {
        let before = rules();
        let places = [
            ("filter-unchanged", "helper"),
            ("filter-changed", "helper"),
            ("before-row", "mutator"),
            ("row-saved", "mutator"),
        ];
        for (at, part) in places {
            let mut place = place();
            let daemon = start(&place);
            let (_agent, _proxy, _) = armed(&daemon);
            let mutator = daemon.part("mutator");
            daemon.kill(mutator);
            assert_ne!(rules(), before, "{at}");

            place.stop_at = Some(at);
            let daemon = place.begin_as(place.command().args(["--redirect", "on"]));
            daemon.hear(&format!("halted at {at}"));
            let killed = daemon.part(part);
            daemon.kill(killed);

            place.stop_at = None;
            let daemon = start(&place);
            all_is_as_before(network, &before);
            let ended = [Phase::Intent, Phase::Done, Phase::Undone(Cause::Start)];
            assert_eq!(phases(&daemon), ended, "{at}");
        }
    });
}
