//! Connections to hosts that others have found to be malicious.

use std::{fmt, sync::Arc};

use vigil_proto::{
    Confidence, Event, EventId, Finding, FindingId, Kind, Masked, SessionId, Severity, Span,
    event::Field,
};

use super::{Intel, Listed, key::plain_host};
use crate::detector::{Context, Detector};

/// Finds connections to listed hosts and addresses. Each host is one finding a session, however often
/// it is met.
pub struct Contacts(Box<dyn Fn() -> Arc<Intel> + Send + Sync>);

impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contacts")
    }
}

impl Contacts {
    /// The rule's name.
    pub const RULE: &str = "intel-host";

    /// `current` gives the set in force.
    pub fn new(current: impl Fn() -> Arc<Intel> + Send + Sync + 'static) -> Self {
        Self(Box::new(current))
    }

    /// What `intel` has to say of a connection that was made to this host.
    pub fn judge(
        intel: &Intel,
        host: &Masked,
        port: u16,
        event: EventId,
        session: Option<SessionId>,
    ) -> Option<Finding> {
        let listed = intel.endpoint(host.as_str(), port)?;
        Some(finding(&listed, host, event, session))
    }
}

impl Detector for Contacts {
    fn name(&self) -> &'static str {
        Self::RULE
    }

    fn inspect(&self, event: &Event<Masked>, _: &Context<'_>, out: &mut Vec<Finding>) {
        let Kind::Connection(flow) = &event.kind else { return };
        out.extend(Self::judge(&(self.0)(), &flow.host, flow.port, event.id, event.session));
    }
}

fn finding(listed: &Listed, host: &Masked, event: EventId, session: Option<SessionId>) -> Finding {
    // The list's own words stay out of what is compared: the same host on another list is no new
    // incident.
    let mut subject = session.map(|session| session.to_string()).unwrap_or_default();
    subject.push('\n');
    subject.push_str(&plain_host(host.as_str()));
    let (severity, confidence, how) = if listed.certain {
        (Severity::Critical, Confidence::High, "lists it as malicious")
    } else {
        (
            Severity::High,
            Confidence::Medium,
            "lists it as malicious, and is not sure, or means other ports of it",
        )
    };
    let end = u32::try_from(host.as_str().len()).unwrap_or(u32::MAX);
    Finding {
        id: FindingId::of(Contacts::RULE, subject.as_bytes()),
        rule: Contacts::RULE.to_owned(),
        group: "supply".to_owned(),
        severity,
        confidence,
        event,
        span: Some(Span { field: Field::Host, start: 0, end }),
        evidence: host.clone(),
        why: Masked::from_scan(format!("`{}` {how}", listed.by)),
        sealed: None,
    }
}

#[cfg(test)]
mod tests;
