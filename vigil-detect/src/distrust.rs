//! Clients that do not take the proxy's certificate. What they say is not read: that is a gap, and,
//! since somebody can do something about it, a finding.

use vigil_proto::{Confidence, Event, Finding, FindingId, Kind, Masked, Severity, Witness};

use crate::detector::{Context, Detector};

/// The reason of the proxy's gap.
const REASON: &str = "client-distrusts";
/// The rule's name.
const RULE: &str = "certificate-rejected";

/// Finds them. What such a gap says names program and host, and is the same for every process and
/// every time: each is one finding, however often it is met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distrust;

impl Detector for Distrust {
    fn name(&self) -> &'static str {
        RULE
    }

    fn inspect(&self, event: &Event<Masked>, _: &Context<'_>, out: &mut Vec<Finding>) {
        let Kind::Gap(gap) = &event.kind else { return };
        if gap.reason != REASON || event.witness != Witness::Proxy {
            return;
        }
        let why = "a program that does not take the proxy's certificate is led past it, unread, so \
                   that it works";
        out.push(Finding {
            id: FindingId::of(RULE, gap.detail.as_str().as_bytes()),
            rule: RULE.to_owned(),
            group: "capture".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            event: event.id,
            span: None,
            evidence: gap.detail.clone(),
            why: Masked::from_scan(why.to_owned()),
            sealed: None,
        });
    }
}

#[cfg(test)]
mod tests;
