//! A process is one row, however often and in which order it is seen; the chain goes with it.

use proptest::prelude::*;
use serde_json::{Value, json};
use vigil_proto::{
    Event, Kind, Masked, Severity, Span,
    config::Retention,
    event::{Exit, Field, Process},
    report::EventRow,
    view::ProcessQuery,
};

use super::{
    super::parts::{Bench, events, finding, masked, open, second},
    called, kernel, knows, later, process, with_session,
};
use crate::Reader;

/// The same process, seen more and more completely.
fn sightings() -> Vec<Event<Masked>> {
    let long = format!("node build.js {}", "--and-more ".repeat(40));
    let forked = process(7, 3, "bash");
    let became = knows(later(process(7, 3, &long[..200]), 1), |process| {
        process.argv_cut = true;
        process.earlier = vec![masked("bash")];
        process.exe = Some(masked("/usr/bin/node"));
    });
    let whole = knows(later(process(7, 3, &long), 2), |process| {
        process.earlier = vec![masked("bash")];
        process.cwd = Some(masked("/code"));
        process.cpu_us = Some(400);
    });
    let in_call = called(later(process(7, 3, ""), 3), "t1");
    let ended = knows(later(process(7, 3, ""), 4), |process| {
        process.ended = Some(second(9));
        process.exit = Some(Exit::Code(2));
        (process.cpu_us, process.peak_rss) = (Some(1_000), Some(4096));
    });
    let gone = knows(later(process(7, 3, ""), 5), |process| process.ended = Some(second(30)));
    vec![forked, became, whole, in_call, ended, gone]
}

fn only(events: &[EventRow]) -> Value {
    assert_eq!(events.len(), 1, "{events:#?}");
    let mut row = serde_json::to_value(&events[0]).unwrap();
    // That is the time of whichever came first.
    row.as_object_mut().unwrap().remove("seen_at");
    row
}

fn told(order: &[usize]) -> Value {
    let bench = Bench::new();
    let sightings = sightings();
    for place in order {
        bench.put(with_session(kernel(vec![sightings[*place].clone()])));
    }
    only(&bench.events())
}

