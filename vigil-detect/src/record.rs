//! What `vigil scan` prints of a hit, and the line that would silence a finding.

use serde::Serialize;
use vigil_proto::{FindingId, Severity};

use crate::{engine::Hit, mask::Fingerprint, rule::Rule};

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

/// The line of the configuration that would suppress findings of `rule`, or only the one secret
/// with this fingerprint (the last part of its mask):
/// `[[suppress]] rule = "...", fingerprint = "..."` in TOML.
pub fn suppress_hint(rule: &str, fingerprint: Option<&str>) -> String {
    let rule = quoted(rule);
    match fingerprint {
        Some(fingerprint) => {
            format!("suppress = [{{ rule = {rule}, fingerprint = {} }}]", quoted(fingerprint))
        }
        None => format!("suppress = [{{ rule = {rule} }}]"),
    }
}

/// A TOML string. Rule names and fingerprints need no escapes; anything else is left out.
fn quoted(word: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    format!("\"{}\"", word.chars().filter(plain).collect::<String>())
}

/// The incident that a mask with this rule and fingerprint stands for.
pub fn finding_of(rule: &Rule, fingerprint: Fingerprint) -> FindingId {
    FindingId::of(rule.name, fingerprint.as_bytes())
}

#[cfg(test)]
mod tests;
