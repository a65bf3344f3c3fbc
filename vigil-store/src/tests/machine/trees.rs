//! What is shown of processes: trees, their branches, what a tool call started, and a feed that they
//! do not flood.

use vigil_proto::{
    KindName, Outcome, Timestamp, Witness,
    event::Exit,
    view::{FeedQuery, ProcessQuery},
};

use super::{
    super::parts::{
        Bench, batch, in_session, masked, prompt, second, session, tool_call, tool_result,
    },
    called, kernel, knows, process, process_ref, with_session,
};
use crate::Error;

/// Agent 100 with a shell 101 (which started 103 and 104) and a server 102.
fn tree() -> Bench {
    let bench = Bench::new();
    let below = |pid, started, argv, parent| {
        knows(process(pid, started, argv), |process| process.parent = Some(parent))
    };
    let shell = process_ref(101, 2);
    bench.put(kernel(vec![
        process(100, 0, "claude --resume"),
        knows(process(101, 2, "bash -c 'cargo test'"), |process| {
            process.ended = Some(second(9));
            process.exit = Some(Exit::Signal(9));
        }),
        process(102, 3, "node server.js"),
        below(103, 4, "cargo test", shell),
        below(104, 5, "rustc lib.rs", process_ref(103, 4)),
    ]));
    bench
}

fn query(parent: Option<&str>) -> ProcessQuery {
    let root = Some(format!("100.{}", second(0).as_micros()));
    ProcessQuery { root, parent: parent.map(str::to_owned), ..ProcessQuery::default() }
}

#[test]
fn a_tree_is_one_row_and_its_branches_open_one_by_one() {
    let bench = tree();
    let reader = bench.reader();

    let machine = reader.machine(second(-10)).unwrap();
    assert_eq!(machine.processes.by, "kernel");
    assert_eq!(machine.processes.rows.len(), 1);
    let row = &machine.processes.rows[0];
    assert_eq!((row.process.argv.as_str(), row.process.descendants), ("claude --resume", 4));
    assert_eq!((row.running, row.last), (3, second(9)));

    let top = reader.processes(&query(None)).unwrap();
    let pids = |page: &vigil_proto::view::ProcessPage| -> Vec<(u32, u64, u64)> {
        let rows = page.processes.iter();
        rows.map(|row| (row.process.pid, row.children, row.descendants)).collect()
    };
    assert_eq!(pids(&top), [(102, 0, 0), (101, 1, 2)], "the latest first");
    assert_eq!(top.processes[1].exit, Some(Exit::Signal(9)));
    let shell = format!("101.{}", second(2).as_micros());
    assert_eq!(pids(&reader.processes(&query(Some(&shell))).unwrap()), [(103, 1, 1)]);
}

#[test]
fn a_process_began_when_it_was_told_and_not_when_its_name_says() {
    let bench = Bench::new();
    let mut late = process(101, 2, "sleep 1");
    late.at = Timestamp::from_micros(second(2).as_micros() + 700_000);
    bench.put(kernel(vec![process(100, 0, "claude"), late.clone()]));

    let row = &bench.reader().processes(&query(None)).unwrap().processes[0];

    assert_eq!((row.at, row.process), (late.at, process_ref(101, 2)));
}

#[test]
fn branches_can_be_filtered_and_paged() {
    let bench = tree();
    let reader = bench.reader();

    let found =
        reader.processes(&ProcessQuery { q: Some("CARGO".to_owned()), ..query(None) }).unwrap();
    assert_eq!(found.total, 2);
    let running = reader.processes(&ProcessQuery { running: Some(true), ..query(None) }).unwrap();
    assert_eq!(running.processes[0].process.pid, 102);
    let second_page =
        reader.processes(&ProcessQuery { offset: Some(1), limit: Some(1), ..query(None) }).unwrap();
    assert_eq!((second_page.total, second_page.processes[0].process.pid), (2, 101));
}

