//! `[detect]`: rules of the user's own, what is no secret, and tokens that were planted to be
//! noticed. Patterns are compiled, and judged, by the detector.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use super::check::line_at;
use crate::Severity;

/// `[detect]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detect {
    /// Rules by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, UserRule>,
    /// What is no secret, though a rule says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
    /// Planted tokens by their names; what stands here is a keyed fingerprint, never the token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub canaries: BTreeMap<String, String>,
}

/// `[detect.rules.NAME]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserRule {
    /// A regular expression; what its first group matches is the secret, or else the whole match.
    pub pattern: String,
    /// What it finds, for a sentence: "an Acme deploy token".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How bad a leak is.
    #[serde(default = "high")]
    pub severity: Severity,
}

const fn high() -> Severity {
    Severity::High
}

/// `[[detect.allow]]`: one of `pattern`, `prefix`, `fingerprint` and `path`, with a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// A regular expression that the whole value fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What the value begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The value's fingerprint, the last part of its mask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Files that `vigil scan` leaves alone: `*` is any part of a name, `**` any folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only findings of this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, as `2027-01-31`; for ever without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// That exceptions with these reasons no longer hold; none when there are none.
pub fn over(reasons: &[String]) -> Option<String> {
    if reasons.is_empty() {
        return None;
    }
    let reasons: Vec<String> = reasons.iter().map(|reason| format!("\"{reason}\"")).collect();
    Some(format!(
        "exceptions of `[[detect.allow]]` are over and no longer hold: {}; move their `expires`, or \
         take them out",
        reasons.join(", ")
    ))
}

impl Detect {
    /// As the end of a configuration file; empty when nothing is set.
    pub fn to_toml(&self) -> String {
        #[derive(Serialize)]
        struct Section<'a> {
            detect: &'a Detect,
        }
        if *self == Self::default() {
            return String::new();
        }
        toml::to_string(&Section { detect: self }).unwrap_or_default()
    }
}

/// The line of `text` at which the value at `path` stands, from 1: the keys from the outside to
/// the inside, with the number of an element (from 0) for one of a list. Where the whole path is
/// not there, the line of its last part that is.
pub fn line_of(text: &str, path: &[&str]) -> usize {
    let Ok(table) = DeTable::parse(text) else { return 1 };
    let mut place = 0;
    let mut inside = Some(toml::de::DeValue::Table(table.into_inner()));
    for key in path {
        let next = match inside.take() {
            Some(toml::de::DeValue::Table(table)) => table
                .into_iter()
                .find(|(known, _)| known.get_ref() == key)
                .map(|(known, value)| (known.span().start, value)),
            Some(toml::de::DeValue::Array(list)) => key
                .parse()
                .ok()
                .and_then(|at: usize| list.into_iter().nth(at))
                .map(|value| (value.span().start, value)),
            _ => None,
        };
        let Some((at, value)) = next else { break };
        place = at;
        inside = Some(value.into_inner());
    }
    line_at(text, place)
}

#[cfg(test)]
mod tests;
