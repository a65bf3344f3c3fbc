//! Sightings of the same thing: witnesses, conflicts, usage, outcomes, in any order.

use proptest::prelude::*;
use vigil_proto::{
    ContentHash, Cost, Event, EventId, Kind, KindName, Masked, Money, Outcome, SessionFacts,
    SessionId, Severity, SourceId, Subagent, Usage, Witness, event::CallRank, report::UsageBy,
};

use super::parts::{
    Bench, batch, content, in_thread, in_turn, masked, model_call, prompt, response, session,
    tool_call, tool_result,
};

#[test]
fn a_second_witness_adds_itself_and_nothing_else() {
    let bench = Bench::new();
    let told = || vec![prompt(1, "hello"), model_call(2, "m1", 5, CallRank::Stopped)];

    bench.put(batch(Witness::Transcript, told()));
    bench.put(batch(Witness::Proxy, told()));
    bench.put(batch(Witness::Proxy, told()));

    let events = bench.events();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.witnesses == ["transcript", "proxy"]));
    let reader = bench.reader();
    assert_eq!(reader.usage(UsageBy::Model, "UTC").unwrap().total.calls, 1);
    assert_eq!(reader.status().unwrap().clients[0].witnesses[&Witness::Proxy].count, 2);
}

#[test]
fn a_contradiction_keeps_both_contents_and_is_a_finding_once() {
    let bench = Bench::new();

    bench.put(batch(Witness::Proxy, vec![response(1, "m1", "what was said")]));
    for _ in 0..2 {
        bench.put(batch(Witness::Transcript, vec![response(2, "m1", "what was forged")]));
    }

    let events = bench.events();
    let texts: Vec<_> = events.iter().map(|e| e.text.as_ref().unwrap().as_str()).collect();
    assert_eq!(texts, ["what was said", "what was forged"]);
    assert_eq!(events[1].conflicts_with, Some(events[0].id));
    let findings = bench.reader().findings().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].rule.as_str(), findings[0].severity),
        ("witness-conflict", Severity::High)
    );
    assert!(findings[0].why.as_str().contains("proxy and transcript"));
}

#[test]
fn the_same_witness_contradicting_itself_is_less_severe() {
    let bench = Bench::new();

    bench.put(batch(Witness::Transcript, vec![response(1, "m1", "one thing")]));
    bench.put(batch(Witness::Transcript, vec![response(2, "m1", "another")]));

    assert_eq!(bench.reader().findings().unwrap().findings[0].severity, Severity::Medium);
}

#[test]
fn the_wire_figure_counts_and_the_other_is_kept() {
    let bench = Bench::new();

    bench.put(batch(Witness::Transcript, vec![model_call(1, "m1", 7, CallRank::Partial)]));
    bench.put(batch(Witness::Transcript, vec![model_call(2, "m1", 40, CallRank::Stopped)]));
    bench.put(batch(Witness::Proxy, vec![model_call(1, "m1", 50, CallRank::Wire)]));
    bench.put(batch(Witness::Transcript, vec![model_call(3, "m1", 40, CallRank::Stopped)]));

    let total = bench.reader().usage(UsageBy::Day, "UTC").unwrap().total;
    assert_eq!((total.calls, total.output), (1, 50));
    let event = bench.events().remove(0);
    assert_eq!(event.detail["other_usage"][0]["output"], 40);
    assert_eq!(bench.reader().status().unwrap().counts["usage-difference"], 1);
}

#[test]
fn a_result_settles_its_call_in_either_order() {
    for result_first in [false, true] {
        let bench = Bench::new();
        let call = batch(Witness::Transcript, vec![tool_call(1, "t1", "{}")]);
        let result = batch(Witness::Transcript, vec![tool_result(2, "t1", "no", Outcome::Denied)]);

        let (first, second) = if result_first { (result, call) } else { (call, result) };
        bench.put(first);
        bench.put(second);

        assert_eq!(bench.events()[0].outcome, Some(Outcome::Denied), "{result_first}");
    }
}

