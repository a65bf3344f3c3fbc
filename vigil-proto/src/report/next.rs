//! What a person is told to do next: one source of words for the command line and the dashboard. Goes
//! by nothing but the status itself.

use serde::{Deserialize, Serialize};

use super::{DaemonState, ServiceState, SiteState, StartedBy, Status};
use crate::{
    Timestamp, client,
    surface::{Surface, Verdict},
};

/// Lists are fetched again after as many days.
const LISTS_DAYS: i64 = 7;
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Next {
    /// The exact command; none of what is done by hand.
    pub command: Option<String>,
    /// What it is for, or what to do, in one sentence without a full stop.
    pub words: String,
    /// The client that it is about; none where it is about no single one.
    pub client: Option<String>,
}

impl Next {
    /// Run this command.
    pub fn run(command: impl Into<String>, words: impl Into<String>) -> Self {
        Self { command: Some(command.into()), words: words.into(), client: None }
    }

    /// Do this by hand.
    pub fn by_hand(words: impl Into<String>) -> Self {
        Self { command: None, words: words.into(), client: None }
    }

    /// It is about this client.
    #[must_use]
    pub fn of(self, client: &str) -> Self {
        Self { client: Some(client.to_owned()), ..self }
    }
}

/// What would make the record more complete at `now`, the most urgent first. No command is named twice.
pub fn next(status: &Status, now: Timestamp) -> Vec<Next> {
    let mut all = Vec::new();
    all.extend(agent(status));
    if status.agent.paused_since.is_some() {
        all.push(Next::run("vigil resume", "recording is paused, and this ends that"));
    }
    if let Some(authority) = &status.proxy.authority
        && let Some(command) = &authority.command
    {
        let why = authority.why.as_ref().or(authority.due.as_ref());
        let why = why.map_or("the certificate authority needs it", String::as_str);
        all.push(Next::run(command, why));
    }
    if status.agent.running {
        all.extend(status.surfaces.iter().filter_map(restart));
        all.extend(missing(status));
        all.extend(status.surfaces.iter().flat_map(of_surface));
        all.extend(service(status));
        all.extend(browsers(status));
        all.extend(faults(status));
    }
    all.extend(lists(status, now));
    if status.gaps.n > 0 && !status.gaps.are_usual() {
        let stretches = if status.gaps.n == 1 { "a gap" } else { "gaps" };
        let words = format!("lists {stretches} in the record of the last day, with the reason");
        all.push(Next::run("vigil events --kind gap --since 24h", words));
    }
    if status.store.findings.values().any(|n| *n > 0) {
        all.push(Next::run("vigil findings", "lists what is open"));
    }
    let mut told: Vec<Next> = Vec::new();
    for one in all {
        let is_told = one.command.is_some() && told.iter().any(|old| old.command == one.command);
        if !is_told {
            told.push(one);
        }
    }
    told
}

fn agent(status: &Status) -> Option<Next> {
    if status.agent.running {
        return None;
    }
    Some(if status.agent.pid.is_some() {
        Next::run("vigil logs", "the agent is there and does not answer: this is what it says")
    } else if status.service == ServiceState::Installed {
        Next::run("vigil service status", "the service is installed, and its agent does not run")
    } else if status.store.events == 0 && status.proxy.ca.is_none() {
        Next::run("vigil setup", "sets Vigil up step by step, and shows each step first")
    } else {
        Next::run("vigil up", "nothing is recorded until the agent runs")
    })
}

/// Nothing was set up yet but the agent itself.
fn missing(status: &Status) -> Option<Next> {
    let is_bare = status.service != ServiceState::Installed
        && status.agent.started_by != StartedBy::Service
        && status.proxy.running
        && !status.surfaces.iter().any(|surface| surface.routed);
    is_bare
        .then(|| Next::run("vigil setup", "takes the steps that are missing, and shows each first"))
}

