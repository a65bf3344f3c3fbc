//! Records a small history into the store of a test's home: two sessions, one of them seen by two
//! witnesses, with texts that mean the terminal harm.

use vigil_proto::{
    Batch, Confidence, ContentHash, Cost, Event, EventId, Finding, FindingId, Kind, Masked, Money,
    NaturalKey, Outcome, SessionFacts, SessionId, Severity, Source, SourceId, Span, Timestamp,
    Usage, Witness,
    batch::TitleRank,
    event::{CallRank, Field, Gap, ModelCall, Prompt, Response, ToolCall, ToolResult},
};
use vigil_store::{Options, Store};

use crate::home::Home;

/// The ids of the two sessions, newest first.
pub(crate) const SESSIONS: [&str; 2] = ["bbbb2222-two", "aaaa1111-one"];
/// A title that would clear the screen and turn what follows around.
pub(crate) const HOSTILE: &str = "fix \u{1b}[2J\u{202e}the\nbuild";
/// 2025-11-22T10:00:00Z.
const START: i64 = 1_763_805_600_000_000;

/// What a test wants to know about what was recorded.
pub(crate) struct Recorded {
    pub(crate) finding: FindingId,
}

/// Fills the store of `home`.
pub(crate) fn record(home: &Home) -> Recorded {
    let (store, damage) =
        Store::open(&home.path("vigil/data"), Options::default(), Box::new(|_| ())).unwrap();
    assert!(damage.is_none());
    let writer = store.writer();

    let one = Conversation::new(SESSIONS[1], 0);
    let mut batch = one.batch(Witness::Transcript);
    batch.sessions[0].title = Some((TitleRank::Summary, text(HOSTILE)));
    batch.sessions[0].cwd = Some(text("/home/dev/shop"));
    batch.sessions[0].version = Some(text("2.1.330"));
    let (evidence, finding) = Conversation::finding(&batch);
    writer.submit(batch, vec![evidence]).unwrap();
    writer.submit(one.seen_by_proxy(), Vec::new()).unwrap();

    let two = Conversation::new(SESSIONS[0], 86_400);
    let mut batch = two.batch(Witness::Transcript);
    batch.sessions[0].parent = Some(one.session);
    batch.count("drop.queue-full", 2);
    batch.events.push(two.event(
        9,
        NaturalKey::Occurrence { source: batch.source.id, number: 1, what: "gap" }.id(),
        Kind::Gap(Gap { reason: "line-too-long", detail: text("a line"), bytes: Some(9) }),
    ));
    writer.submit(batch, Vec::new()).unwrap();

    writer.flush().unwrap();
    store.close().unwrap();
    Recorded { finding }
}

fn text(text: &str) -> Masked {
    Masked::from_scan(text.to_owned())
}

