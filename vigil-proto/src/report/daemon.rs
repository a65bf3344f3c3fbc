//! What the status says of the root daemon, and how its own words become that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    finding::words,
    rpc::{self, Engine, Leased, Support},
    time::Timestamp,
};

words! {
    /// How the daemon stands towards this user.
    DaemonState {
        /// Nobody has asked yet.
        Unknown = "unknown",
        /// It is not installed, or does not run.
        Absent = "absent",
        /// It runs, and this user is enrolled.
        Running = "running",
        /// It runs, and answers this user's questions; it changes and notes nothing for them.
        NotEnrolled = "not-enrolled",
        /// It does not want the agent's connection.
        Refused = "refused",
        /// It speaks another version of the protocol.
        OtherVersion = "other-version",
        /// Somebody who is not root listens in its place.
        NotRoot = "not-root",
        /// What answers makes no sense.
        Unreadable = "unreadable",
        /// It does not answer in time.
        Silent = "silent",
        /// The connection fails.
        Unreachable = "unreachable",
    }
}

words! {
    /// How the audit chain stands to the last anchor.
    AnchorState {
        /// There is no daemon that could say.
        Unknown = "unknown",
        /// No head was noted yet.
        Nothing = "none",
        /// The chain goes on from the anchor.
        Follows = "follows",
        /// The anchor is of a link that this store does not have yet, or not any more.
        Ahead = "ahead",
        /// The link has another head here than the one that was noted.
        Differs = "differs",
        /// This store is not the user's own one, so nothing of it is noted.
        OtherStore = "other-store",
    }
}

/// The root daemon's part of the status.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct DaemonStatus {
    /// How it stands.
    pub state: DaemonState,
    /// Since when, as far as the agent knows.
    pub since: Option<Timestamp>,
    /// Why it is not of use, in words.
    pub why: Option<String>,
    /// When the daemon started.
    pub started: Option<Timestamp>,
    /// The user is an administrator.
    pub administrator: bool,
    /// What can be seen of processes, in words.
    pub sees: String,
    /// What it can do here: `ca`, `proxy`, `capture`, `sockets`, `watch`. Empty without a daemon.
    pub can: BTreeMap<String, Ability>,
    /// What it holds for this user.
    pub leases: Vec<LeaseStatus>,
    /// The last head that it noted for this user.
    pub anchor: AnchorStatus,
    /// True while it is one that was started for tests.
    pub test: bool,
}

/// Whether the daemon can do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Ability {
    /// It can.
    pub yes: bool,
    /// By what, or why not, in words.
    pub why: Option<String>,
}

/// What the daemon holds for as long as the agent says that it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct LeaseStatus {
    /// `proxy` or `capture`.
    pub of: String,
    /// The agent's port.
    pub port: u16,
    /// How long it lives without a renewal, in seconds.
    pub seconds: u16,
}

/// The last head of this user's audit chain that the daemon noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AnchorStatus {
    /// How the store stands to it.
    pub state: AnchorState,
    /// How many links of the chain it vouches for; null when none was noted.
    pub count: Option<u64>,
    /// Its number among this user's anchors.
    pub number: Option<u64>,
    /// When it was noted, where that is known.
    pub at: Option<Timestamp>,
}

impl AnchorStatus {
    /// Nothing is known of it.
    pub const UNKNOWN: Self =
        Self { state: AnchorState::Unknown, count: None, number: None, at: None };
}

/// What is seen of processes without a daemon.
const ALONE: &str = "own processes only";

impl Default for DaemonStatus {
    fn default() -> Self {
        Self::without(DaemonState::Unknown, None)
    }
}

impl DaemonStatus {
    /// Of a daemon that is not of use.
    pub fn without(state: DaemonState, why: Option<String>) -> Self {
        Self {
            state,
            since: None,
            why,
            started: None,
            administrator: false,
            sees: ALONE.to_owned(),
            can: BTreeMap::new(),
            leases: Vec::new(),
            anchor: AnchorStatus::UNKNOWN,
            test: false,
        }
    }

    /// Of a daemon that answers, by its own words; how the store stands to the anchor is for
    /// others to say.
    pub fn of(status: &rpc::Status) -> Self {
        let can = &status.can;
        let abilities = [
            ("ca", support(can.ca)),
            ("proxy", support(can.proxy)),
            ("capture", support(can.capture)),
            ("sockets", support(can.sockets)),
            ("watch", engine(can.watch)),
        ];
        let state = if status.enrolled { DaemonState::Running } else { DaemonState::NotEnrolled };
        let why = (!status.enrolled).then(|| {
            "this user is not in the enrolment file (/etc/vigil/enrolled), or it is not as it must \
             be: the daemon changes and notes nothing for them; docs/INSTALL.md says more"
                .to_owned()
        });
        Self {
            started: Some(status.started.into()),
            administrator: status.administrator,
            sees: sees(can.watch).to_owned(),
            can: abilities.map(|(name, ability)| (name.to_owned(), ability)).into(),
            leases: status.leases.iter().map(lease).collect(),
            anchor: AnchorStatus {
                state: AnchorState::Unknown,
                count: status.anchor.map(|anchor| anchor.count),
                number: status.anchor.map(|anchor| anchor.seq),
                at: None,
            },
            ..Self::without(state, why)
        }
    }
}

fn support(support: Support) -> Ability {
    match support {
        Support::Yes => Ability { yes: true, why: None },
        Support::No(why) => Ability { yes: false, why: Some(why.to_string()) },
    }
}

fn engine(engine: Engine) -> Ability {
    let by = |how: &str| Ability { yes: true, why: Some(how.to_owned()) };
    match engine {
        Engine::Off(why) => Ability { yes: false, why: Some(why.to_string()) },
        Engine::Connector => by("by the process connector"),
        Engine::Bpf => by("by programs in the kernel"),
        Engine::Kqueue => by("by kernel queues"),
    }
}

const fn sees(engine: Engine) -> &'static str {
    match engine {
        Engine::Off(_) => "every process, from the process table; other users' without details",
        Engine::Connector | Engine::Bpf | Engine::Kqueue => {
            "every process as it begins and ends; other users' without details"
        }
    }
}

fn lease(lease: &rpc::Lease) -> LeaseStatus {
    let of = if matches!(lease.of, Leased::Proxy(_)) { "proxy" } else { "capture" };
    LeaseStatus { of: of.to_owned(), port: lease.port.raw(), seconds: lease.lease_s.raw() }
}

#[cfg(test)]
mod tests;
