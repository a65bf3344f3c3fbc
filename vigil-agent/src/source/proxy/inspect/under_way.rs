//! What is under way: connections that are open, and calls that are not answered in full. It is
//! committed as the source's checkpoint, together with what is known of it by then. An agent that was
//! killed so finds at its next start what nobody saw the end of.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use serde::{Deserialize, Serialize};
use vigil_proto::{
    Checkpoint, ContentHash, ContentHasher, Event, Kind, NaturalKey, Sensitive, SessionFacts,
    SessionId, SourceId, Timestamp,
    event::{Connection, Gap, ProcessRef, Way},
};

use crate::source::{
    callers::Caller,
    proxy::{
        provider::{Output, Place, Started, next_number},
        tee::Envelope,
    },
};

/// Why the rest of a call, or of a connection, is not on record.
const REASON: &str = "agent-ended";

/// For so long after a connection's beginning it is asked whose it is, in microseconds.
const ASKED_FOR: i64 = 2_000_000;

/// The mark of what is committed when nothing is under way.
const NOTHING: u64 = 0;

/// Whose a connection is.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    pub(super) process: Option<ProcessRef>,
    pub(super) client: Option<&'static str>,
}

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    open: BTreeMap<u64, Open>,
    /// Those of which something is to be told yet: that they are there, or whose they are.
    untold: Vec<u64>,
    /// Of what was committed last, or [`NOTHING`].
    mark: u64,
}

#[derive(Debug)]
struct Open {
    envelope: Envelope,
    process: Option<ProcessRef>,
    /// It is on record.
    is_told: bool,
    /// It was asked whose program its client is.
    is_asked: bool,
    /// The agent whose it is.
    agent: Option<&'static str>,
}

impl UnderWay {
    /// A connection that may last.
    pub(super) fn begin(&mut self, envelope: Envelope) {
        let flow = envelope.flow;
        self.untold.push(flow);
        let open = Open { envelope, process: None, is_told: false, is_asked: false, agent: None };
        self.open.insert(flow, open);
    }

    /// The agent whose program the client of the open connection `flow` is, by `find`.
    pub(super) fn agent(
        &mut self,
        flow: u64,
        find: impl FnOnce(&Caller) -> Option<&'static str>,
    ) -> Option<&'static str> {
        let open = self.open.get_mut(&flow)?;
        if !open.is_asked {
            open.is_asked = true;
            open.agent = find(&open.envelope.caller);
        }
        open.agent
    }

    /// The connection is over; true when it is on record.
    pub(super) fn end(&mut self, flow: u64) -> bool {
        self.open.remove(&flow).is_some_and(|open| open.is_told)
    }

    /// Tells of those that are not on record, and of those whose owner is found by now.
    pub(super) fn tell(
        &mut self,
        now: Timestamp,
        owner: impl Fn(&Envelope) -> Owner,
        mut tell: impl FnMut(&Envelope, &Owner),
    ) {
        self.untold.retain(|flow| {
            let Some(open) = self.open.get_mut(flow) else { return false };
            let owner = owner(&open.envelope);
            open.process = owner.process;
            if !open.is_told || open.process.is_some() {
                tell(&open.envelope, &owner);
            }
            open.is_told = true;
            let age = now.as_micros().saturating_sub(open.envelope.began.as_micros());
            open.process.is_none() && age < ASKED_FOR
        });
    }

    /// What is to be committed now: these connections and `calls` of theirs; none when that is what
    /// was committed last.
    pub(super) fn checkpoint(
        &mut self,
        source: SourceId,
        now: Timestamp,
        calls: &[(u64, Started<'_>)],
    ) -> Option<Checkpoint> {
        let told = || self.open.values().filter(|open| open.is_told);
        let mut hasher = DefaultHasher::new();
        for open in told() {
            (open.envelope.flow, open.process.map(|process| process.pid)).hash(&mut hasher);
        }
        for (flow, call) in calls {
            // Whose it is may be known later than that it began.
            let session = call.session.map(|(_, _, id)| id);
            (flow, call.began.as_micros(), session).hash(&mut hasher);
        }
        let mark = if told().next().is_none() { NOTHING } else { hasher.finish() };
        if mark == self.mark {
            return None;
        }
        let mut left = Left { connections: told().map(Kept::of).collect() };
        self.mark = mark;
        for (flow, call) in calls {
            if let Ok(at) = left.connections.binary_search_by_key(flow, |kept| kept.flow)
                && let Some(kept) = left.connections.get_mut(at)
            {
                kept.calls.push(KeptCall::of(call));
            }
        }
        // Numbers and texts can always be written.
        let state = serde_json::to_vec(&left).unwrap_or_default();
        Some(checkpoint(source, now, state))
    }

    /// Takes note of what an earlier run left: it is to be replaced by what is under way now.
    pub(super) const fn follows(&mut self) {
        self.mark = !NOTHING;
    }
}

fn checkpoint(source: SourceId, at: Timestamp, state: Vec<u8>) -> Checkpoint {
    Checkpoint { source, device: 0, inode: 0, head: 0, head_len: 0, offset: 0, state, at }
}

/// What of a connection's end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is still open.
    Not,
    /// That, what passed and why.
    Seen,
    /// That alone: the user does not want to be watched now.
    Unwatched,
}

