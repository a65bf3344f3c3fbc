//! Values that somebody had shown in clear. The vault is for the person at the machine; whoever else
//! asked it is worth knowing of.

use vigil_proto::{Confidence, Event, Finding, FindingId, Kind, Masked, Severity, Witness, vault};

use crate::detector::{Context, Detector};

/// The rule's name.
const RULE: &str = "secret-revealed";

/// Finds them: each time is a finding of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reveals;

impl Detector for Reveals {
    fn name(&self) -> &'static str {
        RULE
    }

    fn inspect(&self, event: &Event<Masked>, _: &Context<'_>, out: &mut Vec<Finding>) {
        let Kind::ConfigChange(change) = &event.kind else { return };
        if event.witness != Witness::Vigil || change.what.as_str() != vault::REVEALED {
            return;
        }
        out.push(Finding {
            id: FindingId::of(RULE, event.id.as_bytes()),
            rule: RULE.to_owned(),
            group: "vault".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            event: event.id,
            span: None,
            evidence: change.detail.clone(),
            why: Masked::from_scan(
                "a recorded secret was asked for in clear; look into it if that was not you"
                    .to_owned(),
            ),
            sealed: None,
        });
    }
}

#[cfg(test)]
mod tests;
