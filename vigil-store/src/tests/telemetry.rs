//! A client's telemetry beside its transcript and the proxy: it knows neither answers' ids nor what
//! tools were given, and nothing is counted twice for that, in whatever order the three tell.

use vigil_proto::{
    Batch, ContentHash, Cost, Event, Kind, KindName, Masked, Money, NaturalKey, Outcome, Witness,
    event::CallRank,
    report::{EventRow, UsageBy},
};

use super::parts::{Bench, batch, call_of, masked, model_call, session, tool_call, tool_result};

/// A call as its transcript or the proxy tells it.
fn whole(message: &str, request: &str, output: u64, rank: CallRank) -> Event<Masked> {
    let mut event = model_call(3, message, output, rank);
    event.id = NaturalKey::ModelCall { provider: "anthropic", message, request }.id();
    if let Kind::ModelCall(call) = &mut event.kind {
        call.request = Some(masked(request));
    }
    event
}

/// The same as telemetry tells it.
fn told(request: Option<&str>, output: u64, position: u64) -> Event<Masked> {
    let mut event = model_call(4, "", output, CallRank::Stopped);
    let key = format!("telemetry:call:{position}");
    event.id = match request {
        Some(request) => NaturalKey::ModelCall { provider: "anthropic", message: "", request }.id(),
        None => NaturalKey::Record { session: session(), record: &key }.id(),
    };
    event.incomplete_key = true;
    event.position = position;
    if let Kind::ModelCall(call) = &mut event.kind {
        call.request = request.map(masked);
        call.cost = Some(Cost { amount: Money::from_nano_usd(7_000), estimated: false });
    }
    event
}

/// What became of a tool call, as telemetry tells it.
fn fate(call: &str, name: &str, outcome: Outcome, position: u64) -> Event<Masked> {
    let mut event = call_of(5, name, call, "");
    event.id = NaturalKey::ToolCall { session: session(), message: "", call }.id();
    event.incomplete_key = true;
    event.position = position;
    event.content = ContentHash(0);
    if let Kind::ToolCall(tool) = &mut event.kind {
        tool.outcome = outcome;
    }
    event
}

fn refusal(call: &str, position: u64) -> Event<Masked> {
    let mut event = tool_result(5, call, "", Outcome::Denied);
    event.id = NaturalKey::ToolResult { session: session(), message: "", call }.id();
    event.incomplete_key = true;
    event.position = position;
    event.content = ContentHash(0);
    if let Kind::ToolResult(result) = &mut event.kind {
        result.call = None;
        result.denied_by = Some(masked("hook"));
    }
    event
}

