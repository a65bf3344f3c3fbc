//! What `vigil usage` is asked and answers.

use serde::{Deserialize, Serialize};

use super::UsageFigures;
use crate::{text::Masked, time::Timestamp};

/// How `vigil usage` groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsageBy {
    /// The client's session id.
    Session,
    /// Day in the user's time zone, `YYYY-MM-DD`.
    Day,
    /// Model.
    #[default]
    Model,
    /// Client.
    Client,
    /// Working directory.
    Project,
    /// Week in the user's time zone, by its Monday, `YYYY-MM-DD`.
    Week,
    /// Month in the user's time zone, `YYYY-MM`.
    Month,
}

impl UsageBy {
    /// True when rows follow one another in time; others come with the dearest first.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }
}

/// What to add up. Usage is kept by quarters of an hour: `from` is rounded down to one, `to` up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsageQuery {
    /// What a row stands for.
    pub by: UsageBy,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Of this client.
    pub client: Option<String>,
    /// In this project: see [`is_in_project`].
    pub project: Option<String>,
}

/// `vigil.usage/1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UsageReport {
    /// What `key` is.
    pub by: UsageBy,
    /// The time zone of days, weeks and months.
    pub time_zone: String,
    /// Where what was added up begins, when a beginning was asked for.
    pub from: Option<Timestamp>,
    /// Where it ends, when an end was asked for.
    pub to: Option<Timestamp>,
    /// One row a key: days, weeks and months in their order, all others with the dearest first.
    pub rows: Vec<UsageLine>,
    /// Everything.
    pub total: UsageFigures,
    /// Calls in `total` whose cost is not known: it counts as none.
    pub unpriced: u64,
    /// What clients say that sessions cost, beyond the calls on record: of all sessions, when all
    /// were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unexplained: Option<Unexplained>,
}

/// What a client says that a session cost, beside the calls on record: it may make calls that it
/// does not write down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Unexplained {
    /// What the client says in all, in US dollars.
    pub told_usd: f64,
    /// How much of it no call on record explains; below 0 when the calls on record cost more.
    pub cost_usd: f64,
    /// The same in tokens of all kinds together, where the client tells them.
    pub tokens: Option<i64>,
}

/// One row of `vigil usage`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UsageLine {
    /// The session, day, model, client, project, week or month; empty for what has none.
    pub key: Masked,
    /// Its figures.
    #[serde(flatten)]
    pub figures: UsageFigures,
    /// Calls whose cost is not known, when there are any.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unpriced: u64,
    /// What else is known of a session.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub session: Option<UsageSession>,
}

/// The session that a row stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UsageSession {
    /// Its client.
    pub client: String,
    /// Its title.
    pub title: Option<Masked>,
    /// Its working directory.
    pub project: Option<Masked>,
    /// Its last event.
    pub last: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(n: &u64) -> bool {
    *n == 0
}

/// True when the working directory `cwd` belongs to the project `asked`: a path (which begins with
/// `/`), for that folder and all below it, or the last part of one or several parts of a path.
pub fn is_in_project(cwd: &str, asked: &str) -> bool {
    let asked = if asked.len() > 1 { asked.trim_end_matches('/') } else { asked };
    if cwd == asked {
        return true;
    }
    if asked.starts_with('/') {
        return cwd.strip_prefix(asked).is_some_and(|rest| asked == "/" || rest.starts_with('/'));
    }
    cwd.strip_suffix(asked).is_some_and(|before| !asked.is_empty() && before.ends_with('/'))
}

#[cfg(test)]
mod tests;
