//! How well conversations on web sites are read, in words: what the extension counted beside what is on
//! record, for the command line and the dashboard alike.

use serde::{Deserialize, Serialize};

use crate::{
    browser::{self, Health, Healths},
    event::Witness,
    finding::words,
    surface::Surface,
    time::Timestamp,
};

words! {
    /// How a site stands, worst first.
    SiteState {
        /// Its page has changed: nothing is read any more.
        Stale = "stale",
        /// One of the two ways is gone, the other one reads.
        Drift = "drift",
        /// Left out: by the configuration.
        Off = "off",
        /// It was read before, and no page of it told anything since the agent was started.
        Unheard = "unheard",
        /// A page of it is open, and nothing was said yet.
        Idle = "idle",
        /// It is read.
        Ok = "ok",
    }
}

/// A web site whose conversations are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SiteRow {
    /// Its host.
    pub site: String,
    /// The client's word for it.
    pub client: String,
    /// How it stands.
    pub state: SiteState,
    /// The same in a sentence, without a full stop.
    pub words: String,
    /// When its page last told how well it is read; none since the agent was started.
    pub told: Option<Timestamp>,
    /// When something that was said there was last put on record.
    pub last: Option<Timestamp>,
    /// What the extension counted; none where it told nothing.
    pub health: Option<Health>,
}

/// A browser that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct BrowserRow {
    /// Its word, such as `firefox`.
    pub browser: String,
    /// Its name.
    pub title: String,
    /// Whether the extension in it may reach Vigil: it knows how to start it, or is paired.
    pub routed: bool,
}

/// The sites of which anything is known: by what was told of them since the start, by what is on record,
/// or because they are left out.
pub fn sites(
    told: &Healths,
    surfaces: &[Surface],
    is_left_out: impl Fn(&str) -> bool,
) -> Vec<SiteRow> {
    browser::SITES
        .iter()
        .filter_map(|(client, site)| {
            let health = told.get(*site);
            let surface = surfaces.iter().find(|surface| surface.client == *client);
            let last_by = |witness: Witness| surface?.witnesses.get(witness.as_str())?.last;
            let (last, visited) = (last_by(Witness::Browser), last_by(Witness::History));
            let off = is_left_out(client);
            if health.is_none() && last.is_none() && visited.is_none() && !off {
                return None;
            }
            let state = match health {
                _ if off => SiteState::Off,
                None => SiteState::Unheard,
                Some(told) => told.health.state.parse().unwrap_or(SiteState::Idle),
            };
            let health = health.filter(|_| !off);
            Some(SiteRow {
                site: (*site).to_owned(),
                client: (*client).to_owned(),
                state,
                words: match (state, last) {
                    (SiteState::Unheard, None) => VISITS.to_owned(),
                    _ => in_words(state, health.map(|told| &told.health)),
                },
                told: health.map(|told| told.at),
                last,
                health: health.map(|told| told.health.clone()),
            })
        })
        .collect()
}

/// Of a site that only a browser's history told of.
const VISITS: &str = "visits to it are on record, and nothing of what was said there";

fn in_words(state: SiteState, health: Option<&Health>) -> String {
    let Some(health) = health else {
        return match state {
            SiteState::Off => "left out by the configuration (exclude.clients)",
            _ => "no page of it was open since the agent was started",
        }
        .to_owned();
    };
    let words = match (state, health.drift.as_str()) {
        (SiteState::Stale, _) => {
            "it has changed: what is said there is not recorded until the extension is renewed"
        }
        (SiteState::Drift, "network") => {
            "it speaks otherwise than it did: read from its pages alone"
        }
        (SiteState::Drift, _) => {
            "its pages look otherwise than they did: read from the network alone"
        }
        (SiteState::Idle, _) => "a page is open, and nothing was said on it yet",
        _ => "read from the network, and its pages show the same",
    };
    let mut all = vec![words.to_owned()];
    if !health.patched {
        let words = "a page's first words may be missing, for it was open before the extension";
        all.push(words.to_owned());
    }
    let lost = health.dropped + health.unseen + health.too_large;
    if lost > 0 {
        all.push(format!("{lost} left out for their size or number"));
    }
    if health.failed > 0 {
        all.push(format!("{} errors of the extension", health.failed));
    }
    all.join("; ")
}

#[cfg(test)]
mod tests;
