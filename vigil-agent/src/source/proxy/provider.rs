//! What the providers' exchanges mean: pure parsers from requests and answers to events.
//! None of them keeps a credential.

use std::collections::BTreeMap;

use vigil_proto::{
    ContentHash, ContentHasher, Event, EventId, Kind, NaturalKey, Sensitive, SessionFacts,
    SessionId, SourceId, Timestamp, Witness, event::Gap,
};

mod anthropic;
mod api;
mod bedrock;
mod call;
mod client;
mod cohere;
mod dialogue;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod gemini;
mod memory;
mod ndjson;
mod ollama;
mod openai;
mod reply;
mod request;
#[cfg(test)]
mod rig;
mod socket;
mod sse;
mod text;
mod usage;

pub(super) use self::{
    api::{Api, Picked},
    call::{Call, Started},
    memory::Memory,
    request::Request,
    socket::Socket,
};
use self::{
    call::End,
    request::{Skipped, read},
};
use crate::pipeline::Exclusions;

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

/// What reading a flow needs.
pub(super) struct Inspection<'a> {
    pub(super) place: Place<'a>,
    pub(super) exclusions: &'a Exclusions,
    pub(super) memory: &'a mut Memory,
    pub(super) out: &'a mut Output,
    pub(super) last_number: &'a mut u64,
    /// The agent whose own program it is that asks, where that can be told.
    pub(super) agent: &'a mut dyn FnMut() -> Option<&'static str>,
}

impl Inspection<'_> {
    /// Counts and records something of the flow that could not be read.
    pub(super) fn gap(&mut self, reason: &'static str, detail: &str, at: Timestamp) {
        let number = self.next_number(at);
        self.out.count("gap.proxy", 1);
        self.out.events.push(self.place.gap(number, at, reason, detail, None));
    }

    /// The call that `request` begins, which came from `began` to `at`.
    pub(super) fn call(
        &mut self,
        request: &Request<'_>,
        began: Timestamp,
        at: Timestamp,
    ) -> Option<Call> {
        match read(request, began, self) {
            Ok(asked) => Some(Call::new(asked, began, at, self.place)),
            Err(Skipped::Excluded) => {
                self.out.count("skip.excluded", 1);
                None
            }
            Err(Skipped::Unreadable) => {
                self.gap("unreadable-request", "the request is not JSON", at);
                None
            }
        }
    }

    /// The answer to `call` ended at `at`; `complete` when its framing says so.
    pub(super) fn end(&mut self, call: Call, complete: bool, at: Timestamp) {
        let end = End { at, number: self.next_number(at) };
        call.end(complete, end, self.place, self.memory, self.out);
    }

    /// A number that is unique in the source.
    pub(super) fn next_number(&mut self, at: Timestamp) -> u64 {
        next_number(self.last_number, at)
    }
}

/// A number that is unique in the source: the time in nanoseconds, always rising.
pub(super) fn next_number(last: &mut u64, at: Timestamp) -> u64 {
    let now = u64::try_from(at.as_micros()).unwrap_or(0).saturating_mul(1000);
    *last = now.max(last.saturating_add(1));
    *last
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
