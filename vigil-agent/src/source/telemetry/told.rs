//! What clients told, as events. Pure. Everything here is the client's own word, and less than its
//! transcript says: which calls of models there were, and what became of tool calls. Texts are
//! neither asked for nor kept, so nothing told here can contradict what another witness saw of the
//! same thing.

use std::collections::HashSet;

use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Outcome, Sensitive, SessionFacts, SessionId,
    Source, SourceId, Timestamp, Witness,
    event::{ModelCall, System, ToolCall, ToolResult},
};

use super::{
    claude, codex,
    otlp::{Attributes, Logs, Record},
};
use crate::source::{
    claude_code::{self, short_id},
    openai,
};

/// Times before this, in microseconds, are nobody's: 2020-01-01.
const EARLIEST: i64 = 1_577_836_800_000_000;
/// How far a client's clock may go before ours, in microseconds: a day.
const AHEAD: i64 = 86_400_000_000;

/// Whose telemetry is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    ClaudeCode,
    Codex,
}

impl Client {
    /// Its word everywhere in Vigil.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::ClaudeCode => claude_code::CLIENT,
            Self::Codex => openai::codex::CLIENT,
        }
    }

    /// A batch from its telemetry, empty.
    pub(super) fn batch(self) -> Batch<Sensitive> {
        let place = format!("otlp:{}", self.word());
        let id = SourceId::of(place.as_bytes());
        Batch::new(Source { id, witness: Witness::Telemetry, place: place.into() })
    }
}

/// The events of `logs`, which `client` told at the time `now`. What happened while recording was
/// paused is left out.
pub(super) fn batch(
    client: Client,
    logs: &Logs<'_>,
    now: Timestamp,
    was_paused: impl Fn(Timestamp) -> bool,
) -> Batch<Sensitive> {
    let mut teller = Teller { client, now, batch: client.batch(), known: HashSet::new() };
    for group in &logs.groups {
        for record in &group.records {
            let seat = Seat::of(record, now);
            teller.batch.count("read.telemetry-records", 1);
            if was_paused(seat.at) {
                teller.batch.count("skip.telemetry-paused", 1);
            } else if !teller.record(record, &group.resource, &seat) {
                teller.batch.count("skip.telemetry-records", 1);
            }
        }
    }
    teller.batch
}

/// When and where a record was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) at: Timestamp,
    /// The same each time that the client tells it.
    pub(super) position: u64,
}

impl Seat {
    fn of(record: &Record<'_>, now: Timestamp) -> Self {
        let nanos = if record.at == 0 { record.observed } else { record.at };
        let micros = i64::try_from(nanos / 1000).unwrap_or(0);
        let is_possible = (EARLIEST..now.as_micros().saturating_add(AHEAD)).contains(&micros);
        Self {
            at: if is_possible { Timestamp::from_micros(micros) } else { now },
            // Claude Code counts the events of a millisecond on.
            position: nanos
                .saturating_add(record.attributes.count("event.sequence").unwrap_or(0))
                .min(i64::MAX.unsigned_abs()),
        }
    }
}

/// Makes events of records.
pub(super) struct Teller {
    client: Client,
    now: Timestamp,
    batch: Batch<Sensitive>,
    /// The sessions that the batch knows.
    known: HashSet<SessionId>,
}

impl Teller {
    /// True when something was made of it, or is known to be told elsewhere.
    fn record(&mut self, record: &Record<'_>, resource: &Attributes<'_>, seat: &Seat) -> bool {
        let told = &record.attributes;
        let (session, version) = match self.client {
            Client::ClaudeCode => ("session.id", resource.text("service.version")),
            Client::Codex => ("conversation.id", told.text("app.version")),
        };
        let Some(native) = told.text(session) else { return false };
        let session = self.session(native, version);
        match self.client {
            Client::ClaudeCode => claude::record(self, told, session, seat),
            Client::Codex => codex::record(self, told, session, seat),
        }
    }

