//! Witnesses that do not know the provider's ids: one row with what the other witness saw.

use vigil_proto::{
    Cost, Event, EventId, Kind, KindName, Masked, Money, Outcome, SessionFacts, SessionId, Witness,
    event::CallRank, report::UsageBy,
};

use super::parts::{self, Bench, batch, masked, model_call, prompt, tool_call, tool_result};

/// What a client tells that keeps ids of its own: the call `own`, at `position` of its file.
fn told(own: &str, output: u64, position: u64) -> Event<Masked> {
    let mut event = model_call(3, own, output, CallRank::Stopped);
    event.incomplete_key = true;
    event.position = position;
    if let Kind::ModelCall(call) = &mut event.kind {
        call.message = masked("");
        call.request = None;
        call.cost = Some(Cost { amount: Money::from_nano_usd(70), estimated: false });
    }
    event
}

fn seen(message: &str, output: u64) -> Event<Masked> {
    let mut event = model_call(2, message, output, CallRank::Wire);
    if let Kind::ModelCall(call) = &mut event.kind {
        call.cost = Some(Cost { amount: Money::from_nano_usd(99), estimated: true });
    }
    event
}

#[test]
fn a_call_is_known_again_by_its_tokens_whoever_tells_first() {
    for transcript_first in [true, false] {
        let bench = Bench::new();
        let transcript = || batch(Witness::Transcript, vec![told("own_1", 50, 7)]);
        let proxy = || batch(Witness::Proxy, vec![seen("m1", 50)]);
        if transcript_first {
            bench.put(transcript());
            bench.put(proxy());
        } else {
            bench.put(proxy());
            bench.put(transcript());
        }
        // Read again, as after a file was replaced.
        bench.put(transcript());
        bench.put(proxy());

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!((total.calls, total.output), (1, 50), "{transcript_first}");
        assert!(
            (total.cost_usd - 70e-9).abs() < 1e-12,
            "the client's own figure: {}",
            total.cost_usd
        );
        assert!(!total.estimated);
        let events = bench.events();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].witnesses, ["transcript", "proxy"]);
    }
}

#[test]
fn a_call_that_the_other_witness_put_into_another_session_is_counted_once() {
    for transcript_first in [true, false] {
        let bench = Bench::new();
        let transcript = || batch(Witness::Transcript, vec![told("own_1", 50, 7)]);
        let elsewhere = SessionId::of("claude-code", "made up by the proxy");
        let proxy = || {
            let mut seen = seen("m1", 50);
            seen.session = Some(elsewhere);
            let mut batch = batch(Witness::Proxy, vec![seen]);
            let facts = SessionFacts::new("claude-code", masked("flow-made-up"), elsewhere);
            batch.sessions.push(facts);
            batch
        };
        if transcript_first {
            bench.put(transcript());
            bench.put(proxy());
        } else {
            bench.put(proxy());
            bench.put(transcript());
        }
        bench.put(transcript());
        bench.put(proxy());

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!((total.calls, total.output), (1, 50), "{transcript_first}");
        assert_eq!(bench.events()[0].witnesses.len(), 2);
    }
}

/// Both clients' words name their sessions: neither can mean the other's call.
#[test]
fn calls_of_two_named_sessions_stay_two_however_alike() {
    let other = SessionId::of("claude-code", "another that it names");
    for telemetry_first in [true, false] {
        let bench = Bench::new();
        let telemetry = || batch(Witness::Telemetry, vec![told("own_1", 50, 7)]);
        let transcript = || {
            let mut seen = seen("m1", 50);
            seen.session = Some(other);
            let mut batch = batch(Witness::Transcript, vec![seen]);
            let facts = SessionFacts::new("claude-code", masked("another"), other);
            batch.sessions.push(facts);
            batch
        };
        let both =
            if telemetry_first { [telemetry(), transcript()] } else { [transcript(), telemetry()] };
        for batch in both.iter().chain(&both) {
            bench.put(batch.clone());
        }

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!((total.calls, total.output), (2, 100), "{telemetry_first}");
    }
}

#[test]
fn two_calls_with_the_same_tokens_stay_two() {
    for transcript_first in [true, false] {
        let bench = Bench::new();
        let both = || batch(Witness::Transcript, vec![told("own_1", 50, 7), told("own_2", 50, 9)]);
        let proxy = || batch(Witness::Proxy, vec![seen("m1", 50), seen("m2", 50)]);
        if transcript_first {
            bench.put(both());
            bench.put(proxy());
        } else {
            bench.put(proxy());
            bench.put(both());
        }
        bench.put(both());

        let total = bench.reader().usage(UsageBy::Model, "UTC").unwrap().total;
        assert_eq!((total.calls, total.output), (2, 100), "{transcript_first}");
        assert!(bench.events().iter().all(|event| event.witnesses.len() == 2));
    }
}

#[test]
fn a_command_that_is_given_again_is_another_call() {
    let bench = Bench::new();
    bench.put(batch(Witness::Proxy, vec![tool_call(1, "c1", "{}")]));
    let mut again = tool_call(2, "c2", "{}");
    again.incomplete_key = true;

    for _ in 0..2 {
        bench.put(batch(Witness::Transcript, vec![again.clone()]));
    }

    assert_eq!(bench.events().len(), 2);
}

#[test]
fn a_result_settles_the_call_that_the_other_witness_told() {
    let bench = Bench::new();
    bench.put(batch(Witness::Proxy, vec![tool_call(1, "c1", "{}")]));
    let mut call = tool_call(2, "c1", "{}");
    let mut result = tool_result(3, "c1", "refused", Outcome::Denied);
    call.id = EventId::from_bytes([9; 16]);
    result.id = EventId::from_bytes([8; 16]);
    if let Kind::ToolResult(result) = &mut result.kind {
        result.call = Some(call.id);
    }
    call.incomplete_key = true;
    result.incomplete_key = true;

    bench.put(batch(Witness::Transcript, vec![call, result]));

    let events = bench.events();
    let calls: Vec<_> = events.iter().filter(|event| event.kind == KindName::ToolCall).collect();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Some(Outcome::Denied));
}

#[test]
fn a_whole_key_that_waits_already_is_of_the_row_that_has_it() {
    let bench = Bench::new();
    let mut other = prompt(1, "go on");
    other.id = EventId::from_bytes([9; 16]);
    let mut own = prompt(2, "go on");
    (other.incomplete_key, own.incomplete_key) = (true, true);
    bench.put(batch(Witness::Transcript, vec![other, own.clone()]));

    own.incomplete_key = false;
    bench.put(batch(Witness::Proxy, vec![own]));

    let told: Vec<_> = bench.events().iter().map(|event| event.witnesses.len()).collect();
    assert_eq!(told, [1, 2]);
}

#[test]
fn one_without_a_session_waits_for_nothing_and_keeps_nobody_from_opening_the_store() {
    let bench = Bench::new();
    let mut event = told("own_1", 50, 7);
    event.session = None;
    bench.put(batch(Witness::Transcript, vec![event, told("own_2", 60, 9)]));
    let Bench { dir, store, .. } = bench;
    drop(store);

    let (store, damage) = parts::open(dir.path());

    assert_eq!(damage, None);
    let bench = Bench { dir, writer: store.writer(), store };
    bench.put(batch(Witness::Proxy, vec![seen("m2", 60)]));
    assert_eq!(bench.events().len(), 2);
}
