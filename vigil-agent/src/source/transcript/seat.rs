//! Where a line sits: what every event made of it has in common.

use vigil_proto::{
    ContentHash, Event, EventId, Kind, NaturalKey, Sensitive, SessionId, Timestamp, Witness,
};

/// Session, thread, turn, time and place of a line.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) session: Option<SessionId>,
    pub(super) thread: Option<String>,
    pub(super) turn: Option<EventId>,
    pub(super) at: Timestamp,
    pub(super) position: u64,
    /// The record's own id.
    pub(super) record: Option<String>,
}

impl Seat {
    /// An event that happened here.
    pub(super) fn event(
        &self,
        key: &NaturalKey<'_>,
        content: ContentHash,
        seen_at: Timestamp,
        kind: Kind<Sensitive>,
    ) -> Event<Sensitive> {
        Event {
            id: key.id(),
            incomplete_key: false,
            at: self.at,
            seen_at,
            witness: Witness::Transcript,
            position: self.position,
            session: self.session,
            thread: self.thread.as_deref().map(Sensitive::from),
            turn: self.turn,
            tool_call: None,
            process: None,
            content,
            kind,
        }
    }
}
