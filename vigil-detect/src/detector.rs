//! Detectors that read whole events. They run after masking and never see clear text.

use vigil_proto::{Event, Finding, Masked, SessionFacts, SessionId, batch::Source};

/// Reads masked events, one after the other, and adds findings. Pure: the same events in the
/// same context give the same findings.
pub trait Detector: Send + Sync {
    /// Its name, for logs and `vigil why`.
    fn name(&self) -> &'static str;

    /// Looks at `event` and adds what it finds to `out`.
    fn inspect(&self, event: &Event<Masked>, context: &Context<'_>, out: &mut Vec<Finding>);
}

/// What a detector may know besides the event.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where the batch comes from.
    pub source: &'a Source<Masked>,
    /// What the batch says of its sessions.
    pub sessions: &'a [SessionFacts<Masked>],
}

impl Context<'_> {
    /// What the batch says of this session.
    pub fn session(&self, id: SessionId) -> Option<&SessionFacts<Masked>> {
        self.sessions.iter().find(|facts| facts.id == id)
    }
}
