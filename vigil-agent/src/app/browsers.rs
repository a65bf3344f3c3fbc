//! Takes what the browser extension tells into the record, looks through what is pasted, and remembers
//! how well each site is read.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use vigil_detect::Engine;
use vigil_proto::{
    Timestamp,
    browser::{Answer, Health, Healths, Said, SiteHealth, client},
};

use super::doctor::Trial;
use crate::{api, pipeline::Inlet, source::browser};

/// What the extension calls the states of a site.
const STATES: [&str; 4] = ["idle", "ok", "drift", "stale"];
/// What it says changed.
const DRIFTS: [&str; 3] = ["", "network", "page"];

/// How well each site is read, by its last word; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sites(Arc<Mutex<Healths>>);

impl Sites {
    /// All that were heard of since the start.
    pub(super) fn all(&self) -> Healths {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, site: &str, at: Timestamp, health: Health) {
        let told = SiteHealth { site: site.to_owned(), at, health };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(site.to_owned(), told);
    }
}

/// Hears it.
pub(super) struct Browsers {
    pub(super) engine: Arc<Engine>,
    pub(super) inlet: Inlet,
    pub(super) sites: Sites,
    pub(super) dashboard: String,
    /// What is tried and never counts.
    pub(super) trial: Trial,
}

impl fmt::Debug for Browsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browsers").field("sites", &self.sites).finish_non_exhaustive()
    }
}

impl api::Browsers for Browsers {
    fn hear(&self, said: Said) -> Option<Answer> {
        let now = Timestamp::from(SystemTime::now());
        Some(match said {
            Said::Hello { .. } => Answer::Hello { dashboard: Some(self.dashboard.clone()) },
            Said::Turn { n, site, profile, by, at, turn } => {
                let trial = self.trial.inlet_of(&profile);
                let inlet = trial.as_ref().unwrap_or(&self.inlet);
                if trial.is_none() && self.is_left_out(&site) {
                    return Some(Answer::Taken { n, session: None });
                }
                // A browser's clock is this machine's, and a page cannot set it: but it can lie.
                let at = Timestamp::from_micros(at.saturating_mul(1000)).min(now);
                let told = browser::Told { site: &site, profile: &profile, by, at, now };
                match browser::turn(&turn, &told, inlet.hasher()) {
                    Ok(batch) => return keep(inlet, n, batch),
                    Err(refused) => Answer::Refused { n, why: refused.to_string() },
                }
            }
            Said::Health { site, health } => {
                let is_ours = STATES.contains(&health.state.as_str())
                    && DRIFTS.contains(&health.drift.as_str());
                if client(&site).is_some() && is_ours {
                    self.sites.set(&site, now, health);
                }
                Answer::Heard {}
            }
            Said::Paste { site, text, temporary } => {
                let keeps = !temporary && !self.is_left_out(&site);
                self.pasted(site, &text, keeps, now)
            }
        })
    }
}

impl Browsers {
    fn is_left_out(&self, site: &str) -> bool {
        self.inlet.is_paused()
            || client(site).is_some_and(|client| self.inlet.exclusions().client(client))
    }

    fn pasted(&self, site: String, text: &str, keeps: bool, now: Timestamp) -> Answer {
        let mut types: Vec<String> =
            self.engine.scan(text).iter().map(|hit| hit.rule.name.to_owned()).collect();
        let findings = types.len();
        types.sort_unstable();
        types.dedup();
        if findings > 0
            && keeps
            && let Ok(batch) = browser::pasted(&site, text, now, self.inlet.hasher())
            && self.inlet.send(batch).is_err()
        {
            tracing::warn!("a pasted secret is not on record: the pipeline has ended");
        }
        Answer::Paste { site, findings, types }
    }
}

/// Kept means committed: the extension forgets it then. None once the pipeline has ended: the extension
/// keeps it for the next agent.
fn keep(
    inlet: &Inlet,
    n: u64,
    batch: vigil_proto::Batch<vigil_proto::Sensitive>,
) -> Option<Answer> {
    let session = batch.sessions.first().map(|facts| facts.id);
    inlet.send(batch).and_then(|()| inlet.flush()).ok()?;
    Some(Answer::Taken { n, session })
}