#[test]
fn a_process_that_ended_says_all_that_was_seen_of_it() {
    let row = told(&[0, 1, 2, 3, 4, 5]);

    assert!(row["text"].as_str().unwrap().ends_with("--and-more "));
    assert_eq!(row["detail"]["earlier"], json!(["bash"]));
    assert_eq!(row["detail"]["exit"], json!({"code": 2}));
    assert_eq!(row["detail"]["ended"], json!(second(9)), "who knows how it ended knows when");
    assert_eq!(row["detail"]["cpu_us"], json!(1_000));
    assert_eq!(row["detail"]["cwd"], json!("/code"));
    assert_eq!(row["detail"].get("argv_cut"), None);
    assert_eq!((row["tool_call"].as_str(), row["session"].as_str()), (Some("t1"), Some("s1")));
    assert_eq!((row["client"].as_str(), &row["process"]["pid"]), (Some("claude-code"), &json!(7)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_sightings_says_nothing(
        order in Just((0..6).chain(0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        prop_assert_eq!(told(&order), told(&[0, 1, 2, 3, 4, 5]));
    }
}

#[test]
fn what_is_known_is_never_taken_back() {
    let bench = Bench::new();
    bench.put(with_session(kernel(sightings())));
    let before = only(&bench.events());

    let mut other = later(process(7, 3, ""), 99);
    other = knows(other, |process| (process.cpu_us, process.peak_rss) = (Some(1), Some(1)));
    bench.put(kernel(vec![other]));

    assert_eq!(only(&bench.events()), before);
}

#[test]
fn a_figure_that_creeps_is_not_written_every_time() {
    let bench = Bench::new();
    for seconds in 0..200 {
        let cpu = 1_000_000 + u64::try_from(seconds).unwrap() * 1_000;
        let seen = knows(later(process(7, 3, "claude"), seconds), |p| p.cpu_us = Some(cpu));
        bench.put(kernel(vec![seen]));
    }

    let links = bench.reader().head().unwrap().number;
    assert!((2..12).contains(&links), "{links} links");
    let ended = knows(later(process(7, 3, "claude"), 300), |p| {
        (p.cpu_us, p.ended) = (Some(1_199_001), Some(second(9)));
    });
    bench.put(kernel(vec![ended]));
    assert_eq!(only(&bench.events())["detail"]["cpu_us"], json!(1_199_001));
}

#[test]
fn words_of_a_process_are_found_as_it_last_was() {
    let bench = Bench::new();
    bench.put(kernel(vec![process(7, 3, "bash startup")]));
    bench.put(kernel(vec![knows(later(process(7, 3, "cargo build"), 1), |process| {
        process.earlier = vec![masked("bash startup")];
    })]));

    let reader = bench.reader();
    assert_eq!(reader.search("cargo", 10).unwrap().hits.len(), 1);
    assert_eq!(reader.search("startup", 10).unwrap().hits.len(), 0);
}

#[test]
fn a_finding_keeps_its_place_when_the_command_line_is_another() {
    let bench = Bench::new();
    let span = |field, start| Span { field, start, end: start + 4 };
    let first = process(7, 3, "sh aaaa");
    let found = finding("aaaa", Severity::High, first.id, span(Field::Argv, 3));
    bench.writer.submit(kernel(vec![first.clone()]), vec![found.clone()]).unwrap();
    let second = knows(later(process(7, 3, "curl --header aaaa"), 1), |process| {
        process.earlier = vec![masked("sh aaaa")];
    });
    let again = [span(Field::Argv, 14), span(Field::Detail, 3)]
        .map(|span| finding("aaaa", Severity::High, first.id, span));
    bench.writer.submit(kernel(vec![second]), again.to_vec()).unwrap();
    bench.writer.flush().unwrap();

    let reader = bench.reader();
    let row = reader.findings().unwrap().findings.remove(0);
    assert_eq!((row.sightings, row.span.unwrap()), (2, span(Field::Argv, 14)));
    let view = reader.event_view(crate::EventAt::Id(first.id), 0).unwrap().unwrap();
    assert_eq!(
        view.spans.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(),
        [(14, 18)]
    );
    assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact);
}

#[test]
fn what_was_found_before_its_session_was_known_counts_in_the_session() {
    let bench = Bench::new();
    let seen = process(7, 3, "curl aaaa");
    let span = Span { field: Field::Argv, start: 5, end: 9 };
    let found = finding("aaaa", Severity::High, seen.id, span);
    bench.writer.submit(kernel(vec![seen.clone()]), vec![found.clone()]).unwrap();
    bench.writer.submit(with_session(kernel(vec![called(seen, "t1")])), vec![found]).unwrap();
    bench.writer.flush().unwrap();

    let reader = bench.reader();
    assert_eq!(reader.sessions().unwrap().sessions[0].findings, 1);
    let row = reader.findings().unwrap().findings.remove(0);
    assert_eq!((row.sightings, row.session), (1, Some(masked("s1"))));
    assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact);
}

#[test]
fn a_session_that_is_learnt_later_has_the_process() {
    let bench = Bench::new();
    bench.put(kernel(vec![process(7, 3, "make")]));
    bench.put(with_session(kernel(vec![called(process(7, 3, "make"), "t1")])));

    let row = only(&bench.events());
    assert_eq!(row["session"], json!("s1"));
    let other = with_session(kernel(vec![called(process(7, 3, "make"), "t2")]));
    bench.put(other);
    assert_eq!(only(&bench.events())["tool_call"], json!("t1"), "never to another one");
}

#[test]
fn what_was_written_is_there_after_a_kill() {
    let bench = Bench::new();
    bench.put(with_session(kernel(sightings()[..4].to_vec())));
    let dir = bench.dir;
    // The writer is not told to close, as when the agent is killed.
    std::mem::forget(bench.store);
    let copy = tempfile::tempdir().unwrap();
    for file in ["vigil.db", "vigil.db-wal"] {
        std::fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
    }

    let (store, _) = open(copy.path());
    store.writer().submit(with_session(kernel(sightings())), Vec::new()).unwrap();
    store.close().unwrap();

    assert_eq!(only(&events(&Reader::open(copy.path()).unwrap())), told(&[0, 1, 2, 3, 4, 5]));
}

#[test]
fn what_is_too_old_goes_with_all_that_is_known_of_it() {
    let bench = Bench::new();
    let mut events: Vec<_> = (0..40).map(|n| process(200 + n, i64::from(n), "true")).collect();
    events.push(super::flow(5000, 3, "192.0.2.1", vigil_proto::event::Way::Past));
    bench.put(kernel(events));
    let retention = Retention { activity_days: 1, ..Retention::default() };

    let pruned = bench.writer.prune(&retention, second(3 * 86_400)).unwrap();

    assert_eq!((pruned.events, bench.events().len()), (41, 0));
    assert!(bench.reader().machine(second(0)).unwrap().processes.rows.is_empty());
    let none = ProcessQuery { root: Some("100.0".to_owned()), ..ProcessQuery::default() };
    assert_eq!(bench.reader().processes(&none).unwrap().total, 0);
}

#[test]
fn more_than_eight_earlier_command_lines_are_not_kept() {
    let bench = Bench::new();
    bench.put(kernel(vec![knows(process(7, 3, "last"), |process| {
        process.earlier = (0..30).map(|n| masked(format!("sh {n}"))).collect();
    })]));

    let row = only(&bench.events());
    assert_eq!(row["detail"]["earlier"].as_array().unwrap().len(), Process::<Masked>::EARLIER);
    assert!(matches!(process(1, 1, "").kind, Kind::Process(_)));
}
