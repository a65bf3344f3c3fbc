//! A client's hook that somebody took away. The client itself can write its own settings: whoever has
//! it do so ends that commands are asked about.

use vigil_proto::{Confidence, Event, Finding, FindingId, Kind, Masked, Severity, Witness, guard};

use crate::detector::{Context, Detector};

/// The rule's name.
const RULE: &str = "guard-gone";

/// Finds them: each time is a finding of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unguarded;

impl Detector for Unguarded {
    fn name(&self) -> &'static str {
        RULE
    }

    fn inspect(&self, event: &Event<Masked>, _: &Context<'_>, out: &mut Vec<Finding>) {
        let Kind::ConfigChange(change) = &event.kind else { return };
        if event.witness != Witness::Vigil || change.what.as_str() != guard::GONE {
            return;
        }
        out.push(Finding {
            id: FindingId::of(RULE, event.id.as_bytes()),
            rule: RULE.to_owned(),
            group: "guard".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            event: event.id,
            span: None,
            evidence: change.detail.clone(),
            why: Masked::from_scan(
                "a client was to ask before it runs commands, and its file says so no more, or what \
                 Vigil knows of it was changed or cannot be read; `vigil guard on` writes it again, \
                 `vigil guard off` ends it"
                    .to_owned(),
            ),
            sealed: None,
        });
    }
}

#[cfg(test)]
mod tests;
