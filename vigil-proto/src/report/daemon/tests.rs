//! The daemon's words become the document's.

use super::{AnchorState, DaemonState, DaemonStatus};
use crate::{
    Timestamp,
    rpc::{
        Abilities, Anchor, BoundedVec, ChainHead, Engine, Lease, LeaseId, LeaseSeconds, Leased,
        Micros, Port, ProxyMode, Status, Support, Unsupported,
    },
};

fn status() -> Status {
    let mut leases = BoundedVec::default();
    leases
        .push(Lease {
            lease: LeaseId(std::num::NonZeroU64::MIN),
            of: Leased::Proxy(ProxyMode::Pac),
            port: Port::new(9080).unwrap(),
            lease_s: LeaseSeconds::new(30).unwrap(),
        })
        .unwrap();
    Status {
        started: Micros(1_000_000),
        enrolled: true,
        administrator: false,
        can: Abilities {
            ca: Support::Yes,
            proxy: Support::No(Unsupported::UserSide),
            capture: Support::No(Unsupported::NotBuilt),
            sockets: Support::Yes,
            watch: Engine::Connector,
        },
        leases,
        journal: 3,
        anchor: Some(Anchor {
            seq: 2,
            prev: ChainHead([1; 32]),
            count: 20,
            head: ChainHead([2; 32]),
        }),
    }
}

#[test]
fn what_the_daemon_says_is_told() {
    let told = DaemonStatus::of(&status());

    assert_eq!(told.state, DaemonState::Running);
    assert_eq!(told.started, Some(Timestamp::from_micros(1_000_000)));
    assert!(told.can["ca"].yes);
    assert_eq!(told.can["proxy"].why.as_deref(), Some("it is done on the user's side"));
    assert_eq!(told.can["watch"].why.as_deref(), Some("by the process connector"));
    assert_eq!((told.leases[0].of.as_str(), told.leases[0].port), ("proxy", 9080));
    assert_eq!((told.anchor.count, told.anchor.number), (Some(20), Some(2)));
    assert_eq!(told.anchor.state, AnchorState::Unknown, "only the store knows");
}

#[test]
fn who_is_not_enrolled_is_told_so() {
    let told = DaemonStatus::of(&Status { enrolled: false, ..status() });

    assert_eq!(told.state, DaemonState::NotEnrolled);
    assert!(told.why.unwrap().contains("enrolment file"));
}

#[test]
fn without_a_daemon_own_processes_are_left() {
    let told = DaemonStatus::without(DaemonState::Absent, None);

    assert_eq!(told.sees, "own processes only");
    assert!(told.can.is_empty());
}
