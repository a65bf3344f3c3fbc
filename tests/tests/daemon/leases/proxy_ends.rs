//! How the setting comes back when nobody gives the lease back, and when it does not: when somebody else
//! has changed it.

use std::{net::TcpListener, time::Instant};

use vigil_proto::rpc::{Cause, Phase, Refusal, Request, Response, Restored};
use vigil_tests::vigil::{eventually, signal};

use super::{
    super::support::{Daemon, Place, own_uid},
    Talk,
    network::on_a_network,
    proxy::{Setting, USERS, enable, leased, listen, phases},
};

/// What somebody else sets meanwhile.
const THEIRS: &[u8] = b"proxy.elsewhere.example:8080\n";

fn begun_and(phase: Phase) -> [Phase; 3] {
    [Phase::Intent, Phase::Done, phase]
}

fn until_original(setting: &Setting, daemon: &Daemon, cause: Cause) {
    eventually("the setting is the user's", || setting.is_original().then_some(()));
    // The journal is written after it.
    assert_eq!(phases(daemon), begun_and(Phase::Undone(cause)));
    setting.is_as_before("the end");
}

#[test]
fn an_agent_that_is_killed_leaves_the_users_setting() {
    let setting = Setting::of(Some(USERS));
    let (daemon, (_listener, port)) = (setting.place.start(), listen());
    let mut agent = daemon.caller_apart();
    leased(&agent.caller.ask(&enable(port)));
    assert!(setting.leads_to(port));

    signal(agent.pid(), "KILL");

    until_original(&setting, &daemon, Cause::CallerGone);
}

#[test]
fn a_lease_that_is_not_renewed_ends_whoever_has_the_port() {
    let setting = Setting::of(Some(USERS));
    let (daemon, (listener, port)) = (setting.place.start(), listen());
    let mut caller = daemon.caller();
    let since = Instant::now();
    let lease = leased(&caller.ask(&enable(port)));
    drop(listener);
    let _another = TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert!(setting.leads_to(port));

    until_original(&setting, &daemon, Cause::Expired);

    eprintln!("the user's setting is back after {} ms of 15 s", since.elapsed().as_millis());
    assert_eq!(caller.ask(&Request::LeaseRenew { lease }), Refusal::LeaseUnknown.into());
}

#[test]
fn another_socket_on_the_port_ends_it_at_the_next_renewal() {
    let setting = Setting::of(Some(USERS));
    let (daemon, (listener, port)) = (setting.place.start(), listen());
    let mut caller = daemon.caller();
    let lease = leased(&caller.ask(&enable(port)));
    drop(listener);
    let _another = TcpListener::bind(("127.0.0.1", port)).unwrap();

    assert_eq!(caller.ask(&Request::LeaseRenew { lease }), Refusal::PortNotYours.into());

    until_original(&setting, &daemon, Cause::PortLost);
}

#[test]
fn a_strangers_socket_ends_it_and_a_stranger_cannot() {
    on_a_network("proxy_ends::a_strangers_socket_ends_it_and_a_stranger_cannot", |_| {
        let setting = Setting::of(Some(USERS));
        setting.place.enrol(&format!("0 admin\n{}\n{}\n", super::USER, super::STRANGER));
        let daemon = setting.place.start();
        let [mut agent, mut stranger] =
            [super::USER, super::STRANGER].map(|uid| daemon.caller_as(uid));
        let proxy = Talk::proxy(super::USER, super::PORT, &[]);
        assert_eq!(
            stranger.caller.ask(&enable(super::PORT)),
            Refusal::PortNotYours.into(),
            "the port is another's"
        );
        let lease = leased(&agent.caller.ask(&enable(super::PORT)));
        assert!(setting.leads_to(super::PORT));
        let end = Request::LeaseEnd { lease };
        assert_eq!(stranger.caller.ask(&end), Refusal::NotYours.into());
        assert!(setting.leads_to(super::PORT));
        // The setting is there once, whoever asks.
        let _theirs = Talk::proxy(super::STRANGER, super::PORT + 1, &[]);
        assert_eq!(stranger.caller.ask(&enable(super::PORT + 1)), Refusal::Leased.into());

        proxy.kill();
        let _taken = Talk::proxy(super::STRANGER, super::PORT, &[]);
        let renewed = agent.caller.ask(&Request::LeaseRenew { lease });

        assert_eq!(renewed, Refusal::PortNotYours.into());
        setting.is_as_before("the port is lost");
        let lease = leased(&stranger.caller.ask(&enable(super::PORT + 1)));
        stranger.caller.ask(&Request::LeaseEnd { lease });
        setting.is_as_before("the stranger's turn");
    });
}

#[test]
fn a_daemon_that_is_told_to_stop_puts_the_setting_back() {
    let setting = Setting::of(None);
    let (daemon, (_listener, port)) = (setting.place.start(), listen());
    let mut caller = daemon.caller();
    leased(&caller.ask(&enable(port)));
    assert!(setting.leads_to(port));

    assert!(daemon.stop().success());

    setting.is_as_before("stopped");
    assert_eq!(phases(&setting.place.start()), begun_and(Phase::Undone(Cause::Stop)));
}

#[test]
fn what_somebody_else_has_set_meanwhile_is_left() {
    type End = fn(&Place, Daemon, Request) -> Daemon;
    let ends: [(Cause, End); 4] = [
        (Cause::Asked, |_, daemon, end| {
            let left = Response::LeaseEnded(Restored::LeftAlone);
            assert_eq!(daemon.caller().ask(&end), left);
            daemon
        }),
        (Cause::CallerGone, |_, daemon, _| daemon),
        (Cause::Stop, |place, daemon, _| {
            assert!(daemon.stop().success());
            place.start()
        }),
        (Cause::Start, |place, daemon, _| {
            let mutator = daemon.part("mutator");
            daemon.kill(mutator);
            place.start()
        }),
    ];
    for (cause, end) in ends {
        let setting = Setting::of(Some(USERS));
        let (daemon, (_listener, port)) = (setting.place.start(), listen());
        let mut agent = daemon.caller_apart();
        let lease = leased(&agent.caller.ask(&enable(port)));
        setting.write(THEIRS);
        // It is a lease still, and writes nothing.
        leased(&agent.caller.ask(&Request::LeaseRenew { lease }));

        if cause == Cause::CallerGone {
            signal(agent.pid(), "KILL");
        }
        let daemon = end(&setting.place, daemon, Request::LeaseEnd { lease });

        eventually("the lease has ended", || (phases(&daemon).len() > 2).then_some(()));
        assert_eq!(phases(&daemon), begun_and(Phase::LeftAlone(cause)));
        assert_eq!(setting.now().as_deref(), Some(THEIRS), "{cause:?}");
        eventually("nothing is kept", || (!setting.kept().exists()).then_some(()));
        // Theirs is the user's own from now on.
        leased(&daemon.caller().ask(&enable(port)));
        eventually("theirs is back", || (setting.now().as_deref() == Some(THEIRS)).then_some(()));
    }
}

#[test]
fn without_such_a_file_the_machines_setting_is_out_of_reach() {
    let place = Place::with(&format!("{}\n", own_uid()));
    let (daemon, (_listener, port)) = (place.start(), listen());
    let answer = daemon.caller().ask(&enable(port));
    assert!(matches!(answer, Response::Refused(Refusal::Unsupported(_))), "{answer:?}");
}
