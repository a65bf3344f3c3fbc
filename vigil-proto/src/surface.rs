//! The honest capture matrix: per application what was seen, by whom, when last, and how much
//! of the whole that is. Computed from evidence, never from configuration alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    event::{ProcessRef, Witness},
    finding::words,
    guard::Mode,
    text::Masked,
    time::Timestamp,
};

/// What one witness contributed about one application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Evidence {
    /// Events it saw.
    pub count: u64,
    /// When it last saw one.
    pub last: Option<Timestamp>,
}

/// How many of an application's connections to AI hosts came through the proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Coverage {
    /// Connections to AI hosts that are known of, by any method; null when not knowable.
    pub seen: Option<u64>,
    /// Connections that came through the proxy and were decrypted.
    pub captured: Option<u64>,
    /// Connections that came through the proxy undecrypted.
    pub tunnelled: Option<u64>,
    /// Connections that cannot be told apart: of the client's own process, past the proxy, to port
    /// 443 of an address that no listed host is known to have.
    pub unknown: Option<u64>,
    /// How it was counted: `kernel`, or `none` with no independent count.
    pub method: String,
    /// The time it speaks of, such as `24h`.
    pub window: String,
    /// captured / (captured + direct), where direct ones went past the proxy to port 443 of an
    /// address of a listed host; null when there is neither or it is not knowable.
    pub ratio: Option<f64>,
}

impl Coverage {
    /// Nothing independent counted this application's connections.
    pub fn unknown() -> Self {
        Self {
            seen: None,
            captured: None,
            tunnelled: None,
            unknown: None,
            method: "none".to_owned(),
            window: "24h".to_owned(),
            ratio: None,
        }
    }
}

impl Coverage {
    /// Connections that went past the proxy to a listed host; none when not knowable.
    pub fn direct(&self) -> Option<u64> {
        let rest = [self.captured?, self.tunnelled?, self.unknown?];
        Some(rest.into_iter().fold(self.seen?, u64::saturating_sub))
    }
}

/// A client's connections to AI hosts within a day, as far as the kernel's witness knows whose they
/// are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// Through the proxy, decrypted.
    pub captured: u64,
    /// Through the proxy, undecrypted.
    pub tunnelled: u64,
    /// Past the proxy, to port 443 of a listed host.
    pub direct: u64,
    /// As [`Coverage::unknown`].
    pub unknown: u64,
}

impl From<Flows> for Coverage {
    fn from(flows: Flows) -> Self {
        let whole = flows.captured + flows.direct;
        #[expect(clippy::cast_precision_loss, reason = "a share of some thousands at most")]
        let ratio = (whole > 0).then(|| flows.captured as f64 / whole as f64);
        Self {
            seen: Some(whole + flows.tunnelled + flows.unknown),
            captured: Some(flows.captured),
            tunnelled: Some(flows.tunnelled),
            unknown: Some(flows.unknown),
            method: Witness::Kernel.as_str().to_owned(),
            window: "24h".to_owned(),
            ratio,
        }
    }
}

words! {
    /// The matrix's word for an application, worst first.
    Verdict {
        /// Nothing of what it said was ever seen.
        Nothing = "nothing",
        /// Evidence exists but none of the last day.
        Stale = "stale",
        /// Only the client's own word.
        SelfReported = "self-reported",
        /// An independent witness and the client's own word.
        Witnessed = "witnessed",
    }
}

/// One row of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Surface {
    /// The client's name, such as `claude-code`.
    pub client: String,
    /// Its version, as last seen.
    pub version: Option<Masked>,
    /// Its process, where one is running and known.
    pub pid: Option<u32>,
    /// By witness word: every kind that can bear witness to a client, those without a word too; a
    /// browser's history where it told of it.
    pub witnesses: BTreeMap<String, Evidence>,
    /// Its coverage.
    pub coverage: Coverage,
    /// The matrix's word.
    pub verdict: Verdict,
    /// Exact commands that would improve it.
    pub next: Vec<String>,
    /// True when its own settings lead it to the running proxy, by Vigil's doing. What it began before
    /// goes on as it was, until it is started anew.
    #[serde(default)]
    pub routed: bool,
    /// Its processes that run since before its settings led to the proxy: they need a new start. Those
    /// of which the proxy saw a call are none of them.
    #[serde(default)]
    pub restart: Vec<ProcessRef>,
    /// How Vigil stands before its commands; none where no hook of Vigil's is put into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guarded>,
}

words! {
    /// What is known of a client's hook.
    HookState {
        /// It stands in the client's file.
        There = "there",
        /// Somebody took it out of the client's file.
        Gone = "gone",
        /// It stands there, but the client runs commands and does not call it: it is not trusted yet,
        /// or hooks are off.
        Silent = "silent",
    }
}