#[test]
fn parents_in_a_circle_or_nowhere_hang_at_the_top() {
    let bench = Bench::new();
    let below = |pid, started, parent| {
        knows(process(pid, started, "x"), |process| process.parent = Some(parent))
    };
    bench.put(kernel(vec![
        below(1, 1, process_ref(2, 2)),
        below(2, 2, process_ref(1, 1)),
        below(3, 3, process_ref(3, 3)),
        below(4, 4, process_ref(999, 9)),
    ]));

    let page = bench.reader().processes(&query(None)).unwrap();
    let under: u64 = page.processes.iter().map(|row| 1 + row.descendants).sum();
    assert_eq!(under, 4, "each is there once: {page:#?}");
    let machine = bench.reader().machine(second(0)).unwrap();
    assert_eq!(machine.processes.rows[0].process.seq, None, "the agent itself was not seen");
    assert_eq!(machine.processes.rows[0].process.client, "claude-code");
}

#[test]
fn a_question_about_nobody_is_refused() {
    let bench = tree();
    for q in [
        ProcessQuery::default(),
        ProcessQuery { root: Some("x.1".to_owned()), ..ProcessQuery::default() },
        query(Some("12")),
    ] {
        assert!(matches!(bench.reader().processes(&q), Err(Error::Question { .. })), "{q:?}");
    }
}

#[test]
fn a_tool_call_has_what_it_started() {
    let bench = Bench::new();
    bench.put(batch(
        Witness::Transcript,
        vec![
            prompt(1, "go"),
            tool_call(2, "t1", "{}"),
            tool_result(9, "t1", "ok", Outcome::Executed),
        ],
    ));
    bench.put(with_session(kernel(vec![
        called(process(7, 3, "make"), "t1"),
        called(process(8, 4, "cc"), "t1"),
        process(9, 5, "elsewhere"),
    ])));
    bench.put(in_session("s2", batch(Witness::Transcript, vec![tool_call(2, "t1", "{}")])));
    let reader = bench.reader();

    let view = reader.session_view(session()).unwrap().unwrap();
    let call = view.outline.rows.iter().find(|row| row.2 == KindName::ToolCall).unwrap();
    assert_eq!((call.11, view.outline.processes), (2, 2));
    assert!(view.outline.rows.iter().all(|row| row.2 != KindName::Process));
    let page = reader.processes(&ProcessQuery { call: Some(call.0), ..ProcessQuery::default() });
    let page = page.unwrap();
    let argv: Vec<&str> = page.processes.iter().map(|row| row.argv.as_str()).collect();
    assert_eq!((page.total, argv), (2, vec!["make", "cc"]));
    assert_eq!(page.processes[0].tool_call, Some(call.0));
    assert_eq!(page.processes[0].tool, Some(masked("Bash")));
}

#[test]
fn the_feed_is_not_flooded() {
    let bench = Bench::new();
    let mut told: Vec<_> = (0..90).map(|n| process(200 + n, i64::from(n), "git status")).collect();
    told.extend((0..30).map(|n| called(process(400 + n, i64::from(n), "cc"), "t1")));
    bench.put(with_session(kernel(told)));
    bench.put(batch(Witness::Transcript, vec![tool_call(1, "t1", "{}")]));
    let reader = bench.reader();

    let feed = reader.feed(&FeedQuery::default()).unwrap();

    let of = |kind| feed.events.iter().filter(move |row| row.event.kind == kind);
    assert_eq!(of(KindName::ToolCall).map(|row| row.processes).collect::<Vec<_>>(), [30]);
    let folded: Vec<u64> = of(KindName::Process).map(|row| row.processes + 1).collect();
    assert_eq!(folded.iter().sum::<u64>(), 90);
    assert!(folded.len() <= 3, "one row a minute: {folded:?}");
    let all = FeedQuery { kinds: Some("process".to_owned()), ..FeedQuery::default() };
    assert_eq!(reader.feed(&all).unwrap().events.len(), 120);
    let of_client = FeedQuery { client: Some("claude-code".to_owned()), ..FeedQuery::default() };
    assert_eq!(reader.feed(&of_client).unwrap().events.len(), feed.events.len());
}
