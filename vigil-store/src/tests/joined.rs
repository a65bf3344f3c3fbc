//! A conversation that the client tells under its own name and the proxy under one that it made up:
//! one session, and one row for what both told, whoever tells first.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigil_proto::{
    Batch, ContentHash, Event, EventId, Kind, KindName, Masked, Outcome, SessionFacts, SessionId,
    Severity, Span, Triage, Witness,
    event::{CallRank, Field},
    report::{EventRow, UsageBy},
    view::SessionQuery,
};

use super::parts::{
    Bench, batch, finding, in_thread, in_turn, masked, model_call, prompt, response, second,
    tool_call, tool_result,
};

use crate::EventAt;

mod findings;

/// What the proxy calls the conversation.
const MADE_UP: &str = "flow-7-651";

/// Which ids the client writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    /// The provider's.
    Providers,
    /// Its own.
    Own,
}

/// A conversation of three answers and two tool calls, as it is told: the user says one thing twice.
fn conversation() -> Vec<Event<Masked>> {
    let first = prompt(1, "go on");
    let mut second = prompt(11, "go on");
    second.id = EventId::from_bytes([77; 16]);
    second.turn = Some(second.id);
    let in_first = |event| in_turn(&first, event);
    let in_second = |event| in_turn(&second, event);
    vec![
        first.clone(),
        in_first(response(2, "m1", "I look.")),
        in_first(tool_call(3, "t1", r#"{"command":"ls"}"#)),
        in_first(model_call(4, "m1", 50, CallRank::Stopped)),
        in_first(tool_result(5, "t1", "no such thing", Outcome::Failed)),
        in_first(response(6, "m2", "Again.")),
        in_first(tool_call(7, "t2", r#"{"command":"ls"}"#)),
        in_first(model_call(8, "m2", 60, CallRank::Stopped)),
        in_first(tool_result(9, "t2", "a file", Outcome::Executed)),
        second.clone(),
        in_second(response(12, "m3", "Done.")),
        in_second(model_call(13, "m3", 70, CallRank::Stopped)),
    ]
}

/// As the client tells it.
fn told(ids: Ids) -> Vec<Batch<Masked>> {
    told_as(ids, conversation())
}

fn told_as(ids: Ids, events: Vec<Event<Masked>>) -> Vec<Batch<Masked>> {
    let own = |mut event: Event<Masked>| {
        event.position = event.at.as_micros().unsigned_abs();
        if ids == Ids::Own {
            event.incomplete_key = true;
            if let Kind::ModelCall(call) = &mut event.kind {
                event.id = event.id.conflicting(ContentHash(1));
                call.message = masked("");
                call.request = None;
            }
        }
        event
    };
    let events = events.into_iter().map(own);
    events.map(|event| batch(Witness::Transcript, vec![event])).collect()
}

/// As the proxy tells it.
fn seen_as(native: &str, mut events: Vec<Event<Masked>>) -> Vec<Batch<Masked>> {
    let session = SessionId::of("claude-code", native);
    let other = |id: EventId| id.conflicting(ContentHash(u64::from(session.as_bytes()[0]) + 7));
    for event in &mut events {
        event.session = Some(session);
        event.turn = event.turn.map(other);
        if !matches!(event.kind, Kind::ModelCall(_)) {
            event.id = other(event.id);
        }
        if let Kind::ToolResult(result) = &mut event.kind {
            result.call = result.call.map(other);
        }
    }
    let told = |event| {
        let mut batch = batch(Witness::Proxy, vec![event]);
        batch.sessions = vec![SessionFacts::new("claude-code", masked(native), session)];
        batch
    };
    events.into_iter().map(told).collect()
}

fn seen() -> Vec<Batch<Masked>> {
    seen_as(MADE_UP, conversation())
}

/// Puts one batch after the other.
fn tell(bench: &Bench, batches: impl IntoIterator<Item = Batch<Masked>>) {
    for batch in batches {
        bench.put(batch);
    }
}

/// Everything is there once, with both witnesses, in one session.
fn is_one(bench: &Bench) {
    let events = bench.events();
    assert_eq!(events.len(), 12, "{:#?}", brief(&events));
    for event in &events {
        let witnesses: BTreeSet<_> = event.witnesses.iter().collect();
        assert_eq!(witnesses.len(), 2, "{:#?}", brief(&events));
        assert_eq!(event.session.as_ref().unwrap().as_str(), "s1");
    }
    let told: BTreeSet<_> = conversation().iter().map(|event| event.id).collect();
    let ids: BTreeSet<_> = events
        .iter()
        .filter(|event| event.kind != KindName::ModelCall)
        .map(|event| event.id)
        .collect();
    assert!(ids.is_subset(&told), "they have the ids that the client gives");
    let outcomes: Vec<_> = of(&events, KindName::ToolCall).map(|call| call.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Failed), Some(Outcome::Executed)]);
    let turns: Vec<_> = of(&events, KindName::Response).map(|event| event.turn).collect();
    assert_eq!(turns, [Some(1), Some(1), Some(2)], "{:#?}", brief(&events));

    let reader = bench.reader();
    let sessions = reader.sessions().unwrap().sessions;
    assert_eq!(sessions.len(), 1, "{sessions:#?}");
    let row = &sessions[0];
    assert_eq!((row.id.as_str(), row.turns, row.messages, row.tool_calls), ("s1", 2, 3, 2));
    assert_eq!((row.usage.calls, row.usage.output), (3, 180));
    assert_eq!(row.witnesses.to_string(), "seen by transcript and proxy");
    assert_eq!((row.witnesses.model_calls.both, row.witnesses.tool_calls.both), (3, 2));
    let usage = reader.usage(UsageBy::Session, "UTC").unwrap();
    assert_eq!(usage.rows.len(), 1);
    assert_eq!((usage.total.calls, usage.total.output), (3, 180));
    let page = reader.session_page(&SessionQuery::default()).unwrap();
    assert_eq!((page.total, page.sessions.len()), (1, 1));
    let made_up = SessionId::of("claude-code", MADE_UP);
    let view = reader.session_view(made_up).unwrap().expect("the old link leads somewhere");
    assert_eq!(view.session.key, sessions[0].key);
    assert_eq!(view.turns.len(), 2);
    assert_eq!(view.apart.total, 0);
}

fn of(events: &[EventRow], kind: KindName) -> impl Iterator<Item = &EventRow> {
    let mut found: Vec<_> = events.iter().filter(|event| event.kind == kind).collect();
    found.sort_by_key(|event| event.at);
    found.into_iter()
}

fn brief(events: &[EventRow]) -> Vec<String> {
    let line = |event: &EventRow| {
        format!(
            "{} {:?} {:?} {:?} turn {:?} {}",
            event.kind,
            event.session.as_ref().map(Masked::as_str),
            event.text.as_ref().map(Masked::as_str),
            event.witnesses,
            event.turn,
            event.id,
        )
    };
    events.iter().map(line).collect()
}

/// Puts both tellings in the order that `client_next` says, the rest of one after the other.
fn put(bench: &Bench, ids: Ids, client_next: &[bool]) {
    let (mut told, mut seen) = (told(ids).into_iter(), seen().into_iter());
    for next in client_next {
        if let Some(batch) = if *next { told.next() } else { seen.next() } {
            bench.put(batch);
        }
    }
    tell(bench, told.chain(seen));
}

#[test]
fn whoever_tells_first_it_is_one_session_and_one_row_each() {
    for ids in [Ids::Providers, Ids::Own] {
        for client_first in [true, false] {
            let bench = Bench::new();

            put(&bench, ids, &[client_first; 12]);
            is_one(&bench);

            // Read again, as after a file was replaced.
            tell(&bench, told(ids));
            is_one(&bench);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_and_with_a_restart_at_any_time_it_is_the_same(
        order in proptest::collection::vec(any::<bool>(), 24),
        restart in 0_usize..24,
        providers in any::<bool>(),
    ) {
        let ids = if providers { Ids::Providers } else { Ids::Own };
        let mut bench = Bench::new();
        let (mut told, mut seen) = (told(ids).into_iter(), seen().into_iter());
        for (at, next) in order.iter().enumerate() {
            if at == restart {
                bench = reopened(bench);
            }
            let batch = if *next { told.next().or_else(|| seen.next()) } else {
                seen.next().or_else(|| told.next())
            };
            bench.put(batch.unwrap());
        }
        is_one(&bench);
    }
}

/// The same store, closed and opened again.
fn reopened(bench: Bench) -> Bench {
    let Bench { dir, store, writer } = bench;
    drop(writer);
    store.close().unwrap();
    let (store, damage) = super::parts::open(dir.path());
    assert_eq!(damage, None);
    let writer = store.writer();
    Bench { dir, store, writer }
}

#[test]
fn what_only_one_of_them_told_stays_and_has_one_witness() {
    let bench = Bench::new();
    tell(&bench, told(Ids::Providers));
    let mut forged = seen();
    // The client's file does not say what the proxy saw.
    if let Kind::Response(response) = &mut forged[1].events[0].kind {
        response.text = masked("I delete.");
    }
    forged[1].events[0].content = ContentHash(4711);

    tell(&bench, forged);

    let events = bench.events();
    assert_eq!(events.len(), 13);
    let alone: Vec<_> = events.iter().filter(|event| event.witnesses.len() == 1).collect();
    let said: BTreeSet<_> =
        alone.iter().map(|event| event.text.as_ref().unwrap().as_str()).collect();
    assert_eq!(said, BTreeSet::from(["I delete.", "I look."]));
    assert!(events.iter().all(|event| event.session.as_ref().unwrap().as_str() == "s1"));
}

#[test]
fn what_one_side_alone_saw_is_compared() {
    let bench = Bench::new();
    tell(&bench, told(Ids::Providers));
    // The proxy came later, and saw a call that the client does not write down.
    let mut seen: Vec<_> = seen().into_iter().skip(4).collect();
    seen.extend(seen_as(MADE_UP, vec![model_call(20, "m9", 5, CallRank::Wire)]));

    tell(&bench, seen);

    let key = bench.reader().sessions().unwrap().sessions[0].key;
    let view = bench.reader().session_view(key).unwrap().unwrap();
    assert_eq!(
        view.session.witnesses.to_string(),
        "seen by transcript and proxy; 1 model call by the proxy only; 1 model call and 1 tool \
         call by the transcript only"
    );
    assert_eq!(view.session.witnesses.apart(), 3);
    let apart: Vec<_> = view.apart.calls.iter().map(|call| (call.kind, call.by.clone())).collect();
    let (proxy, transcript) = (vec![Witness::Proxy], vec![Witness::Transcript]);
    assert_eq!(
        apart,
        [
            (KindName::ToolCall, transcript.clone()),
            (KindName::ModelCall, transcript),
            (KindName::ModelCall, proxy),
        ]
    );
    assert_eq!((view.apart.total, view.apart.before, view.apart.after), (3, 1, 0));
}

#[test]
fn a_call_has_the_providers_id_whoever_knows_it() {
    for client_first in [true, false] {
        let bench = Bench::new();
        let unknowing = told(Ids::Own).into_iter().map(|mut batch| {
            if let Kind::ToolCall(_) = &batch.events[0].kind {
                let own = format!("nameless:{}", batch.events[0].position);
                batch.events[0].tool_call = Some(masked(own));
            }
            batch
        });
        let told: Vec<_> = unknowing.collect();
        let (first, second) = if client_first { (told, seen()) } else { (seen(), told) };

        tell(&bench, first.into_iter().chain(second));

        is_one(&bench);
        let events = bench.events();
        let calls: Vec<_> = of(&events, KindName::ToolCall)
            .map(|call| call.tool_call.as_ref().unwrap().as_str().to_owned())
            .collect();
        assert_eq!(calls, ["t1", "t2"], "{client_first}");
    }
}

/// With the same words and the same tokens at the same time nobody can say which is which.
#[test]
fn two_conversations_that_are_alike_are_not_joined() {
    for order in 0..4 {
        let bench = Bench::new();
        let mut all = [
            told(Ids::Own),
            other_told(),
            seen_as("flow-1-1", with_ids(11)),
            seen_as("flow-2-2", with_ids(12)),
        ];
        all.rotate_left(order);

        for at in 0..12 {
            tell(&bench, all.iter().map(|side| side[at].clone()));
        }

        let reader = bench.reader();
        let sessions = reader.sessions().unwrap().sessions;
        assert_eq!(sessions.len(), 4, "{order}");
        assert_eq!(reader.usage(UsageBy::Model, "UTC").unwrap().total.calls, 6, "{order}");
        let prompts = of(&bench.events(), KindName::Prompt).count();
        assert_eq!(prompts, 8, "{order}");
    }
}

/// One after the other they are not to be confused, whatever they say.
#[test]
fn the_same_conversation_had_again_is_another_session() {
    let bench = Bench::new();
    for batch in seen_as("flow-1-1", with_ids(11)).into_iter().chain(told(Ids::Own)) {
        bench.put(batch);
    }
    for batch in seen_as("flow-2-2", with_ids(12)).into_iter().chain(other_told()) {
        bench.put(batch);
    }

    let sessions = bench.reader().sessions().unwrap().sessions;
    assert_eq!(sessions.len(), 2, "{sessions:#?}");
    let events = bench.events();
    assert_eq!(events.len(), 24);
    assert!(events.iter().all(|event| event.witnesses.len() == 2));
}

/// A conversation that the client goes on with in a session of its own, as after a fork: what is said
/// from then on is that one's.
#[test]
fn what_follows_a_fork_belongs_to_the_session_that_was_made_by_it() {
    let bench = Bench::new();
    told(Ids::Providers).into_iter().take(9).for_each(|batch| bench.put(batch));
    let fork = |batch| super::parts::in_session("s2", batch);
    let mut forked: Vec<_> = told(Ids::Providers).into_iter().skip(9).map(fork).collect();
    for batch in &mut forked {
        // The provider's id of a call is the same whoever tells it.
        for event in &mut batch.events {
            if matches!(event.kind, Kind::ModelCall(_)) {
                event.id = model_call(13, "m3", 70, CallRank::Stopped).id;
            }
        }
    }

    tell(&bench, seen());
    tell(&bench, forked);

    let sessions = bench.reader().sessions().unwrap().sessions;
    let rows: Vec<_> = sessions
        .iter()
        .map(|row| (row.id.as_str(), row.turns, row.messages, row.tool_calls, row.usage.output))
        .collect();
    assert_eq!(rows, [("s2", 1, 1, 0, 70), ("s1", 1, 2, 2, 110)]);
    let events = bench.events();
    assert_eq!(events.len(), 12, "{:#?}", brief(&events));
    assert!(events.iter().all(|event| event.witnesses.len() == 2), "{:#?}", brief(&events));
}

/// The conversation with other ids of the provider's.
fn with_ids(n: u8) -> Vec<Event<Masked>> {
    let mut events = conversation();
    for event in &mut events {
        event.id = event.id.conflicting(ContentHash(u64::from(n)));
        event.turn = event.turn.map(|turn| turn.conflicting(ContentHash(u64::from(n))));
        if let Kind::ToolResult(result) = &mut event.kind {
            result.call = result.call.map(|call| call.conflicting(ContentHash(u64::from(n))));
        }
        if let Kind::ModelCall(call) = &mut event.kind {
            call.message = masked(format!("{}-{n}", call.message.as_str()));
        }
    }
    events
}

/// The same as another session of the client's tells it.
fn other_told() -> Vec<Batch<Masked>> {
    let batches = told(Ids::Own).into_iter();
    batches
        .map(|batch| {
            let mut batch = super::parts::in_session("s2", batch);
            batch.source.id = vigil_proto::SourceId::of(b"/another/file");
            batch
        })
        .collect()
}

#[test]
fn a_sub_agents_own_conversation_is_its_thread() {
    for client_first in [true, false] {
        let bench = Bench::new();
        let told: Vec<_> = told(Ids::Providers)
            .into_iter()
            .map(|mut batch| {
                batch.events = batch.events.into_iter().map(|e| in_thread("a1", e)).collect();
                batch
            })
            .collect();
        let (first, second) = if client_first { (told, seen()) } else { (seen(), told) };
        tell(&bench, first.into_iter().chain(second));

        let events = bench.events();
        assert_eq!(events.len(), 12, "{:#?}", brief(&events));
        assert!(events.iter().all(|event| event.witnesses.len() == 2), "{:#?}", brief(&events));
        assert!(events.iter().all(|event| event.thread.is_some()));
    }
}

#[test]
fn a_sub_agent_that_goes_on_with_the_whole_conversation_is_a_thread_of_it() {
    let asked = prompt(20, "what is worth keeping?");
    let seen_aside = vec![
        asked.clone(),
        in_turn(&asked, response(21, "m4", "Done.")),
        in_turn(&asked, model_call(22, "m4", 80, CallRank::Stopped)),
    ];
    // The client does not write down what it asked.
    let aside = told_as(Ids::Providers, seen_aside[1..].to_vec());
    let aside = aside.into_iter().map(|mut batch| {
        batch.events = batch.events.into_iter().map(|e| in_thread("keeper", e)).collect();
        batch
    });
    let told: Vec<_> = told(Ids::Providers).into_iter().chain(aside).collect();
    let seen: Vec<_> = seen().into_iter().chain(seen_as(MADE_UP, seen_aside)).collect();
    let in_one = |batches: &[Batch<Masked>]| {
        let mut one = batches[0].clone();
        one.events = batches.iter().flat_map(|batch| batch.events.clone()).collect();
        vec![one]
    };
    for (first, second) in [(&told, &seen), (&seen, &told)] {
        for together in [false, true] {
            let bench = Bench::new();
            for batches in [first, second] {
                tell(&bench, if together { in_one(batches) } else { batches.clone() });
            }

            let events = bench.events();
            assert_eq!(events.len(), 15, "{:#?}", brief(&events));
            let side: Vec<_> = events.iter().filter(|event| event.thread.is_some()).collect();
            let kinds: Vec<_> = side.iter().map(|event| event.kind).collect();
            assert_eq!(kinds, [KindName::Prompt, KindName::Response, KindName::ModelCall]);
            assert!(side[1..].iter().all(|event| event.witnesses.len() == 2), "{side:#?}");
            let alone = events.iter().filter(|event| event.witnesses.len() == 1);
            assert_eq!(alone.count(), 1, "what was asked: {:#?}", brief(&events));
            let row = bench.reader().sessions().unwrap().sessions.remove(0);
            assert_eq!((row.turns, row.messages), (2, 4), "{row:#?}");
        }
    }
}

#[test]
fn who_is_said_to_be_whom_cannot_be_changed_unseen() {
    let bench = Bench::new();
    put(&bench, Ids::Own, &[false; 12]);
    let mut other = seen();
    other.truncate(1);
    other[0].events[0].content = ContentHash(1);
    other[0].events[0].id = EventId::from_bytes([5; 16]);
    bench.put(other.remove(0));
    bench.put(super::parts::in_session("s3", batch(Witness::Transcript, vec![prompt(1, "x")])));
    let Bench { dir, store, writer } = bench;
    drop(writer);
    store.close().unwrap();
    let database = dir.path().join("vigil.db");
    let pristine = std::fs::read(&database).unwrap();
    let other = "(SELECT id FROM sessions WHERE native = 's3')";
    for edit in [
        "DELETE FROM aliases".to_owned(),
        format!("UPDATE aliases SET session = {other}"),
        format!("UPDATE aliases SET provisional = {other}"),
        "UPDATE aliases SET thread = 1".to_owned(),
        format!("UPDATE events SET session = {other} WHERE told_in IS NOT NULL"),
        format!("UPDATE events SET told_in = {other} WHERE told_in IS NOT NULL"),
        format!("UPDATE events SET told_in = {other} WHERE told_in IS NULL"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(copy.path().join("vigil.db"), &pristine).unwrap();
        let conn = rusqlite::Connection::open(copy.path().join("vigil.db")).unwrap();
        assert!(conn.execute(&edit, []).unwrap() > 0, "{edit}");
        drop(conn);
        let reader = crate::Reader::open(copy.path()).unwrap();
        assert!(!reader.verify(None, &mut |_, _| ()).unwrap().intact, "{edit}");
    }
}

#[test]
fn one_session_is_forgotten_under_either_of_its_names() {
    let named = SessionId::of("claude-code", "s1");
    for key in [named, SessionId::of("claude-code", MADE_UP)] {
        let bench = Bench::new();
        tell(&bench, told(Ids::Providers));
        tell(&bench, seen());
        is_one(&bench);

        let done = bench.writer.forget(vec![key], super::parts::second(1000)).unwrap();
        assert_eq!(done.events, 12, "{done:?}");
        tell(&bench, seen());
        tell(&bench, told(Ids::Providers));

        let reader = bench.reader();
        assert_eq!(reader.sessions().unwrap().sessions.len(), 0);
        assert_eq!(bench.events().len(), 1, "only that it was done");
        assert_eq!(reader.usage(UsageBy::Day, "UTC").unwrap().total.calls, 0);
    }
}