#[test]
fn who_refused_a_call_is_known_whoever_tells_first_that_it_failed() {
    for proxy_first in [false, true] {
        let bench = Bench::new();
        let mut refused = tool_result(2, "t1", "no", Outcome::Denied);
        if let Kind::ToolResult(result) = &mut refused.kind {
            result.denied_by = Some(masked("hook"));
        }
        let client = vec![tool_call(1, "t1", "{}"), refused];
        let seen = vec![tool_call(1, "t1", "{}"), tool_result(2, "t1", "no", Outcome::Failed)];
        let told = [batch(Witness::Transcript, client), batch(Witness::Proxy, seen)];

        let (first, second) = if proxy_first { (1, 0) } else { (0, 1) };
        bench.put(told[first].clone());
        bench.put(told[second].clone());

        let events = bench.events();
        let outcomes: Vec<_> = events.iter().map(|event| event.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Denied); 2], "{proxy_first}");
        assert_eq!(events[1].detail["denied_by"], "hook", "{proxy_first}");
    }
}

#[test]
fn what_is_asked_beside_a_conversation_is_no_turn_of_it() {
    let bench = Bench::new();
    let title = in_thread("aside", prompt(1, "a title, please"));
    let asked = in_turn(&title, in_thread("aside", response(2, "m1", "hello")));
    let mut call = in_thread("aside", model_call(2, "m1", 5, CallRank::Wire));
    call.turn = Some(title.id);
    bench.put(batch(Witness::Proxy, vec![title, asked, call]));
    bench.put(batch(Witness::Proxy, vec![prompt(3, "hello?"), response(4, "m2", "hello")]));

    // The client does not keep its provider's ids.
    let mut own = response(4, "own", "hello");
    own.incomplete_key = true;
    bench.put(batch(Witness::Transcript, vec![prompt(3, "hello?"), own]));

    let row = bench.reader().sessions().unwrap().sessions.remove(0);
    assert_eq!((row.turns, row.messages), (1, 1));
    let events = bench.events();
    let by_both: Vec<_> =
        events.iter().filter(|event| event.witnesses.len() == 2).map(|event| event.at).collect();
    assert_eq!(by_both, [super::parts::second(3), super::parts::second(4)]);
    assert_eq!((events[3].kind, events[3].turn), (KindName::Prompt, Some(1)));
}

#[test]
fn a_transcript_knows_what_is_part_of_a_conversation() {
    for transcript_first in [false, true] {
        let bench = Bench::new();
        let told = || vec![prompt(1, "hello?"), response(2, "m1", "hello")];
        let seen = told().into_iter().map(|event| in_thread("aside", event)).collect();
        let mut batches = [batch(Witness::Proxy, seen), batch(Witness::Transcript, told())];
        if transcript_first {
            batches.reverse();
        }
        for batch in batches {
            bench.put(batch);
        }

        assert_eq!(bench.reader().sessions().unwrap().sessions[0].turns, 1, "{transcript_first}");
        let events = bench.events();
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|event| event.thread.is_none()), "{transcript_first}");
        assert!(events.iter().all(|event| event.witnesses.len() == 2), "{transcript_first}");
    }
}

#[test]
fn what_was_no_aside_gives_its_number_back() {
    let bench = Bench::new();
    bench.put(batch(Witness::Proxy, vec![in_thread("aside", prompt(1, "hello?"))]));
    bench.put(batch(Witness::Transcript, vec![prompt(1, "hello?")]));
    bench.put(batch(Witness::Transcript, vec![in_thread("sub", prompt(2, "look"))]));
    bench.put(batch(Witness::Transcript, vec![prompt(3, "go on")]));

    let turns: Vec<_> = bench.events().iter().map(|event| event.turn).collect();
    assert_eq!(turns, [Some(1), Some(1), Some(2)]);
}

#[test]
fn a_witness_without_the_whole_key_joins_the_event_in_either_order() {
    for incomplete_first in [false, true] {
        let bench = Bench::new();
        let whole = batch(Witness::Transcript, vec![prompt(1, "go on")]);
        let mut event = prompt(1, "go on");
        event.id = EventId::from_bytes([9; 16]);
        event.turn = Some(event.id);
        event.incomplete_key = true;
        let part = batch(Witness::Proxy, vec![event]);

        let order = if incomplete_first { [part.clone(), whole] } else { [whole, part.clone()] };
        for batch in order {
            bench.put(batch);
        }
        bench.put(part);

        let events = bench.events();
        assert_eq!(events.len(), 1, "{incomplete_first}");
        assert_eq!(events[0].id, prompt(1, "go on").id);
        assert_eq!((events[0].witnesses.len(), events[0].turn), (2, Some(1)));
        assert_eq!(bench.reader().sessions().unwrap().sessions[0].turns, 1);
    }
}

