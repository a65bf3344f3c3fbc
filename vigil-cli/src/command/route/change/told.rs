//! What became of each client's settings, and how that is said.

use serde::Serialize;
use vigil_platform::routes::PROXY;

use super::super::{Outcome, started_by};
use crate::{
    failure::{Exit, Failure},
    route::{
        clients::Client,
        edit::{Entry, Form},
        file::Snapshot,
        telemetry,
    },
    terminal::{Console, plain},
};

/// `vigil.route_on/1` and `vigil.route_off/1`.
#[derive(Debug, Serialize)]
struct ChangeReport {
    changes: Vec<Change>,
}

/// What a file's entries lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Leads {
    /// The client's calls, through the proxy.
    pub(super) proxy: bool,
    /// Its telemetry, to Vigil.
    pub(super) telemetry: bool,
}

impl Leads {
    pub(super) fn of(form: Form, entries: &[Entry]) -> Self {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        Self { proxy: has(PROXY), telemetry: form == Form::CodexToml || has(telemetry::ENDPOINT) }
    }

    /// What is expected of a client's row while nothing is known of its file.
    fn by(client: &Client) -> Self {
        let telemetry = client.is_teller();
        Self { proxy: !telemetry, telemetry }
    }
}

/// What became of one client.
#[derive(Debug, Serialize)]
pub(in crate::command) struct Change {
    pub(super) client: &'static str,
    /// What the entries lead.
    #[serde(flatten)]
    pub(super) leads: Leads,
    pub(super) file: Option<String>,
    /// Where that leads, when a link is followed.
    pub(super) target: Option<String>,
    pub(super) state: State,
    /// Lines with their sign; credentials are masked.
    pub(super) diff: Vec<String>,
    /// Why nothing was written, or what was left.
    pub(super) why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Written,
    /// It was so already.
    Unchanged,
    /// Shown only.
    Shown,
    Refused,
}

impl Change {
    /// The client, when it is no longer led through the proxy.
    pub(in crate::command) fn written(&self) -> Option<&'static str> {
        (self.state == State::Written && self.leads.proxy).then_some(self.client)
    }

    /// The client and why, when its settings were not, or not wholly, changed.
    pub(in crate::command) fn left(&self) -> Option<(&'static str, &str)> {
        Some((self.client, self.why.as_deref()?))
    }

    pub(super) fn failed(client: &'static Client, failure: &Failure) -> Self {
        let hint = failure.hint().map(|hint| format!("; {hint}"));
        Self::refused(client, format!("{}{}", failure.what(), hint.unwrap_or_default()))
    }

    pub(super) fn of(client: &'static Client, leads: Leads, file: &Snapshot) -> Self {
        Self {
            client: client.shown(),
            leads,
            file: Some(file.path.display().to_string()),
            target: file.is_link.then(|| file.real.display().to_string()),
            state: State::Unchanged,
            diff: Vec::new(),
            why: None,
        }
    }

    pub(super) fn without_file(client: &'static Client) -> Self {
        let why = format!("it has no settings for this; start it with `{}`", started_by(client));
        let (leads, client, state) = (Leads::by(client), client.shown(), State::Unchanged);
        Self { client, leads, file: None, target: None, state, diff: Vec::new(), why: Some(why) }
    }

    pub(super) fn refused(client: &'static Client, why: String) -> Self {
        Self { state: State::Refused, why: Some(why), ..Self::without_file(client) }
    }

    /// What became of it.
    pub(super) fn words(&self, on: bool) -> &'static str {
        let is_telemetry = self.leads.telemetry && !self.leads.proxy;
        match (self.state, on, is_telemetry) {
            (State::Written, true, true) => "its telemetry is led to Vigil from its next start on",
            (State::Written, true, false) => "is led through the proxy from its next start on",
            (State::Written, false, true) => {
                "its telemetry goes its own way from its next start on"
            }
            (State::Written, false, _) if self.why.is_some() => "Vigil's entries are taken out",
            (State::Written, false, false) => "goes its own way from its next start on",
            (State::Unchanged, true, true) if self.file.is_some() => {
                "its telemetry is led to Vigil already"
            }
            (State::Unchanged, true, false) if self.file.is_some() => {
                "is led through the proxy already"
            }
            (State::Unchanged, false, _) if self.file.is_some() => "has no entries of Vigil's",
            (State::Unchanged | State::Shown | State::Refused, _, true) => {
                "nothing was written for its telemetry"
            }
            (State::Unchanged | State::Shown | State::Refused, ..) => "nothing was written",
        }
    }
}

pub(super) fn report(name: &str, changes: Vec<Change>, console: &mut Console) -> Outcome {
    let refused = changes.iter().any(|change| change.state == State::Refused);
    if console.json {
        console.document(name, ChangeReport { changes })?;
    } else {
        let on = name == "route_on";
        if changes.is_empty() {
            console.say(if on { "No client was found here." } else { "No client is routed." });
        }
        for change in &changes {
            let what = change.words(on);
            let why = change.why.as_ref().map(|why| format!("; {}", plain(why)));
            console.say(format_args!("{}: {what}{}", change.client, why.unwrap_or_default()));
        }
        if on && changes.iter().any(|change| change.state == State::Written && change.leads.proxy) {
            console.say(
                "While Vigil does not run their calls fail; `vigil route off all` undoes this.",
            );
        }
    }
    Ok(if refused { Exit::Failed } else { Exit::Ok })
}