/// The connection `envelope` as an event.
pub(super) fn connection(
    place: Place<'_>,
    envelope: &Envelope,
    owner: &Owner,
    end: End,
) -> Event<Sensitive> {
    let key =
        NaturalKey::Occurrence { source: place.source, number: envelope.flow, what: "connection" };
    let duration = envelope.ended.as_micros().saturating_sub(envelope.began.as_micros());
    let figure = |figure| if end == End::Seen { figure } else { 0 };
    let kind = Kind::Connection(Connection {
        host: Sensitive::from(&*envelope.host),
        port: envelope.port,
        way: if envelope.decrypted { Way::Decrypted } else { Way::Tunnelled },
        sent: figure(envelope.sent),
        received: figure(envelope.received),
        duration_us: figure(u64::try_from(duration).unwrap_or(0)),
        detail: match end {
            End::Not => None,
            End::Seen => Some(envelope.detail.into()),
            End::Unwatched => Some("paused".into()),
        },
        client: owner.client.map(Cow::Borrowed),
        client_port: envelope.client_port,
        open: end == End::Not,
    });
    let mut event = place.event(&key, envelope.began, ContentHash(0), kind);
    event.process = owner.process;
    event.seen_at = if end == End::Seen { envelope.ended } else { envelope.began };
    event
}

/// What is kept of all that is under way.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Left {
    connections: Vec<Kept>,
}

/// What is kept of an open connection. Times are in microseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    flow: u64,
    began: i64,
    host: String,
    port: u16,
    client_port: Option<u16>,
    decrypted: bool,
    process: Option<(u32, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<KeptCall>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptCall {
    began: i64,
    /// Its client, that one's own id of the session, and ours.
    session: Option<(String, String, SessionId)>,
}

impl Kept {
    fn of(open: &Open) -> Self {
        let Open { envelope, process, .. } = open;
        Self {
            flow: envelope.flow,
            began: envelope.began.as_micros(),
            host: envelope.host.to_string(),
            port: envelope.port,
            client_port: envelope.client_port,
            decrypted: envelope.decrypted,
            process: process.map(|process| (process.pid, process.started.as_micros())),
            calls: Vec::new(),
        }
    }

    /// Its end, which nobody saw.
    fn ended(&self, place: Place<'_>, now: Timestamp) -> Event<Sensitive> {
        let envelope = Envelope {
            flow: self.flow,
            host: self.host.as_str().into(),
            port: self.port,
            client_port: self.client_port,
            caller: Caller::default(),
            decrypted: self.decrypted,
            sent: 0,
            received: 0,
            began: Timestamp::from_micros(self.began),
            ended: Timestamp::from_micros(self.began),
            detail: REASON,
        };
        let owner = Owner { process: self.process(), client: None };
        let mut event = connection(place, &envelope, &owner, End::Seen);
        event.seen_at = now;
        event
    }

    fn process(&self) -> Option<ProcessRef> {
        self.process
            .map(|(pid, started)| ProcessRef { pid, started: Timestamp::from_micros(started) })
    }
}

impl KeptCall {
    fn of(call: &Started<'_>) -> Self {
        let session =
            call.session.map(|(client, native, id)| (client.to_owned(), native.to_owned(), id));
        Self { began: call.began.as_micros(), session }
    }

    /// The gap that it is, on the connection `kept`.
    fn gap(&self, place: Place<'_>, kept: &Kept, number: u64, now: Timestamp) -> Event<Sensitive> {
        let detail = format!(
            "the agent was ended while a call of {} was under way; the rest of it is not on record",
            kept.host
        );
        let gap = Gap { reason: REASON, detail: detail.into(), bytes: None };
        let key = NaturalKey::Occurrence { source: place.source, number, what: REASON };
        let at = Timestamp::from_micros(self.began);
        let mut event = place.event(&key, at, ContentHash(0), Kind::Gap(gap));
        event.seen_at = now;
        event.process = kept.process();
        event.session = self.session.as_ref().map(|(_, _, id)| *id);
        event
    }
}

/// Tells what an earlier run, which left `state`, did not see the end of.
pub(super) fn tell_left(
    state: &[u8],
    now: Timestamp,
    (hasher, source): (&ContentHasher, SourceId),
    last_number: &mut u64,
    out: &mut Output,
) {
    let left: Left = serde_json::from_slice(state).unwrap_or_default();
    for kept in &left.connections {
        let place = Place { hasher, source, flow: kept.flow };
        out.events.push(kept.ended(place, now));
        for call in &kept.calls {
            let number = next_number(last_number, Timestamp::from_micros(call.began));
            if let Some((client, native, id)) = &call.session {
                let mut facts = SessionFacts::new("", Sensitive::from(native.as_str()), *id);
                facts.client = client.clone().into();
                out.sessions.push(facts);
            }
            out.events.push(call.gap(place, kept, number, now));
            out.count("gap.proxy", 1);
        }
    }
}

#[cfg(test)]
mod tests;
