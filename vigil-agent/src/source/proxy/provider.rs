//! What the providers' exchanges mean: pure parsers from requests and answers to events.
//! None of them keeps a credential.

use std::collections::BTreeMap;

use vigil_proto::{
    ContentHash, ContentHasher, Event, EventId, Kind, NaturalKey, Sensitive, SessionFacts,
    SessionId, SourceId, Timestamp, Witness, event::Gap,
};

pub(super) mod anthropic;

/// What a parser produced.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) sessions: Vec<SessionFacts<Sensitive>>,
    pub(super) events: Vec<Event<Sensitive>>,
    pub(super) counts: BTreeMap<&'static str, u64>,
}

impl Output {
    pub(super) fn count(&mut self, name: &'static str, n: u64) {
        *self.counts.entry(name).or_default() += n;
    }
}

/// What a parser may know of where it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) hasher: &'a ContentHasher,
    pub(super) source: SourceId,
    pub(super) flow: u64,
}

impl Place<'_> {
    /// An event that says nothing yet of session, turn and tool call.
    pub(super) fn event(
        &self,
        key: &NaturalKey<'_>,
        at: Timestamp,
        content: ContentHash,
        kind: Kind<Sensitive>,
    ) -> Event<Sensitive> {
        Event {
            id: key.id(),
            incomplete_key: false,
            at,
            seen_at: at,
            witness: Witness::Proxy,
            position: self.flow,
            session: None,
            thread: None,
            turn: None,
            tool_call: None,
            process: None,
            content,
            kind,
        }
    }

    /// Something of this flow that could not be seen or read. `number` is unique in the source.
    pub(super) fn gap(
        &self,
        number: u64,
        at: Timestamp,
        reason: &'static str,
        detail: &str,
        bytes: Option<u64>,
    ) -> Event<Sensitive> {
        let key = NaturalKey::Occurrence { source: self.source, number, what: reason };
        let gap = Gap { reason, detail: detail.into(), bytes };
        self.event(&key, at, ContentHash(0), Kind::Gap(gap))
    }
}

/// An event with its session and turn.
pub(super) fn within(
    mut event: Event<Sensitive>,
    session: SessionId,
    turn: Option<EventId>,
) -> Event<Sensitive> {
    event.session = Some(session);
    event.turn = turn;
    event
}