/// Of a client whose running processes were begun before it was led to the proxy.
fn restart(surface: &Surface) -> Option<Next> {
    let [first, rest @ ..] = surface.restart.as_slice() else { return None };
    let name = name(&surface.client);
    let which = match rest.len() {
        0 => format!("process {} was", first.pid),
        1 => format!("process {} and another were", first.pid),
        n => format!("process {} and {n} others were", first.pid),
    };
    Some(
        Next::by_hand(format!(
            "start {name} anew: {which} begun before its settings led to the proxy, and {} past it",
            if rest.is_empty() { "goes" } else { "go" }
        ))
        .of(&surface.client),
    )
}

fn of_surface(surface: &Surface) -> Vec<Next> {
    let name = name(&surface.client);
    let mut all: Vec<Next> = surface
        .next
        .iter()
        .map(|command| {
            let words = if command.starts_with("vigil route env") {
                format!("has the variables that lead {name} through the proxy")
            } else if command.starts_with("vigil route on") {
                match surface.verdict {
                    Verdict::Nothing => format!("leads {name} through the proxy"),
                    _ => format!(
                        "leads {name} through the proxy: until then there is its own word alone"
                    ),
                }
            } else if command.starts_with("vigil guard on") {
                format!("puts Vigil's hook back: {name} runs commands unasked")
            } else if command.starts_with("vigil guard") {
                format!("says why {name} runs commands unasked")
            } else {
                format!("has more of {name} seen")
            };
            Next::run(command, words).of(&surface.client)
        })
        .collect();
    if surface.routed && surface.restart.is_empty() && surface.verdict == Verdict::SelfReported {
        let words = format!(
            "{name} is led to the proxy and nothing of it came through in the last day: this tries \
             every way, and names the one that fails"
        );
        all.push(Next::run("vigil doctor", words).of(&surface.client));
    }
    all
}

fn service(status: &Status) -> Option<Next> {
    match (status.service, status.agent.started_by) {
        (ServiceState::Absent, StartedBy::Terminal) => Some(Next::run(
            "vigil service install",
            "the agent ends with its terminal: as a service it starts by itself",
        )),
        (ServiceState::Absent, StartedBy::Other) => Some(Next::run(
            "vigil service install",
            "the agent was started by hand: as a service it starts by itself",
        )),
        (ServiceState::Installed, StartedBy::Terminal | StartedBy::Other) => Some(Next::run(
            "vigil service status",
            "the service is installed, and this agent was started another way",
        )),
        _ => None,
    }
}

fn browsers(status: &Status) -> Vec<Next> {
    let unled = status.browsers.iter().filter(|browser| !browser.routed);
    unled
        .map(|browser| {
            let words = format!("lets the extension in {} reach Vigil", browser.title);
            Next::run(format!("vigil route on {}", browser.browser), words)
        })
        .collect()
}

/// What is wrong and has no command of its own.
fn faults(status: &Status) -> Option<Next> {
    let changed = |state| matches!(state, SiteState::Stale | SiteState::Drift);
    if let Some(site) = status.sites.iter().find(|site| changed(site.state)) {
        let words = format!("says what of {} is not understood any more", site.site);
        return Some(Next::run("vigil doctor", words));
    }
    let is_of_no_use = match status.daemon.state {
        DaemonState::Running
        | DaemonState::Unknown
        | DaemonState::Absent
        | DaemonState::NotEnrolled => false,
        DaemonState::Refused
        | DaemonState::OtherVersion
        | DaemonState::NotRoot
        | DaemonState::Unreadable
        | DaemonState::Silent
        | DaemonState::Unreachable => true,
    };
    is_of_no_use.then(|| Next::run("vigil doctor", "says what is wrong with the root daemon"))
}

fn lists(status: &Status, now: Timestamp) -> Option<Next> {
    let Some(oldest) = status.intel.oldest else {
        let words = "fetches lists of what is malicious; it is asked for, never done by itself";
        return Some(Next::run("vigil intel update", words));
    };
    let days = now.as_micros().saturating_sub(oldest.as_micros()) / DAY_US;
    (days >= LISTS_DAYS).then(|| {
        let words = format!("the lists of what is malicious are {days} days old");
        Next::run("vigil intel update", words)
    })
}

fn name(word: &str) -> &str {
    client::name(word).unwrap_or(word)
}

#[cfg(test)]
mod tests;
