//! Findings: the list, one finding with its places, and what a person says of them.

use serde::{Deserialize, Serialize};

use super::{Counts, Lineage};
use crate::{
    event::KindName,
    finding::{Span, Triage},
    id::{EventId, FindingId, SessionId},
    report::FindingRow,
    revocation::Revocation,
    text::Masked,
    time::Timestamp,
    vault::SealedUntil,
};

/// Which findings. Worst first, then newest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct FindingQuery {
    /// Of these severities, separated by commas.
    pub severity: Option<String>,
    /// In these states, separated by commas; `open` when absent, `any` for all.
    pub state: Option<String>,
    /// Of this group of rules.
    pub group: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this client.
    pub client: Option<String>,
    /// In this working directory.
    pub project: Option<String>,
    /// In this session, by Vigil's id.
    pub session: Option<SessionId>,
    /// In the rule, the evidence or the reason.
    pub q: Option<String>,
    /// First seen at or after this time.
    pub from: Option<Timestamp>,
    /// First seen before this time.
    pub to: Option<Timestamp>,
    /// How many to pass over.
    pub offset: Option<u64>,
    /// At most so many; 200 is the most.
    pub limit: Option<u64>,
}

/// `vigil.findings/1`, a page of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FindingPage {
    /// How many the filter lets through.
    pub total: u64,
    /// How many were passed over.
    pub offset: u64,
    /// Worst first, then newest.
    pub findings: Vec<FindingRow>,
    /// How many there are of each, whatever the filter says: `severity`, `state`, `group`,
    /// `rule`, `client`, `project`. All but `state` count what is open.
    pub facets: std::collections::BTreeMap<String, Counts>,
}

/// `vigil.finding/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FindingView {
    /// The row of the list.
    pub finding: FindingRow,
    /// The places it was seen in, first to last; at most 50.
    pub places: Vec<FindingPlace>,
    /// What a person said of it, first to last; at most 100.
    pub history: Vec<TriageStep>,
    /// The way of the value; none of what is no value, or when nothing of it is on record any more.
    #[serde(default)]
    pub lineage: Option<Lineage>,
    /// How to take the value back; none of what is no value.
    #[serde(default)]
    pub revocation: Option<Revocation>,
    /// Until when the vault can show its value; none when it does not have it.
    #[serde(default)]
    pub sealed: Option<SealedUntil>,
}

/// One place a finding was seen in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FindingPlace {
    /// The event.
    pub event: EventId,
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Its kind.
    pub kind: KindName,
    /// Name of the tool, the model, the record.
    pub name: Option<Masked>,
    /// Who saw it.
    pub witnesses: Vec<String>,
    /// Vigil's id of its session.
    pub session_key: Option<SessionId>,
    /// The session's title.
    pub title: Option<Masked>,
    /// The turn's number within the session.
    pub turn: Option<u64>,
    /// Where in the event.
    pub span: Option<Span>,
    /// The masked text around it, at most 240 characters.
    pub snippet: Option<Masked>,
    /// The model call that the value went with from here.
    #[serde(default)]
    pub sent: Option<SentWith>,
}

/// The model call that a place's text went with: the one that followed it, or the one whose answer
/// it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SentWith {
    /// The model's provider.
    pub provider: Masked,
    /// The host that the proxy saw it go to.
    pub host: Option<Masked>,
    /// When the call happened.
    pub at: Timestamp,
    /// The call's event, where one is known.
    pub call: Option<EventId>,
    /// True when the text is of the answer.
    pub written: bool,
    /// True when the proxy saw it pass.
    pub seen: bool,
}

/// What a person said of a finding, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TriageStep {
    /// When.
    pub at: Timestamp,
    /// The state it was put in.
    pub state: Triage,
    /// Words about it.
    pub note: Option<Masked>,
}

/// The body of `POST /api/v1/findings/triage`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct TriageOrder {
    /// Which findings; at most 500.
    pub ids: Vec<FindingId>,
    /// The state to put them in.
    pub state: Triage,
    /// Words about it, at most 2,000 characters; masked before they are kept.
    pub note: Option<String>,
}

impl std::fmt::Debug for TriageOrder {
    /// Without the note, which nobody has masked yet.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TriageOrder")
            .field("ids", &self.ids)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// `vigil.triage/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TriageDone {
    /// How many findings were changed; those that do not exist were not.
    pub changed: u64,
}

#[cfg(test)]
mod tests {
    use super::TriageOrder;
    use crate::Triage;

    #[test]
    fn a_note_that_nobody_has_masked_is_not_printed() {
        let note = Some("typed by a person".to_owned());
        let order = TriageOrder { ids: Vec::new(), state: Triage::Resolved, note };

        assert!(!format!("{order:?}").contains("typed"));
    }
}
