//! Small batches to test with.

use std::path::Path;

use tempfile::TempDir;
use vigil_proto::{
    Batch, Confidence, ContentHash, Cost, Event, EventId, Finding, FindingId, Kind, Masked, Money,
    NaturalKey, Outcome, SessionFacts, SessionId, Severity, Source, SourceId, Span, Timestamp,
    Usage, Witness,
    event::{CallRank, ModelCall, Prompt, Response, ToolCall, ToolResult},
    report::{EventFilter, EventRow},
};

use crate::{Options, Reader, Store, Writer};

pub(super) struct Bench {
    pub(super) dir: TempDir,
    pub(super) store: Store,
    pub(super) writer: Writer,
}

impl Bench {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, damage) = open(dir.path());
        assert_eq!(damage, None);
        let writer = store.writer();
        Self { dir, store, writer }
    }

    pub(super) fn put(&self, batch: Batch<Masked>) {
        self.writer.submit(batch, Vec::new()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(super) fn reader(&self) -> Reader {
        Reader::open(self.dir.path()).unwrap()
    }

    pub(super) fn events(&self) -> Vec<EventRow> {
        events(&self.reader())
    }
}

pub(super) fn open(dir: &Path) -> (Store, Option<crate::Damage>) {
    Store::open(dir, Options::default(), Box::new(|_| {})).unwrap()
}

/// Every event; whatever was done to the store before, its audit chain is intact.
pub(super) fn events(reader: &Reader) -> Vec<EventRow> {
    let verified = reader.verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
    let mut rows = Vec::new();
    let filter = EventFilter { with_text: true, ..EventFilter::default() };
    reader
        .events(&filter, |row| {
            rows.push(row);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

pub(super) fn masked(text: impl Into<String>) -> Masked {
    Masked::from_scan(text.into())
}

pub(super) fn session() -> SessionId {
    SessionId::of("claude-code", "s1")
}

/// A batch of session `s1` as `witness` tells it.
pub(super) fn batch(witness: Witness, events: Vec<Event<Masked>>) -> Batch<Masked> {
    let place = format!("/place/of/{witness}");
    let mut batch =
        Batch::new(Source { id: SourceId::of(place.as_bytes()), witness, place: masked(place) });
    batch.sessions.push(SessionFacts::new("claude-code", masked("s1"), session()));
    batch.events = events;
    for event in &mut batch.events {
        event.witness = witness;
    }
    batch
}

/// The same events in another session, with ids of its own.
pub(super) fn in_session(native: &str, mut batch: Batch<Masked>) -> Batch<Masked> {
    let key = SessionId::of("claude-code", native);
    let own = |id: EventId| id.conflicting(ContentHash(content(native)));
    batch.sessions = vec![SessionFacts::new("claude-code", masked(native), key)];
    for event in &mut batch.events {
        event.id = own(event.id);
        event.session = Some(key);
        event.turn = event.turn.map(own);
        if let Kind::ToolResult(result) = &mut event.kind {
            result.call = result.call.map(own);
        }
    }
    batch
}

/// The event in the thread of a sub-agent.
pub(super) fn in_thread(thread: &str, mut event: Event<Masked>) -> Event<Masked> {
    event.thread = Some(masked(thread));
    event
}

/// The event in the turn that `prompt` began.
pub(super) fn in_turn(prompt: &Event<Masked>, mut event: Event<Masked>) -> Event<Masked> {
    event.turn = Some(prompt.id);
    event
}

/// A call of the tool `name`.
pub(super) fn call_of(second: i64, name: &str, call: &str, input: &str) -> Event<Masked> {
    let mut event = tool_call(second, call, input);
    if let Kind::ToolCall(tool) = &mut event.kind {
        tool.name = masked(name);
    }
    event
}

/// The time that events count their seconds from.
pub(super) const EPOCH: i64 = 1_763_000_000_000_000;

pub(super) fn second(n: i64) -> Timestamp {
    Timestamp::from_micros(EPOCH + n * 1_000_000)
}

/// A finding of the value `value` in `event`.
pub(super) fn finding(value: &str, severity: Severity, event: EventId, span: Span) -> Finding {
    Finding {
        id: FindingId::of("aws_access_key", value.as_bytes()),
        rule: "aws_access_key".to_owned(),
        group: "cloud".to_owned(),
        severity,
        confidence: Confidence::High,
        event,
        span: Some(span),
        evidence: masked(format!("evidence of {value}")),
        why: masked("an AWS access key"),
        sealed: None,
    }
}

pub(super) fn event(id: EventId, second: i64, content: u64, kind: Kind<Masked>) -> Event<Masked> {
    Event {
        id,
        incomplete_key: false,
        at: Timestamp::from_micros(EPOCH + second * 1_000_000),
        seen_at: Timestamp::from_micros(1_763_100_000_000_000),
        witness: Witness::Transcript,
        position: second.unsigned_abs(),
        session: Some(session()),
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(content),
        kind,
    }
}

/// A cheap stand-in for the keyed hash.
pub(super) fn content(text: &str) -> u64 {
    text.bytes().fold(7, |hash, byte| hash * 31 % 1_000_003 + u64::from(byte)) + 1
}

pub(super) fn prompt(second: i64, text: &str) -> Event<Masked> {
    let hash = ContentHash(content(text));
    let id = NaturalKey::Prompt { session: session(), after: "", text: hash }.id();
    let mut event = event(id, second, hash.0, Kind::Prompt(Prompt { text: masked(text) }));
    event.turn = Some(id);
    event
}

pub(super) fn response(second: i64, message: &str, text: &str) -> Event<Masked> {
    let id = NaturalKey::Block { session: session(), message, index: 0 }.id();
    event(id, second, content(text), Kind::Response(Response { text: masked(text) }))
}

pub(super) fn tool_call(second: i64, call: &str, input: &str) -> Event<Masked> {
    let id = NaturalKey::ToolCall { session: session(), message: "m1", call }.id();
    let kind = Kind::ToolCall(ToolCall {
        name: masked("Bash"),
        input: masked(input),
        outcome: Outcome::Requested,
    });
    let mut event = event(id, second, content(input), kind);
    event.tool_call = Some(masked(call));
    event
}

pub(super) fn tool_result(second: i64, call: &str, text: &str, outcome: Outcome) -> Event<Masked> {
    let id = NaturalKey::ToolResult { session: session(), message: "m1", call }.id();
    let kind = Kind::ToolResult(ToolResult {
        call: Some(NaturalKey::ToolCall { session: session(), message: "m1", call }.id()),
        text: masked(text),
        outcome,
        denied_by: None,
    });
    let mut event = event(id, second, content(text), kind);
    event.tool_call = Some(masked(call));
    event
}

pub(super) fn model_call(second: i64, message: &str, output: u64, rank: CallRank) -> Event<Masked> {
    let id = NaturalKey::ModelCall { provider: "anthropic", message, request: "r" }.id();
    let kind = Kind::ModelCall(ModelCall {
        provider: "anthropic",
        model: masked("claude-sonnet"),
        message: masked(message),
        request: Some(masked("r")),
        stop_reason: None,
        usage: Usage { input: 100, output, ..Usage::default() },
        cost: Some(Cost {
            amount: Money::from_nano_usd(i64::try_from(output).unwrap() * 1000),
            estimated: true,
        }),
        rank,
        latency_us: None,
        first_byte_us: None,
        status: None,
    });
    event(id, second, 0, kind)
}

/// About 70 KB that hardly compress.
pub(super) fn noise(seed: u64) -> String {
    let mut text = String::new();
    for i in 0..4000_u64 {
        let number = (i * 7919 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        text.push_str(&number.to_string());
        text.push(' ');
    }
    text
}