    fn session(&mut self, native: &str, version: Option<&str>) -> SessionId {
        let (client, native) = (self.client.word(), short_id(native.into()));
        let id = SessionId::of(client, &native);
        if self.known.insert(id) {
            let facts = SessionFacts::new(client, native.as_ref().into(), id);
            let version = version.map(|version| short_id(version.into()).as_ref().into());
            self.batch.sessions.push(SessionFacts { version, ..facts });
        }
        id
    }

    /// One call of a model. Nobody here knows the answer's id; `request` is the provider's id of
    /// the request, where that is told.
    pub(super) fn call(&mut self, session: SessionId, seat: &Seat, call: ModelCall<Sensitive>) {
        let record = format!("telemetry:call:{}", seat.position);
        let id = match &call.request {
            Some(request) => NaturalKey::ModelCall {
                provider: call.provider,
                message: "",
                request: request.expose(),
            }
            .id(),
            None => NaturalKey::Record { session, record: &record }.id(),
        };
        let event = self.event(seat, session, Kind::ModelCall(call));
        self.batch.events.push(Event { id, incomplete_key: true, ..event });
    }

    /// What became of a tool call.
    pub(super) fn tool(
        &mut self,
        session: SessionId,
        seat: &Seat,
        (call, name): (&str, &str),
        outcome: Outcome,
    ) {
        let call = short_id(call.into());
        let id = NaturalKey::ToolCall { session, message: "", call: &call }.id();
        let kind = Kind::ToolCall(ToolCall {
            name: short_id(name.into()).as_ref().into(),
            input: "".into(),
            outcome,
        });
        let event = self.event(seat, session, kind);
        let tool_call = Some(call.as_ref().into());
        self.batch.events.push(Event { id, incomplete_key: true, tool_call, ..event });
    }

    /// A tool call was refused, by somebody.
    pub(super) fn denied(
        &mut self,
        session: SessionId,
        seat: &Seat,
        (call, name): (&str, &str),
        by: Option<&str>,
    ) {
        self.tool(session, seat, (call, name), Outcome::Denied);
        let call = short_id(call.into());
        let id = NaturalKey::ToolResult { session, message: "", call: &call }.id();
        let kind = Kind::ToolResult(ToolResult {
            call: None,
            text: "".into(),
            outcome: Outcome::Denied,
            denied_by: by.map(|by| short_id(by.into()).as_ref().into()),
        });
        let event = self.event(seat, session, kind);
        let tool_call = Some(call.as_ref().into());
        self.batch.events.push(Event { id, incomplete_key: true, tool_call, ..event });
        // A result that another witness told of first says no more who refused it.
        let text =
            format!("{}: refused by {}", short_id(name.into()), by.unwrap_or("nobody known"));
        self.note(session, seat, "tool-refused", text);
        if let Some(note) = self.batch.events.last_mut() {
            note.tool_call = Some(call.as_ref().into());
        }
    }

    /// What the client notes about itself, and nothing else tells.
    pub(super) fn note(&mut self, session: SessionId, seat: &Seat, name: &str, text: String) {
        let record = format!("telemetry:{name}:{}", seat.position);
        let kind = Kind::System(System { name: name.into(), text: text.into() });
        let id = NaturalKey::Record { session, record: &record }.id();
        let event = self.event(seat, session, kind);
        self.batch.events.push(Event { id, ..event });
    }

    fn event(&self, seat: &Seat, session: SessionId, kind: Kind<Sensitive>) -> Event<Sensitive> {
        Event {
            id: vigil_proto::EventId::from_bytes([0; 16]),
            incomplete_key: false,
            at: seat.at,
            seen_at: self.now,
            witness: Witness::Telemetry,
            position: seat.position,
            session: Some(session),
            thread: None,
            turn: None,
            tool_call: None,
            process: None,
            content: ContentHash(0),
            kind,
        }
    }
}
