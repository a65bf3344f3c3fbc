//! How a lease ends that nobody gives back.

use std::{thread, time::Duration, time::Instant};

use vigil_tests::vigil::{eventually, signal};

use super::{
    Cause, DIRECT, FAR, PORT, Phase, REDIRECTED, Refusal, Request, STRANGER, Talk, USER, all_hear,
    all_is_as_before, all_live, armed, hear, leased, network::Network, on_a_network, phases, place,
    rules, start,
};

fn until_direct() -> Duration {
    let since = Instant::now();
    eventually("everything is direct again", || (hear(USER) == DIRECT).then_some(()));
    since.elapsed()
}

fn ended_by(cause: Cause) -> [Phase; 3] {
    [Phase::Intent, Phase::Done, Phase::Undone(cause)]
}

#[test]
fn an_agent_that_is_killed_leaves_everything_direct() {
    on_a_network("ends::an_agent_that_is_killed_leaves_everything_direct", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let mut earlier = FAR.map(|host| Talk::with(USER, host));
        all_hear(&mut earlier, "origin");
        let (agent, proxy, _) = armed(&daemon);
        assert_eq!(hear(USER), REDIRECTED);

        signal(agent.pid(), "KILL");
        proxy.kill();
        let took = until_direct();

        eprintln!("direct {} ms after the agent was killed", took.as_millis());
        // Whoever has the port now is sent nothing.
        let strangers = Talk::proxy(STRANGER, PORT, &[]);
        assert_eq!(hear(USER), DIRECT);
        assert_eq!(strangers.taken(), 0);
        all_live(&mut earlier);
        all_is_as_before(network, &before);
        assert_eq!(phases(&daemon), ended_by(Cause::CallerGone));
    });
}

#[test]
fn an_agent_that_says_nothing_has_its_time_and_no_more() {
    on_a_network("ends::an_agent_that_says_nothing_has_its_time_and_no_more", |network| {
        let (mut place, before) = (place(), rules());
        // Less than the lease: whoever holds one is not idle.
        place.limits[2] = 200;
        let daemon = start(&place);
        let (mut agent, _proxy, lease) = armed(&daemon);
        thread::sleep(Duration::from_secs(1));
        leased(&agent.caller.ask(&Request::LeaseRenew { lease }));
        assert_eq!(hear(USER), REDIRECTED);

        let took = until_direct();

        eprintln!("direct {} ms after the last renewal of a lease of 15 s", took.as_millis());
        all_is_as_before(network, &before);
        assert_eq!(phases(&daemon), ended_by(Cause::Expired));
    });
}

#[test]
fn the_kernel_ends_it_when_nobody_else_is_left() {
    on_a_network("ends::the_kernel_ends_it_when_nobody_else_is_left", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let (_agent, _proxy, _) = armed(&daemon);
        let parts = ["reader", "mutator", "helper"].map(|part| daemon.part(part));
        // None of them has the time to put anything back.
        let all = [&[daemon.pid()], &parts[..]].concat();
        for (pid, how) in
            all.iter().map(|pid| (pid, "STOP")).chain(parts.iter().map(|pid| (pid, "KILL")))
        {
            signal(*pid, how);
        }
        let starter = daemon.pid();
        daemon.kill(starter);
        assert_eq!(hear(USER), REDIRECTED);

        let took = until_direct();

        eprintln!("direct {} ms after the whole daemon was killed", took.as_millis());
        assert_ne!(rules(), before);
        let daemon = start(&place);
        all_is_as_before(network, &before);
        assert_eq!(phases(&daemon), ended_by(Cause::Start));
    });
}

#[test]
fn another_socket_on_the_port_ends_it_at_the_next_renewal() {
    on_a_network("ends::another_socket_on_the_port_ends_it_at_the_next_renewal", |network| {
        for other in [USER, STRANGER] {
            let (place, before) = (place(), rules());
            let daemon = start(&place);
            let (mut agent, proxy, lease) = armed(&daemon);
            proxy.kill();
            let others = Talk::proxy(other, PORT, &[]);

            let renewed = agent.caller.ask(&Request::LeaseRenew { lease });

            assert_eq!(renewed, Refusal::PortNotYours.into());
            assert_eq!(hear(USER), DIRECT);
            assert_eq!(others.taken(), 0);
            all_is_as_before(network, &before);
            assert_eq!(phases(&daemon), ended_by(Cause::PortLost));
        }
    });
}

#[test]
fn a_daemon_that_is_told_to_stop_puts_everything_back() {
    on_a_network("ends::a_daemon_that_is_told_to_stop_puts_everything_back", stopped);
}

fn stopped(network: &Network) {
    let (place, before) = (place(), rules());
    let daemon = start(&place);
    let (_agent, _proxy, _) = armed(&daemon);
    assert_eq!(hear(USER), REDIRECTED);

    assert!(daemon.stop().success());

    assert_eq!(rules(), before);
    assert_eq!(hear(USER), DIRECT);
    let daemon = start(&place);
    all_is_as_before(network, &before);
    assert_eq!(phases(&daemon), ended_by(Cause::Stop));
}

#[test]
fn what_goes_on_while_the_daemon_stops_goes_on() {
    on_a_network("ends::what_goes_on_while_the_daemon_stops_goes_on", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let (_agent, _proxy, _) = armed(&daemon);
        let mut redirected = FAR.map(|host| Talk::with(USER, host));
        all_hear(&mut redirected, "proxy origin");

        assert!(daemon.stop().success());
        assert_eq!(hear(USER), DIRECT);
        let daemon = start(&place);

        all_live(&mut redirected);
        assert_eq!(hear(USER), DIRECT);
        assert_eq!(phases(&daemon), ended_by(Cause::Stop));
        drop(redirected);
        all_is_as_before(network, &before);
    });
}

#[test]
fn rules_that_somebody_flushed_come_back_with_the_next_renewal() {
    on_a_network("ends::rules_that_somebody_flushed_come_back_with_the_next_renewal", |_| {
        let place = place();
        let daemon = start(&place);
        let (mut agent, _proxy, lease) = armed(&daemon);
        let flush = ["flush", "ruleset"];
        assert!(std::process::Command::new("nft").args(flush).status().unwrap().success());
        assert_eq!(hear(USER), DIRECT);

        leased(&agent.caller.ask(&Request::LeaseRenew { lease }));

        assert_eq!(hear(USER), REDIRECTED);
    });
}
