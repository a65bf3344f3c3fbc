//! kill -9 at every place of every verb that has to do with the setting, of whichever process is there,
//! and of all at once.

use vigil_proto::rpc::{Cause, Phase, Request, frame};
use vigil_tests::vigil::signal;

use super::{
    super::support::Daemon,
    proxy::{Setting, USERS, enable, leased, listen, phases},
};

/// Where, in which process, and at which request: the lease's beginning, renewal or end. What a start
/// comes by as well is named with how often.
const PLACES: &[(&str, &str, usize)] = &[
    ("before-row", "mutator", 0),
    ("half-row", "mutator", 0),
    ("row-written", "mutator", 0),
    ("row-saved", "mutator", 0),
    ("lease-intended", "mutator", 0),
    ("proxy-planned", "helper", 0),
    ("proxy-kept", "helper", 0),
    ("proxy-set", "helper", 0),
    ("lease-set", "mutator", 0),
    ("before-row:2", "mutator", 0),
    ("half-row:2", "mutator", 0),
    ("row-saved:2", "mutator", 0),
    ("lease-granted", "mutator", 0),
    ("lease-renewing", "mutator", 1),
    ("proxy-renewed", "helper", 1),
    ("lease-renewed", "mutator", 1),
    ("lease-ending", "mutator", 2),
    ("proxy-unchanged", "helper", 2),
    ("proxy-put-back", "helper", 2),
    ("lease-unset:2", "mutator", 2),
    ("before-row:3", "mutator", 2),
    ("half-row:3", "mutator", 2),
    ("row-saved:3", "mutator", 2),
    ("proxy-forgotten:2", "helper", 2),
];

/// Nobody has the time to put anything back.
fn kill_all(daemon: Daemon) {
    let parts = ["reader", "mutator", "helper"].map(|part| daemon.part(part));
    let starter = daemon.pid();
    for pid in [&[starter], &parts[..]].concat() {
        signal(pid, "STOP");
    }
    for pid in parts {
        signal(pid, "KILL");
    }
    daemon.kill(starter);
}

/// Kills what is halted there, or everything.
fn kill_at(daemon: Daemon, at: &str, part: &str, all: bool) {
    let name = at.split(':').next().unwrap();
    let halted = daemon.hear(&format!("halted at {name}"));
    let killed = daemon.part(part);
    assert!(halted.ends_with(&format!("process {killed}")), "{at}: {halted}");
    if all { kill_all(daemon) } else { daemon.kill(killed) }
}

#[test]
fn killed_anywhere_the_users_setting_is_back_after_the_next_start() {
    let mut was_ours = 0;
    for (at, part, request) in PLACES {
        for (all, original) in [(false, Some(USERS)), (true, Some(USERS)), (false, None)] {
            let mut setting = Setting::of(original);
            setting.place.stop_at = Some(at);
            let (daemon, (_listener, port)) = (setting.place.start(), listen());
            let mut agent = daemon.caller();
            let last = match request {
                0 => enable(port),
                1 => Request::LeaseRenew { lease: leased(&agent.ask(&enable(port))) },
                _ => Request::LeaseEnd { lease: leased(&agent.ask(&enable(port))) },
            };
            let first = kept(&setting);

            agent.say(&frame::encode(9, &last).unwrap());
            kill_at(daemon, at, part, all);
            assert_eq!(agent.hear(), None, "{at}: answered for what was not done");
            was_ours += usize::from(setting.leads_to(port));
            if let (Some(first), Some(now)) = (first, kept(&setting)) {
                assert_eq!(first, now, "{at}: what was kept was written over");
            }

            setting.place.stop_at = None;
            let daemon = setting.place.start();
            setting.is_as_before(at);
            let expected = match *at {
                "before-row" | "half-row" => None,
                "row-saved:3" | "proxy-forgotten:2" => Some(Phase::Undone(Cause::Asked)),
                _ => Some(Phase::Undone(Cause::Start)),
            };
            assert_eq!(phases(&daemon).last().copied(), expected, "{at}");
            // And everything goes on from there.
            let mut agent = daemon.caller();
            let lease = leased(&agent.ask(&enable(port)));
            assert!(setting.leads_to(port), "{at}: {:?}", setting.now());
            agent.ask(&Request::LeaseEnd { lease });
            setting.is_as_before(at);
        }
    }
    // Otherwise nothing was put back here.
    assert!(was_ours > PLACES.len(), "{was_ours}");
}

fn kept(setting: &Setting) -> Option<Vec<u8>> {
    std::fs::read(setting.kept()).ok()
}

#[test]
fn killed_while_it_puts_the_setting_back_the_next_start_does() {
    let places = [
        ("proxy-unchanged", "helper"),
        ("proxy-put-back", "helper"),
        ("lease-unset", "mutator"),
        ("before-row", "mutator"),
        ("half-row", "mutator"),
        ("row-saved", "mutator"),
        ("proxy-forgotten", "helper"),
    ];
    for (at, part) in places {
        for first in ["proxy-set", "lease-granted"] {
            let mut setting = Setting::of(Some(USERS));
            setting.place.stop_at = Some(first);
            let (daemon, (_listener, port)) = (setting.place.start(), listen());
            let mut agent = daemon.caller();
            agent.say(&frame::encode(9, &enable(port)).unwrap());
            daemon.hear(&format!("halted at {first}"));
            kill_all(daemon);
            assert!(setting.leads_to(port), "{at}: {:?}", setting.now());

            setting.place.stop_at = Some(at);
            let daemon = setting.place.begin();
            kill_at(daemon, at, part, first == "proxy-set");

            setting.place.stop_at = None;
            let daemon = setting.place.start();
            setting.is_as_before(at);
            assert_eq!(phases(&daemon).last(), Some(&Phase::Undone(Cause::Start)), "{at}");
        }
    }
}

#[test]
fn a_part_that_is_killed_takes_the_lease_with_it() {
    for part in ["reader", "mutator", "helper"] {
        let setting = Setting::of(Some(USERS));
        let (daemon, (_listener, port)) = (setting.place.start(), listen());
        let mut agent = daemon.caller();
        leased(&agent.ask(&enable(port)));
        assert!(setting.leads_to(port), "{part}");

        let killed = daemon.part(part);
        daemon.kill(killed);

        let _daemon = setting.place.start();
        setting.is_as_before(part);
    }
}
