//! Redirection for as long as the caller says that it is there: real rules in a network of the test's
//! own, real connections of three users, and everything killed that can be.

#[path = "leases/ends.rs"]
mod ends;
#[path = "leases/killed.rs"]
mod killed;
#[path = "leases/network.rs"]
mod network;
#[path = "leases/probe.rs"]
mod probe;
#[path = "leases/proxy.rs"]
mod proxy;
#[path = "leases/proxy_ends.rs"]
mod proxy_ends;
#[path = "leases/proxy_killed.rs"]
mod proxy_killed;

use vigil_proto::rpc::{
    Cause, Deed, JournalScope, Lease, LeaseId, LeaseSeconds, Leased, Max, Phase, Port, Refusal,
    Request, Response, Restored,
};

use super::support::{Caller, Daemon, Other, Place};
use network::{FAR, Network, Talk, ask, hear, on_a_network, rules, start};

/// Whose connections are redirected.
const USER: u32 = 61_001;
/// Another user, whose are not.
const STRANGER: u32 = 61_002;
const PORT: u16 = 19_443;

const PROBES: [&str; 2] = ["192.0.2.86", "2001:db8::5669:6769"];
const DIRECT: [&str; 2] = ["origin", "origin"];
const REDIRECTED: [&str; 2] = ["proxy origin", "proxy origin"];

fn place() -> Place {
    Place::with(&format!("{USER}\n{STRANGER}\n"))
}

fn enable() -> Request {
    enable_at(PORT)
}

fn enable_at(port: u16) -> Request {
    Request::CaptureEnable {
        port: Port::new(port).unwrap(),
        // The shortest there is.
        lease_s: LeaseSeconds::new(15).unwrap(),
    }
}

/// What a lease is of, and its name.
fn leased(response: &Response) -> (Leased, LeaseId) {
    let Response::Leased(Lease { lease, of, .. }) = response else { panic!("{response:?}") };
    (*of, *lease)
}

/// Both connections for each of these addresses, as an agent makes them.
fn probe(uid: u32, hosts: &[&str]) {
    for host in hosts {
        assert_eq!(ask(uid, &["talk", host]), "proxy probe");
        assert_eq!(ask(uid, &["talk", host, "excluded"]), "ConnectionRefused");
    }
}

/// A lease that is proven on both kinds of address.
fn arm(agent: &mut Other) -> LeaseId {
    arm_as(agent, USER, PORT)
}

fn arm_as(agent: &mut Other, uid: u32, port: u16) -> LeaseId {
    let (of, lease) = leased(&agent.caller.ask(&enable_at(port)));
    assert_eq!(of, Leased::CaptureProbe);
    probe(uid, &PROBES);
    let (of, _) = leased(&agent.caller.ask(&Request::LeaseRenew { lease }));
    assert_eq!(of, Leased::Capture);
    lease
}

/// How far each redirection in the journal has come.
fn phases(daemon: &Daemon) -> Vec<Phase> {
    let mut caller = daemon.caller_as(USER);
    let tail = Request::JournalTail { scope: JournalScope::Own, since: 0, max: Max::all() };
    let Response::Journal(page) = caller.caller.ask(&tail) else { panic!() };
    let is_ours = |deed| matches!(deed, Deed::Capture { .. });
    page.rows.iter().filter(|row| is_ours(row.deed)).map(|row| row.phase).collect()
}

#[test]
fn a_lease_redirects_its_users_connections_alone() {
    on_a_network("a_lease_redirects_its_users_connections_alone", |network| {
        assert!(network.is_there());
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let proxy = Talk::proxy(USER, PORT, &[]);
        let mut agent = daemon.caller_as(USER);
        assert_eq!(hear(USER), DIRECT);
        let mut earlier = FAR.map(|host| Talk::with(USER, host));
        all_hear(&mut earlier, "origin");

        // Nothing but the probe, until that has shown something.
        let (of, lease) = leased(&agent.caller.ask(&enable()));
        assert_eq!(of, Leased::CaptureProbe);
        assert_eq!(hear(USER), DIRECT);
        assert_eq!(FAR.map(|host| ask(USER, &["datagram", host])), DIRECT);
        probe(USER, &PROBES);
        assert_eq!(proxy.taken(), 2);

        let renewed = agent.caller.ask(&Request::LeaseRenew { lease });
        assert_eq!(leased(&renewed), (Leased::Capture, lease));
        assert_eq!(hear(USER), REDIRECTED);
        assert_eq!(hear(STRANGER), DIRECT);
        // The kernel sees these for the first time since it looks at connections.
        all_live(&mut earlier);
        // What the proxy leaves out arrives, and QUIC is refused so that clients do without.
        assert_eq!(FAR.map(|host| ask(USER, &["talk", host, "excluded"])), DIRECT);
        let refused = ["ConnectionRefused", "ConnectionRefused"];
        assert_eq!(FAR.map(|host| ask(USER, &["datagram", host])), refused);
        assert_eq!(FAR.map(|host| ask(STRANGER, &["datagram", host])), DIRECT);
        let mut redirected = FAR.map(|host| Talk::with(USER, host));
        all_hear(&mut redirected, "proxy origin");

        let ended = agent.caller.ask(&Request::LeaseEnd { lease });
        assert_eq!(ended, Response::LeaseEnded(Restored::Original));
        assert_eq!(hear(USER), DIRECT);
        assert_eq!(FAR.map(|host| ask(USER, &["datagram", host])), DIRECT);
        all_live(&mut earlier);
        all_live(&mut redirected);
        assert_eq!(phases(&daemon), [Phase::Intent, Phase::Done, Phase::Undone(Cause::Asked)]);
        // The rules stay for those who are redirected still, and no longer.
        assert_ne!(rules(), before);
        drop(redirected);
        network::until_rules_are(&before);
        all_live(&mut earlier);
    });
}