#[test]
fn a_sub_agents_events_stand_in_the_turn_that_started_it() {
    for link_first in [false, true] {
        let bench = Bench::new();
        let mut start = tool_call(3, "t1", "{}");
        start.turn = Some(prompt(2, "second").id);
        let main = batch(Witness::Transcript, vec![prompt(1, "first"), prompt(2, "second"), start]);
        let mut asked = prompt(4, "asked by the agent");
        asked.thread = Some(masked("a1"));
        let mut side = batch(Witness::Transcript, vec![asked]);
        side.subagents.push(Subagent {
            session: session(),
            thread: masked("a1"),
            started_by: Some(masked("t1")),
            agent_type: Some(masked("explore")),
        });

        let order = if link_first { [side, main] } else { [main, side] };
        for batch in order {
            bench.put(batch);
        }

        let events = bench.events();
        assert_eq!(events.last().unwrap().turn, Some(2), "{link_first}");
        let row = bench.reader().sessions().unwrap().sessions.remove(0);
        assert_eq!((row.turns, row.subagents.len()), (2, 1));
    }
}

#[test]
fn a_prompt_that_turns_out_to_be_a_sub_agents_is_no_turn_of_the_user() {
    let bench = Bench::new();
    let asked = prompt(4, "asked by the agent");
    let mut told_with_its_thread = asked.clone();
    told_with_its_thread.thread = Some(masked("a1"));

    // The proxy knows no threads; the transcript does.
    bench.put(batch(Witness::Proxy, vec![prompt(1, "first"), asked]));
    for _ in 0..2 {
        bench.put(batch(Witness::Transcript, vec![told_with_its_thread.clone()]));
    }
    bench.put(batch(Witness::Proxy, vec![prompt(5, "second")]));

    assert_eq!(bench.reader().sessions().unwrap().sessions[0].turns, 2);
    let second = bench.events().pop().unwrap();
    assert_eq!(second.turn, Some(2));
}

#[test]
fn an_answer_that_another_session_repeats_is_counted_once() {
    let bench = Bench::new();
    let other = SessionId::of("claude-code", "s2");
    let mut again = model_call(9, "m1", 5, CallRank::Stopped);
    again.session = Some(other);
    let mut fork = batch(Witness::Transcript, vec![again]);
    fork.source.id = SourceId::of(b"/another/file");
    fork.sessions = vec![SessionFacts::new("claude-code", masked("s2"), other)];
    fork.sessions[0].parent = Some(session());

    bench.put(batch(Witness::Transcript, vec![model_call(1, "m1", 5, CallRank::Stopped)]));
    bench.put(fork);

    let rows = bench.reader().sessions().unwrap().sessions;
    let fork = rows.iter().find(|row| row.id.as_str() == "s2").unwrap();
    assert_eq!((fork.messages, fork.usage.calls), (0, 0));
    assert_eq!(fork.parent, Some(masked("s1")));
    assert_eq!(bench.reader().usage(UsageBy::Client, "UTC").unwrap().total.calls, 1);
}

/// Every way in which a handful of things can be sighted.
fn sighting() -> impl Strategy<Value = (Witness, Event<Masked>)> {
    let witness = prop_oneof![Just(Witness::Transcript), Just(Witness::Proxy)];
    let event = prop_oneof![
        (0_i64..4).prop_map(|n| prompt(n, &format!("prompt {n}"))),
        (0_i64..4).prop_map(|n| tool_call(n, &format!("t{n}"), "{}")),
        (0_i64..4).prop_map(|n| tool_result(n, &format!("t{n}"), "done", Outcome::Executed)),
        (0_i64..3, 0_u64..3, 0_usize..3).prop_map(|(n, output, rank)| {
            // The rank goes with the witness, as it does outside; `output` is what differs.
            let rank = CallRank::ALL[rank];
            let mut event = model_call(n, &format!("m{n}"), output, rank);
            event.position = output;
            event
        }),
        (0_i64..2).prop_map(|n| {
            let mut event = response(5, "m9", &format!("content {n}"));
            event.content = ContentHash(content(&format!("content {n}")));
            event
        }),
    ];
    (witness, event)
}

type Totals = (u64, u64, u64, u64, u64, String, Vec<(String, Option<Outcome>)>);

