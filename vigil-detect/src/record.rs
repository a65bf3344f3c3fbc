//! What `vigil scan` prints of a hit, and how `vigil why` says that it came to be.

use serde::Serialize;
use vigil_proto::{Confidence, FindingId, Severity};

use crate::{
    engine::Hit,
    mask::Fingerprint,
    rule::{Matcher, Rule},
};

/// One line of `vigil scan --format jsonl`: places are bytes of the UTF-8 text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScanRecord<'a> {
    /// The caller's id of the text.
    pub id: &'a str,
    /// First byte of the secret.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The type of credential.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The type's group.
    pub group: &'static str,
    /// How bad.
    pub severity: Severity,
}

impl<'a> ScanRecord<'a> {
    /// The record of `hit` in the text that the caller calls `id`.
    pub fn new(id: &'a str, hit: &Hit) -> Self {
        Self {
            id,
            start: hit.start,
            end: hit.end,
            kind: hit.rule.name,
            group: hit.rule.group,
            severity: hit.severity,
        }
    }
}

/// How the engine came to a finding: what it looked for and what it checked there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The rule.
    pub rule: &'static str,
    /// What the rule finds.
    pub title: &'static str,
    /// One of these texts stands there; none where a name or a check of its own makes the value one.
    pub anchors: &'static [&'static str],
    /// What was checked, in order.
    pub checks: Vec<Check>,
    /// How sure that made it.
    pub confidence: Confidence,
}

/// One thing that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// Whether it held. What must hold did, or there would be no finding.
    pub held: bool,
}

/// How a finding of the rule `name` came to be, with this severity and confidence; none for a rule
/// that is not one of Vigil's for values.
pub fn trace(name: &str, severity: Severity, confidence: Confidence) -> Option<Trace> {
    let rule = Rule::named(name)?;
    // The engine calls what documentation prints low in both, whatever the rule says.
    let is_example = (severity, confidence) == (Severity::Low, Confidence::Low)
        && (rule.severity, rule.confidence) != (Severity::Low, Confidence::Low);
    let mut checks = Vec::new();
    let mut check = |what, held| checks.push(Check { what, held });
    match rule.matcher {
        _ if rule.anchors.is_empty() => check("a name before it, or check digits of its own", true),
        Matcher::Custom(_) => check("the parts around the anchor, read one by one", true),
        Matcher::Shape { .. } => {
            check("the characters and their number around the anchor", true);
            check("no placeholder, no word, no repetition", !is_example);
        }
    }
    if rule.checksum && !is_example {
        check("the checksum in it", confidence >= rule.confidence);
    }
    if is_example {
        check("not a value that documentation prints", false);
    }
    Some(Trace { rule: rule.name, title: rule.title, anchors: rule.anchors, checks, confidence })
}

/// The incident that a mask with this rule and fingerprint stands for.
pub fn finding_of(rule: &Rule, fingerprint: Fingerprint) -> FindingId {
    FindingId::of(rule.name, fingerprint.as_bytes())
}

#[cfg(test)]
mod tests;
