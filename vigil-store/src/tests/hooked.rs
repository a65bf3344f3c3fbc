//! What hooks tell of tool calls beside a transcript: with the call's id and without it, before the
//! transcript and after it; and what they did not tell of.

use vigil_proto::{
    Batch, ContentHash, Event, Kind, KindName, Masked, NaturalKey, Outcome, Witness,
};

use super::parts::{Bench, batch, call_of, second, session, tool_result};

const INPUT: &str = r#"{"command":"true"}"#;

/// A call as its transcript tells it; `whole`: with the id of the answer that asked for it.
fn told(call: &str, whole: bool) -> [Event<Masked>; 2] {
    let mut event = call_of(3, "Bash", call, INPUT);
    if !whole {
        event.id = NaturalKey::ToolCall { session: session(), message: "", call }.id();
        event.incomplete_key = true;
    }
    let mut result = tool_result(4, call, "done", Outcome::Executed);
    if let Kind::ToolResult(result) = &mut result.kind {
        result.call = Some(event.id);
    }
    [event, result]
}

/// The same as a hook tells it, which may know its id.
fn hooked(call: Option<&str>, position: u64) -> Event<Masked> {
    let mut event = call_of(3, "Bash", call.unwrap_or("none"), INPUT);
    let record = format!("hook:{position}");
    event.id = match call {
        Some(call) => NaturalKey::ToolCall { session: session(), message: "", call }.id(),
        None => NaturalKey::Record { session: session(), record: &record }.id(),
    };
    if call.is_some() {
        event.content = ContentHash(0);
    } else {
        event.tool_call = None;
    }
    event.incomplete_key = true;
    event.position = position;
    event
}

fn by(witness: Witness, events: impl IntoIterator<Item = Event<Masked>>) -> Batch<Masked> {
    batch(witness, events.into_iter().collect())
}

/// How many tool calls there are, and how many of them both told of.
fn calls(bench: &Bench) -> (usize, usize) {
    let events = bench.events();
    let calls: Vec<_> = events.iter().filter(|event| event.kind == KindName::ToolCall).collect();
    let both = calls.iter().filter(|call| call.witnesses.len() == 2).count();
    (calls.len(), both)
}

#[test]
fn a_hook_and_a_transcript_tell_of_one_call_in_any_order() {
    for whole in [true, false] {
        for named in [true, false] {
            for hook_first in [true, false] {
                let bench = Bench::new();
                let transcript = || {
                    let all = ["t1", "t2"].map(|call| told(call, whole)).into_iter().flatten();
                    by(Witness::Transcript, all)
                };
                let hook = || {
                    let id = |call| named.then_some(call);
                    by(Witness::Hook, [hooked(id("t1"), 1), hooked(id("t2"), 2)])
                };
                let orders = if hook_first {
                    [hook(), transcript(), hook(), transcript()]
                } else {
                    [transcript(), hook(), transcript(), hook()]
                };
                for batch in orders {
                    bench.put(batch);
                }

                let case = format!("whole {whole}, named {named}, hook first {hook_first}");
                assert_eq!(calls(&bench), (2, 2), "{case}: {:#?}", bench.events());
                let reader = bench.reader();
                assert_eq!(reader.sessions().unwrap().sessions[0].tool_calls, 2, "{case}");
                assert!(reader.findings().unwrap().findings.is_empty(), "{case}");
                assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact, "{case}");
            }
        }
    }
}

/// The call at another time.
fn at(mut event: Event<Masked>, secs: i64) -> Event<Masked> {
    event.at = second(secs);
    event
}

#[test]
fn of_two_equal_calls_a_hook_tells_of_the_one_of_its_own_time() {
    for [asked, seen] in [[8_000, 8_001], [300, 240]] {
        for hook_first in [true, false] {
            let bench = Bench::new();
            let [first, _] = told("t1", true);
            let [second_one, _] = told("t2", true);
            let transcript = by(Witness::Transcript, [at(first, 3), at(second_one, seen)]);
            let hook = by(Witness::Hook, [at(hooked(None, 1), asked)]);
            let orders =
                if hook_first && asked > 600 { [hook, transcript] } else { [transcript, hook] };
            for batch in orders {
                bench.put(batch);
            }

            let case = format!("asked at {asked}, hook first {hook_first}");
            let events = bench.events();
            let both: Vec<_> =
                events.iter().filter(|event| event.witnesses.len() == 2).map(|e| e.at).collect();
            assert_eq!(both.len(), 1, "{case}: {events:#?}");
            assert_eq!(calls(&bench).0, 2, "{case}");
            let other = events.iter().find(|event| event.witnesses.len() == 1).unwrap();
            assert_eq!(other.at, second(3), "{case}");
        }
    }
}

#[test]
fn a_hook_the_proxy_without_a_whole_key_and_the_transcript_tell_of_one_call() {
    let bench = Bench::new();
    bench.put(by(Witness::Hook, [hooked(None, 1)]));
    bench.put(by(Witness::Proxy, [told("t1", false)[0].clone()]));
    bench.put(by(Witness::Transcript, told("t1", true)));

    let events = bench.events();
    let calls: Vec<_> = events.iter().filter(|event| event.kind == KindName::ToolCall).collect();
    assert_eq!(calls.len(), 1, "{events:#?}");
    assert_eq!(calls[0].witnesses.len(), 3, "{events:#?}");
}

#[test]
fn a_command_that_failed_or_was_cut_off_ran_as_well() {
    for outcome in [Outcome::Failed, Outcome::Interrupted] {
        let bench = Bench::new();
        let [call, mut result] = told("t1", true);
        if let Kind::ToolResult(result) = &mut result.kind {
            result.outcome = outcome;
        }
        bench.put(by(Witness::Transcript, [call, result]));

        let unasked =
            bench.reader().unasked("claude-code", second(0), second(0), second(9)).unwrap();
        assert_eq!(unasked.len(), 1, "{outcome:?}");
    }
}

#[test]
fn a_command_that_ran_without_its_hook_is_told() {
    let bench = Bench::new();
    bench.put(by(
        Witness::Transcript,
        ["t1", "t2"].map(|call| told(call, true)).into_iter().flatten(),
    ));
    let unasked = |since, until| {
        bench.reader().unasked("claude-code", second(0), second(since), second(until)).unwrap()
    };
    let of = |since, until| unasked(since, until).iter().map(|row| row.commands).sum::<u64>();

    assert_eq!(of(0, 9), 2);
    assert_eq!(unasked(0, 9)[0].at, second(3));
    assert_eq!((of(0, 2), of(4, 9)), (0, 0), "outside of that time");
    let later = bench.reader().unasked("claude-code", second(4), second(0), second(9)).unwrap();
    assert!(later.is_empty(), "a session that was begun before");
    assert!(bench.reader().unasked("codex", second(0), second(0), second(9)).unwrap().is_empty());

    bench.put(by(Witness::Hook, [hooked(Some("t1"), 1)]));
    assert_eq!(of(0, 9), 1);
    bench.put(by(Witness::Hook, [hooked(Some("t2"), 2)]));
    assert_eq!(of(0, 9), 0);
}

#[test]
fn a_command_that_was_refused_asked_nobody() {
    let bench = Bench::new();
    let [call, mut result] = told("t1", true);
    if let Kind::ToolResult(result) = &mut result.kind {
        result.outcome = Outcome::Denied;
    }
    bench.put(by(Witness::Transcript, [call, result]));

    let unasked = bench.reader().unasked("claude-code", second(0), second(0), second(9)).unwrap();
    assert!(unasked.is_empty());
}