fn totals(sightings: &[(Witness, Event<Masked>)]) -> Totals {
    let bench = Bench::new();
    for (witness, event) in sightings {
        bench.writer.submit(batch(*witness, vec![event.clone()]), Vec::new()).unwrap();
    }
    bench.writer.flush().unwrap();
    let reader = bench.reader();
    let usage = reader.usage(UsageBy::Session, "UTC").unwrap().total;
    let row = reader.sessions().unwrap().sessions.remove(0);
    let conflicts = reader.findings().unwrap().findings.len() as u64;
    let mut outcomes: Vec<_> = bench
        .events()
        .into_iter()
        .filter(|event| event.tool_call.is_some())
        .map(|event| (event.id.to_string(), event.outcome))
        .collect();
    outcomes.sort();
    let figures = format!("{:?}", (usage.calls, usage.input, usage.output, usage.cost_usd));
    (row.turns, row.messages, row.tool_calls, row.findings, conflicts, figures, outcomes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any order and any repetition of the same sightings gives the same totals.
    #[test]
    fn order_and_repetition_change_no_total(
        (sightings, shuffled) in prop::collection::vec(sighting(), 1..14).prop_flat_map(|list| {
            let mut twice = list.clone();
            twice.extend(list.iter().cloned());
            (Just(list), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(totals(&sightings), totals(&shuffled));
    }
}

#[test]
fn a_flood_of_contradictions_is_one_incident() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![response(1, "m1", "the truth")]));

    let lies = (0..50).map(|n| response(2, "m1", &format!("lie {n}"))).collect();
    bench.put(batch(Witness::Transcript, lies));
    bench.put(batch(Witness::Proxy, vec![response(3, "m1", "what the wire said")]));

    let findings = bench.reader().findings().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].sightings, findings[0].severity), (51, Severity::High));
    assert_eq!(bench.events().len(), 52);
}

#[test]
fn absurd_figures_overflow_nothing() {
    let bench = Bench::new();
    let absurd = |n: i64| {
        let mut event = model_call(n, &format!("m{n}"), 1, CallRank::Stopped);
        if let Kind::ModelCall(call) = &mut event.kind {
            call.usage = Usage { input: u64::MAX, output: u64::MAX, ..Usage::default() };
            call.cost = Some(Cost { amount: Money::from_nano_usd(i64::MAX), estimated: true });
        }
        event
    };

    for n in 0..20 {
        bench.put(batch(Witness::Transcript, vec![absurd(n)]));
    }

    for by in [UsageBy::Session, UsageBy::Day, UsageBy::Model, UsageBy::Client] {
        assert_eq!(bench.reader().usage(by, "UTC").unwrap().total.calls, 20);
    }
    assert_eq!(bench.reader().sessions().unwrap().sessions[0].messages, 20);
}

#[test]
fn figures_that_differ_without_end_are_kept_in_bounds_and_in_any_order() {
    let kept = |order: &mut dyn Iterator<Item = u64>| {
        let bench = Bench::new();
        for output in order {
            let call = model_call(1, "m1", output, CallRank::Stopped);
            bench.writer.submit(batch(Witness::Transcript, vec![call]), Vec::new()).unwrap();
        }
        bench.writer.flush().unwrap();
        bench.events().remove(0).detail["other_usage"].clone()
    };

    let up = kept(&mut (0..300));
    let down = kept(&mut (0..300).rev());

    assert_eq!(up.as_array().unwrap().len(), 8);
    assert_eq!(up, down);
}

#[test]
fn a_call_whose_session_is_told_later_stays_where_it_was_counted() {
    let bench = Bench::new();
    let mut nobodys = model_call(1, "m1", 50, CallRank::Partial);
    nobodys.session = None;
    bench.put(batch(Witness::Proxy, vec![nobodys]));

    bench.put(batch(Witness::Transcript, vec![model_call(2, "m1", 5, CallRank::Stopped)]));

    let usage = bench.reader().usage(UsageBy::Session, "UTC").unwrap();
    let rows: Vec<(&str, u64, u64)> = usage
        .rows
        .iter()
        .map(|row| (row.key.as_str(), row.figures.calls, row.figures.output))
        .collect();
    assert_eq!(rows, [("", 1, 5)]);
    assert_eq!((usage.total.calls, usage.total.output), (1, 5));
}