#[test]
fn a_port_that_is_not_the_callers_is_refused() {
    on_a_network("a_port_that_is_not_the_callers_is_refused", |_| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let mut agent = daemon.caller_as(USER);
        let refused = Response::from(Refusal::PortNotYours);
        assert_eq!(agent.caller.ask(&enable()), refused, "nobody listens");
        let strangers = Talk::proxy(STRANGER, PORT, &[]);
        assert_eq!(agent.caller.ask(&enable()), refused, "a stranger listens");
        strangers.kill();
        assert_eq!(rules(), before);

        let _proxy = Talk::proxy(USER, PORT, &[]);
        let lease = arm(&mut agent);

        assert_eq!(agent.caller.ask(&enable()), Refusal::Leased.into());
        let mut same_user = daemon.caller_as(USER);
        let mut stranger = daemon.caller_as(STRANGER);
        let not_yours = Response::from(Refusal::NotYours);
        assert_eq!(same_user.caller.ask(&Request::LeaseRenew { lease }), not_yours);
        assert_eq!(stranger.caller.ask(&Request::LeaseRenew { lease }), not_yours);
        assert_eq!(stranger.caller.ask(&Request::LeaseEnd { lease }), not_yours);
        assert_eq!(stranger.caller.ask(&enable()), refused);
        assert_eq!(leases(&mut same_user.caller), [lease]);
        assert_eq!(leases(&mut stranger.caller), []);
        assert_eq!(hear(USER), REDIRECTED);
        // The user's own, by another connection.
        let ended = same_user.caller.ask(&Request::LeaseEnd { lease });
        assert_eq!(ended, Response::LeaseEnded(Restored::Original));
        assert_eq!(agent.caller.ask(&Request::LeaseRenew { lease }), Refusal::LeaseUnknown.into());
    });
}

#[test]
fn each_user_has_a_lease_of_its_own() {
    on_a_network("each_user_has_a_lease_of_its_own", |network| {
        let (place, before) = (place(), rules());
        let daemon = start(&place);
        let (mut agent, _proxy, lease) = armed(&daemon);
        let theirs = Talk::proxy(STRANGER, PORT + 1, &[]);
        let mut other = daemon.caller_as(STRANGER);
        assert_eq!(hear(STRANGER), DIRECT);

        let their_lease = arm_as(&mut other, STRANGER, PORT + 1);
        let taken = theirs.taken();
        assert_eq!(hear(USER), REDIRECTED);
        assert_eq!(theirs.taken(), taken);
        assert_eq!(hear(STRANGER), REDIRECTED);
        assert_eq!(theirs.taken(), taken + 2);

        agent.caller.ask(&Request::LeaseEnd { lease });
        assert_eq!(hear(USER), DIRECT);
        assert_eq!(hear(STRANGER), REDIRECTED);
        leased(&other.caller.ask(&Request::LeaseRenew { lease: their_lease }));
        other.end_of_words();
        all_is_as_before(network, &before);
        assert_eq!(hear(STRANGER), DIRECT);
    });
}

fn leases<S: std::io::Read + std::io::Write>(caller: &mut Caller<S>) -> Vec<LeaseId> {
    let Response::Status(status) = caller.ask(&Request::Status) else { panic!() };
    status.leases.iter().map(|lease| lease.lease).collect()
}

/// As [`arm`], with the proxy that it needs.
fn armed(daemon: &Daemon) -> (Other, Talk, LeaseId) {
    let (mut agent, proxy) = (daemon.caller_as(USER), Talk::proxy(USER, PORT, &[]));
    let lease = arm(&mut agent);
    (agent, proxy, lease)
}

fn all_hear(talks: &mut [Talk], words: &str) {
    for talk in talks {
        assert_eq!(talk.hear(), words);
    }
}

fn all_live(talks: &mut [Talk]) {
    for talk in talks {
        assert_eq!(talk.say("still there?"), "still there?");
    }
}

/// What every end comes to.
fn all_is_as_before(_: &Network, before: &str) {
    network::until_rules_are(before);
    assert_eq!(hear(USER), DIRECT);
}