fn hash(text: &str) -> ContentHash {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    ContentHash(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
}

/// One prompt, one answer with a tool call, its result, and what the calls cost.
struct Conversation {
    native: &'static str,
    session: SessionId,
    /// Seconds after [`START`].
    begin: i64,
}

impl Conversation {
    fn new(native: &'static str, begin: i64) -> Self {
        Self { native, session: SessionId::of("claude-code", native), begin }
    }

    fn empty(&self, witness: Witness) -> Batch<Masked> {
        let place = format!("/{witness}/{}", self.native);
        let source = Source { id: SourceId::of(place.as_bytes()), witness, place: text(&place) };
        let mut batch = Batch::new(source);
        batch.sessions.push(SessionFacts::new("claude-code", text(self.native), self.session));
        batch
    }

    fn batch(&self, witness: Witness) -> Batch<Masked> {
        let mut batch = self.empty(witness);
        let session = self.session;
        let message = format!("msg_{}", self.native);
        let asked = "please deploy the payment service";
        let prompt = NaturalKey::Prompt { session, after: "", text: hash(asked) }.id();
        let call = NaturalKey::ToolCall { session, message: &message, call: "toolu_1" }.id();
        let result = NaturalKey::ToolResult { session, message: &message, call: "toolu_1" }.id();
        let answer = NaturalKey::Block { session, message: &message, index: 0 }.id();
        let output = "key [[vigil:aws_access_key:AKIA..WXYZ:0011223344556677]] \u{1b}]0;x\u{7}";

        let kinds = [
            (prompt, Kind::Prompt(Prompt { text: text(asked) })),
            (answer, Kind::Response(Response { text: text("deploying") })),
            (
                call,
                Kind::ToolCall(ToolCall {
                    name: text("Bash"),
                    input: text("{\"command\":\"make deploy\"}"),
                    outcome: Outcome::Requested,
                }),
            ),
            (
                result,
                Kind::ToolResult(ToolResult {
                    call: Some(call),
                    text: text(output),
                    outcome: Outcome::Executed,
                    denied_by: None,
                }),
            ),
            (self.call_id(), self.model_call(CallRank::Stopped)),
        ];
        for (at, (id, kind)) in (0..).zip(kinds) {
            let mut event = self.event(at, id, kind);
            event.turn = Some(prompt);
            batch.events.push(event);
        }
        batch
    }

    /// The answer and its cost once more, by an independent witness.
    fn seen_by_proxy(&self) -> Batch<Masked> {
        let mut batch = self.batch(Witness::Proxy);
        batch.events.retain(|event| matches!(event.kind, Kind::Response(_) | Kind::ModelCall(_)));
        for event in &mut batch.events {
            event.witness = Witness::Proxy;
            if let Kind::ModelCall(call) = &mut event.kind {
                call.rank = CallRank::Wire;
            }
        }
        batch
    }

    fn call_id(&self) -> EventId {
        let message = format!("msg_{}", self.native);
        NaturalKey::ModelCall { provider: "anthropic", message: &message, request: "req_1" }.id()
    }

    fn model_call(&self, rank: CallRank) -> Kind<Masked> {
        Kind::ModelCall(ModelCall {
            provider: "anthropic",
            model: text("claude-test-1"),
            message: text(&format!("msg_{}", self.native)),
            request: Some(text("req_1")),
            stop_reason: Some(text("end_turn")),
            usage: Usage {
                input: 1680,
                cache_read: 8900,
                cache_write_5m: 1190,
                cache_write_1h: 0,
                output: 305,
                reasoning: 5,
            },
            cost: Some(Cost { amount: Money::from_nano_usd(12_500_000), estimated: true }),
            rank,
            latency_us: None,
            first_byte_us: None,
            status: None,
        })
    }

    fn event(&self, at: i64, id: EventId, kind: Kind<Masked>) -> Event<Masked> {
        let content = match &kind {
            Kind::ModelCall(_) => ContentHash(0),
            other => hash(&format!("{other:?}")),
        };
        let at = Timestamp::from_micros(START + (self.begin + at) * 1_000_000);
        Event {
            id,
            incomplete_key: false,
            at,
            seen_at: at,
            witness: Witness::Transcript,
            position: u64::try_from(at.as_micros()).unwrap(),
            session: Some(self.session),
            thread: None,
            turn: None,
            tool_call: None,
            process: None,
            content,
            kind,
        }
    }

    /// The key in the tool's result.
    fn finding(batch: &Batch<Masked>) -> (Finding, FindingId) {
        let event =
            batch.events.iter().find(|event| matches!(event.kind, Kind::ToolResult(_))).unwrap();
        let id = FindingId::of("aws_access_key", b"fingerprint");
        let finding = Finding {
            id,
            rule: "aws_access_key".to_owned(),
            group: "cloud".to_owned(),
            severity: Severity::High,
            confidence: Confidence::High,
            event: event.id,
            span: Some(Span { field: Field::Text, start: 4, end: 56 }),
            evidence: text("[[vigil:aws_access_key:AKIA..WXYZ:0011223344556677]]"),
            why: text("An AWS access key stands in a tool's result."),
            sealed: None,
        };
        (finding, id)
    }
}