/// How Vigil stands before a client's commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Guarded {
    /// How far Vigil goes.
    pub mode: Mode,
    /// What is known of its hook.
    pub hook: HookState,
    /// When the hook last asked; none while it never did.
    pub last: Option<Timestamp>,
    /// Commands of the last day that it did not ask about, though the client told of them.
    #[serde(default)]
    pub silent: u64,
}

/// A client whose conversations are not read yet. Nothing bears witness to it: it is there, and
/// that is all that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Unread {
    /// The client's name, such as `cursor`.
    pub client: String,
    /// What its makers call it.
    pub title: String,
    /// Where it keeps its conversations; where it has several places, the one that changed last.
    pub place: String,
    /// When something there last changed.
    pub last_active: Timestamp,
}

/// The clients that Vigil can read; each has its row before anything was seen of it.
const KNOWN: &[&str] = &["claude-code"];

/// Clients whose own settings can lead them through the proxy, and those that only variables can.
const ROUTED: [(&[&str], &str); 2] = [
    (&["claude-code", "codex", "qwen-code", "aider"], "vigil route on"),
    (&["gemini-cli", "opencode", "copilot-cli", "pi"], "vigil route env"),
];

/// The command that helps to have a client's API traffic seen; none for one that is not known.
pub fn route_command(client: &str) -> Option<String> {
    let (_, command) = ROUTED.iter().find(|(clients, _)| clients.contains(&client))?;
    Some(format!("{command} {client}"))
}

/// What was seen of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientEvidence {
    /// The client's name, such as `claude-code`.
    pub client: String,
    /// Its version as last seen.
    pub version: Option<Masked>,
    /// By witness.
    pub witnesses: BTreeMap<Witness, Evidence>,
    /// Its connections of the last day; none when nobody independent looked.
    pub flows: Option<Flows>,
}

/// The way of a client's traffic to the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Nothing could be done about it.
    None,
    /// This command would lead it there.
    Command(String),
    /// Its own settings lead it there.
    Led,
}

/// The whole matrix that the evidence supports at `now`. `route` tells the way of a client's traffic.
pub fn matrix(
    evidence: Vec<ClientEvidence>,
    now: Timestamp,
    route: impl Fn(&str) -> Route,
) -> Vec<Surface> {
    let unseen = KNOWN.iter().filter(|known| evidence.iter().all(|seen| seen.client != **known));
    let unseen: Vec<ClientEvidence> = unseen
        .map(|known| ClientEvidence { client: (*known).to_owned(), ..ClientEvidence::default() })
        .collect();
    evidence
        .into_iter()
        .chain(unseen)
        .map(|client| {
            let route = route(&client.client);
            Surface::from_evidence(client, now, route)
        })
        .collect()
}

/// Evidence older than this is stale, in microseconds: one day.
const FRESH_US: i64 = 24 * 3600 * 1_000_000;

impl Surface {
    /// The row that the evidence about `client` supports at `now`. Vigil's own events are no
    /// evidence.
    fn from_evidence(client: ClientEvidence, now: Timestamp, route: Route) -> Self {
        let fresh = |evidence: &Evidence| {
            evidence.last.is_some_and(|last| now.as_micros() - last.as_micros() < FRESH_US)
        };
        let seen: Vec<(Witness, Evidence)> = client
            .witnesses
            .into_iter()
            .filter(|(witness, evidence)| *witness != Witness::Vigil && evidence.count > 0)
            .collect();
        // That a process of it ran, or that its page was visited, says nothing of what was said.
        let any_fresh = |independent: bool| {
            seen.iter().any(|(witness, evidence)| {
                !witness.is_wordless() && witness.is_independent() == independent && fresh(evidence)
            })
        };
        let verdict = match (any_fresh(true), any_fresh(false)) {
            _ if seen.iter().all(|(witness, _)| witness.is_wordless()) => Verdict::Nothing,
            (false, false) => Verdict::Stale,
            (false, true) => Verdict::SelfReported,
            (true, _) => Verdict::Witnessed,
        };
        let routed = route == Route::Led;
        let next = match (verdict, route) {
            (Verdict::Witnessed, _) | (_, Route::None | Route::Led) => Vec::new(),
            (_, Route::Command(command)) => vec![command],
        };
        Self {
            client: client.client,
            version: client.version,
            pid: None,
            witnesses: Witness::ALL
                .iter()
                // A history tells of web sites alone, and only when it is asked for.
                .filter(|witness| !matches!(witness, Witness::Vigil | Witness::History))
                .map(|witness| (*witness, Evidence::default()))
                .chain(seen)
                .map(|(witness, evidence)| (witness.as_str().to_owned(), evidence))
                .collect(),
            coverage: client.flows.map_or_else(Coverage::unknown, Coverage::from),
            verdict,
            next,
            routed,
            restart: Vec::new(),
            guard: None,
        }
    }
}

#[cfg(test)]
mod tests;