/// Two calls of the model with the same tokens, one tool that ran and one that was refused.
fn tellings() -> [Batch<Masked>; 3] {
    let tools = || {
        vec![
            tool_call(3, "t1", r#"{"command":"true"}"#),
            tool_result(5, "t1", "done", Outcome::Executed),
            tool_call(3, "t2", r#"{"command":"rm"}"#),
            tool_result(5, "t2", "no", Outcome::Denied),
        ]
    };
    let transcript = [
        whole("m1", "r1", 3, CallRank::Partial),
        whole("m1", "r1", 50, CallRank::Stopped),
        whole("m2", "r2", 50, CallRank::Stopped),
    ];
    let proxy = [whole("m1", "r1", 50, CallRank::Wire), whole("m2", "r2", 50, CallRank::Wire)];
    let telemetry = vec![
        told(Some("r2"), 50, 1),
        told(Some("r1"), 50, 2),
        fate("t1", "Bash", Outcome::Executed, 3),
        fate("t2", "Bash", Outcome::Denied, 4),
        refusal("t2", 5),
    ];
    [
        batch(Witness::Transcript, transcript.into_iter().chain(tools()).collect()),
        batch(Witness::Proxy, proxy.into_iter().chain(tools()).collect()),
        batch(Witness::Telemetry, telemetry),
    ]
}

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

fn of(events: &[EventRow], kind: KindName) -> Vec<&EventRow> {
    events.iter().filter(|event| event.kind == kind).collect()
}

/// What became of the tool call `call`.
fn outcome(events: &[EventRow], call: &str) -> Outcome {
    let has_id =
        |event: &&&EventRow| event.tool_call.as_ref().is_some_and(|id| id.as_str() == call);
    of(events, KindName::ToolCall).iter().find(has_id).unwrap().outcome.unwrap()
}

#[test]
fn three_witnesses_tell_of_one_thing_in_any_order() {
    for order in ORDERS {
        let bench = Bench::new();
        for which in order.into_iter().chain(order) {
            bench.put(tellings()[which].clone());
        }

        let reader = bench.reader();
        let total = reader.usage(UsageBy::Model, "UTC").unwrap();
        assert_eq!((total.total.calls, total.total.output), (2, 100), "{order:?}");
        assert!((total.total.cost_usd - 14e-6).abs() < 1e-12, "{order:?}: the client's own figure");
        let events = bench.events();
        let counts = [KindName::ModelCall, KindName::ToolCall, KindName::ToolResult]
            .map(|kind| of(&events, kind).len());
        assert_eq!(counts, [2, 2, 2], "{order:?}: {events:#?}");
        for kind in [KindName::ModelCall, KindName::ToolCall] {
            for event in of(&events, kind) {
                assert_eq!(event.witnesses.len(), 3, "{order:?}: {event:#?}");
            }
        }
        let outcomes = ["t1", "t2"].map(|call| outcome(&events, call));
        assert_eq!(outcomes, [Outcome::Executed, Outcome::Denied], "{order:?}");
        assert_eq!(reader.sessions().unwrap().sessions[0].tool_calls, 2, "{order:?}");
        assert_eq!(reader.findings().unwrap().findings.len(), 0, "{order:?}: nothing contradicts");
        assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact, "{order:?}");
    }
}

#[test]
fn telemetry_alone_tells_calls_and_what_became_of_tools() {
    let bench = Bench::new();
    bench.put(tellings()[2].clone());
    bench.put(tellings()[2].clone());

    let reader = bench.reader();
    let total = reader.usage(UsageBy::Model, "UTC").unwrap().total;
    assert_eq!((total.calls, total.output, total.estimated), (2, 100, false));
    let events = bench.events();
    let outcomes = ["t1", "t2"].map(|call| outcome(&events, call));
    assert_eq!(outcomes, [Outcome::Executed, Outcome::Denied]);
}

#[test]
fn a_call_whose_request_is_another_is_another_call() {
    for telemetry_first in [true, false] {
        let bench = Bench::new();
        let telemetry = || batch(Witness::Telemetry, vec![told(Some("r9"), 50, 1)]);
        let proxy = || batch(Witness::Proxy, vec![whole("m1", "r1", 50, CallRank::Wire)]);
        let both: [Batch<Masked>; 2] =
            if telemetry_first { [telemetry(), proxy()] } else { [proxy(), telemetry()] };
        for batch in both {
            bench.put(batch);
        }

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!(total.calls, 2, "{telemetry_first}");
    }
}

/// Codex names no request, and an old version's transcript no answer.
#[test]
fn calls_that_no_witness_can_name_are_known_again_by_their_tokens() {
    let nameless = || {
        let mut call = told(None, 50, 70);
        call.id = NaturalKey::Record { session: session(), record: "turn+150" }.id();
        batch(Witness::Transcript, vec![call])
    };
    let telemetry = || batch(Witness::Telemetry, vec![told(None, 50, 1)]);
    let proxy = || batch(Witness::Proxy, vec![whole("m1", "r1", 50, CallRank::Wire)]);
    for order in ORDERS {
        let bench = Bench::new();
        for which in order.into_iter().chain(order) {
            bench.put([nameless(), proxy(), telemetry()][which].clone());
        }

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!((total.calls, total.output), (1, 50), "{order:?}");
        assert_eq!(bench.events().len(), 1, "{order:?}");
    }
}

#[test]
fn what_is_told_alike_of_writes_to_a_cache_is_no_difference() {
    let bench = Bench::new();
    let mut hour = whole("m1", "r1", 50, CallRank::Stopped);
    let mut sum = told(Some("r1"), 50, 1);
    for (event, tier) in [(&mut hour, true), (&mut sum, false)] {
        if let Kind::ModelCall(call) = &mut event.kind {
            call.usage.cache_write_1h = if tier { 30 } else { 0 };
            call.usage.cache_write_5m = if tier { 0 } else { 30 };
        }
    }
    bench.put(batch(Witness::Telemetry, vec![sum]));
    bench.put(batch(Witness::Transcript, vec![hour]));

    let status = bench.reader().status().unwrap();
    assert!(!status.drops.contains_key("usage-difference"), "{:?}", status.drops);
    let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
    assert_eq!((total.calls, total.cache_write), (1, 30));
}
