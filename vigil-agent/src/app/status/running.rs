//! What runs: which processes of a client need a new start, and who started this agent.

use std::{
    collections::BTreeMap,
    env,
    io::{self, IsTerminal as _},
    path::Path,
};

use vigil_platform::{process, routes::Led, service::Service};
use vigil_proto::{
    Timestamp,
    event::ProcessRef,
    report::{ServiceState, StartedBy},
};

use super::super::held::Held;
use crate::source::family::{Families, Member};

/// A process's start is known to about a second, in microseconds.
const SAME_START: u64 = 2_000_000;

/// Who started this agent, with these sockets.
pub(in super::super) fn started_by(held: &Held) -> StartedBy {
    if held.proxy.is_some() || !held.dashboard.is_empty() {
        StartedBy::Service
    } else if io::stdin().is_terminal() || io::stderr().is_terminal() {
        StartedBy::Terminal
    } else {
        StartedBy::Other
    }
}

/// How it stands with the service of this user.
pub(super) fn service(home: &Path) -> ServiceState {
    let lookup = |name: &str| env::var_os(name);
    Service::new(home, &lookup, process::uid()).state(&lookup)
}

/// The agents that run, by client.
pub(super) fn agents(families: &Families) -> BTreeMap<&'static str, Vec<ProcessRef>> {
    let mut agents: BTreeMap<&'static str, Vec<ProcessRef>> = BTreeMap::new();
    for Member { client, root, process } in families.members() {
        if root == process {
            agents.entry(client).or_default().push(process);
        }
    }
    for running in agents.values_mut() {
        running.sort_unstable_by_key(|process| (process.started, process.pid));
    }
    agents
}

/// Those of them that were begun before their client's settings led to the proxy `here`, and of which
/// it read nothing: a process that was led there otherwise is among `through`.
pub(super) fn before_route(
    agents: &BTreeMap<&'static str, Vec<ProcessRef>>,
    led: &BTreeMap<String, Led>,
    here: &str,
    through: &[ProcessRef],
) -> BTreeMap<String, Vec<ProcessRef>> {
    let mut before = BTreeMap::new();
    for (client, Led { proxy, since }) in led {
        let (Some(since), true) = (since.map(Timestamp::from), proxy == here) else { continue };
        let running = agents.get(client.as_str()).into_iter().flatten();
        let late: Vec<ProcessRef> = running
            .filter(|process| {
                let age = since.as_micros().saturating_sub(process.started.as_micros());
                age > 0 && age.unsigned_abs() > SAME_START
            })
            .filter(|process| !through.iter().any(|seen| is_same(process, seen)))
            .copied()
            .collect();
        if !late.is_empty() {
            before.insert(client.clone(), late);
        }
    }
    before
}

fn is_same(one: &ProcessRef, other: &ProcessRef) -> bool {
    let apart = one.started.as_micros().abs_diff(other.started.as_micros());
    one.pid == other.pid && apart <= SAME_START
}

#[cfg(test)]
mod tests;
