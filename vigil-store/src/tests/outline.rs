//! One session as a timeline.

use vigil_proto::{
    KindName, Outcome, Severity, Span, Subagent, Triage, Witness,
    event::{CallRank, Field, Kind, System},
    view::{OutlineRow, SessionView},
};

use super::parts::{
    Bench, batch, call_of, event, finding, in_thread, in_turn, masked, model_call, prompt,
    response, second, session, tool_call, tool_result,
};

fn view(bench: &Bench) -> SessionView {
    bench.reader().session_view(session()).unwrap().unwrap()
}

fn kinds(view: &SessionView) -> Vec<KindName> {
    view.outline.rows.iter().map(|row| row.2).collect()
}

#[test]
fn a_result_is_folded_into_its_call() {
    let bench = Bench::new();
    bench.put(batch(
        Witness::Transcript,
        vec![
            tool_result(9, "t1", "late", Outcome::Failed),
            tool_call(1, "t1", "{}"),
            tool_call(2, "t2", "{}"),
            tool_result(3, "unknown", "of a call that was never seen", Outcome::Executed),
        ],
    ));

    let view = view(&bench);

    assert_eq!(kinds(&view), [KindName::ToolCall, KindName::ToolCall, KindName::ToolResult]);
    let OutlineRow(_, at, _, _, _, name, bytes, outcome, result, took, _, _) = view.outline.rows[0];
    assert_eq!((at, took), (second(1).as_micros() / 1000, 8000));
    assert_eq!((outcome, bytes), (Some(Outcome::Failed), 2));
    assert_eq!(view.outline.names[name as usize - 1].as_str(), "Bash");
    assert_eq!(bench.reader().excerpts(&[result]).unwrap().excerpts[0].text.as_str(), "late");
    assert_eq!(view.outline.rows[1].8, 0);
}

#[test]
fn calls_of_one_name_in_two_threads_keep_their_own_results() {
    let bench = Bench::new();
    let mut inner_call = in_thread("agent", tool_call(3, "t1", "inner"));
    inner_call.id = inner_call.id.conflicting(vigil_proto::ContentHash(1));
    let mut inner_result = in_thread("agent", tool_result(4, "t1", "inner", Outcome::Executed));
    inner_result.id = inner_result.id.conflicting(vigil_proto::ContentHash(1));
    let outer = [tool_call(1, "t1", "outer"), tool_result(5, "t1", "outer", Outcome::Executed)];
    let events = outer.into_iter().chain([inner_call, inner_result]).collect();
    bench.put(batch(Witness::Transcript, events));

    let view = view(&bench);

    assert_eq!(view.outline.rows.len(), 2);
    assert_eq!(view.outline.rows.iter().map(|row| row.9).collect::<Vec<_>>(), [4000, 1000]);
    assert_eq!(view.outline.rows.iter().map(|row| row.4).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_sub_agent_counts_for_the_turn_that_started_it() {
    let bench = Bench::new();
    let (first, asked) = (prompt(1, "do it"), prompt(10, "and now the rest"));
    let side = in_thread("agent", prompt(3, "your part"));
    let mut events = vec![
        first.clone(),
        in_turn(&first, call_of(2, "Task", "t1", "{}")),
        side.clone(),
        in_turn(&side, in_thread("agent", tool_call(4, "t2", "{}"))),
        in_turn(&side, in_thread("agent", tool_result(5, "t2", "no", Outcome::Denied))),
        in_turn(&side, in_thread("agent", model_call(6, "m2", 50, CallRank::Stopped))),
        asked.clone(),
        in_turn(&asked, response(11, "m3", "done")),
    ];
    events.push(in_turn(&first, model_call(2, "m1", 20, CallRank::Stopped)));
    let mut all = batch(Witness::Transcript, events);
    all.subagents.push(Subagent {
        session: session(),
        thread: masked("agent"),
        started_by: Some(masked("t1")),
        agent_type: Some(masked("explorer")),
    });
    bench.put(all);

    let view = view(&bench);

    let turns: Vec<(u64, &str, u64, u64, u64)> = view
        .turns
        .iter()
        .map(|turn| {
            let used = turn.usage.output;
            (turn.number, turn.prompt.as_str(), turn.tool_calls, turn.failed, used)
        })
        .collect();
    assert_eq!(turns, [(1, "do it", 2, 1, 70), (2, "and now the rest", 0, 0, 0)]);
    assert_eq!((view.turns[0].at, view.turns[0].until), (second(1), second(6)));
    let thread = &view.threads[0];
    assert_eq!(thread.agent_type.as_ref().unwrap().as_str(), "explorer");
    let task = view.outline.rows.iter().find(|row| row.1 == second(2).as_micros() / 1000);
    assert_eq!(thread.started_by, Some(task.unwrap().0));
    assert_eq!(thread.events, 4);
    assert!(view.outline.rows.iter().filter(|row| row.4 == 1).all(|row| row.3 == 1));
    assert_eq!(view.calls.iter().map(|call| call.thread).collect::<Vec<_>>(), [None, Some(0)]);
    assert_eq!(view.calls[1].context, 150);
    assert_eq!(view.calls[1].window, Some(200_000));
}

#[test]
fn of_the_clients_notes_only_compactions_and_those_with_findings_are_shown() {
    let bench = Bench::new();
    let note = |n: u8, name: &str| {
        let kind = Kind::System(System { name: masked(name), text: masked(format!("note {n}")) });
        event(vigil_proto::EventId::from_bytes([n; 16]), n.into(), n.into(), kind)
    };
    let noted = note(3, "hook");
    let span = Span { field: Field::Text, start: 0, end: 4 };
    let secret = finding("v", Severity::High, noted.id, span);
    let all = batch(Witness::Transcript, vec![note(1, "compact_boundary"), note(2, "hook"), noted]);
    bench.writer.submit(all, vec![secret]).unwrap();
    bench.writer.flush().unwrap();

    let view = view(&bench);

    let times: Vec<i64> = view.outline.rows.iter().map(|row| row.1).collect();
    assert_eq!(times, [second(1), second(3)].map(|at| at.as_micros() / 1000));
    assert_eq!(view.outline.rows[1].10, 1 | 4 << 4, "it has a finding that is high");
    assert_eq!(view.findings.len(), 1);

    bench.writer.triage(vec![view.findings[0].id], Triage::Resolved, None, second(9)).unwrap();
    let view = self::view(&bench);
    assert_eq!(view.outline.rows[1].10, 1, "it is not open any more");
}

#[test]
fn what_contradicts_stays_a_row_of_its_own() {
    let bench = Bench::new();
    bench.put(batch(
        Witness::Transcript,
        vec![tool_call(1, "t1", "{}"), tool_result(2, "t1", "fine", Outcome::Executed)],
    ));
    bench.put(batch(Witness::Proxy, vec![tool_result(2, "t1", "alarm", Outcome::Executed)]));

    let view = view(&bench);

    assert_eq!(kinds(&view), [KindName::ToolCall, KindName::ToolResult]);
    let found = 1 | 4 << 4;
    let bits = view.outline.rows[1].10;
    assert_eq!(bits, found | 4 | 8, "a finding, a conflict, an independent witness");
}

#[test]
fn the_files_of_a_session_are_those_its_calls_named() {
    let bench = Bench::new();
    bench.put(batch(
        Witness::Transcript,
        vec![
            call_of(1, "Read", "t1", r#"{"file_path":"/a"}"#),
            call_of(2, "Edit", "t2", r#"{"file_path":"/a","new_string":"x","old_string":"y"}"#),
            call_of(3, "Read", "t3", r#"{"file_path":"/b"}"#),
            call_of(4, "Bash", "t4", r#"{"command":"cat /c"}"#),
            call_of(5, "Read", "t5", r#"{"file_path":"/a"}"#),
        ],
    ));

    let files: Vec<(String, u64, u64)> = view(&bench)
        .files
        .into_iter()
        .map(|file| (file.path.into_string(), file.reads, file.writes))
        .collect();
    assert_eq!(files, [("/a".to_owned(), 2, 1), ("/b".to_owned(), 1, 0)]);
}

#[test]
fn nobodys_session_is_none() {
    let bench = Bench::new();
    assert!(bench.reader().session_view(session()).unwrap().is_none());
}

#[test]
fn a_sub_agent_is_never_started_by_a_call_of_its_own() {
    let bench = Bench::new();
    let mut all = batch(
        Witness::Transcript,
        vec![
            in_thread("first", response(1, "m1", "of the first")),
            in_thread("first", call_of(2, "Read", "t1", "{}")),
            call_of(3, "Task", "t1", r#"{"prompt":"first"}"#),
            in_thread("second", call_of(4, "Read", "t2", "{}")),
            in_thread("third", call_of(5, "Read", "t3", "{}")),
            in_thread("second", call_of(6, "Task", "t3", r#"{"prompt":"third"}"#)),
        ],
    );
    // Ids of calls are unique within a thread alone.
    for (n, event) in (0_u8..).zip(&mut all.events) {
        event.id = vigil_proto::EventId::from_bytes([n; 16]);
    }
    for (thread, call) in [("first", "t1"), ("second", "t2"), ("third", "t3")] {
        all.subagents.push(Subagent {
            session: session(),
            thread: masked(thread),
            started_by: Some(masked(call)),
            agent_type: None,
        });
    }
    bench.put(all);

    let started: Vec<Option<i64>> =
        view(&bench).threads.iter().map(|thread| thread.started_by).collect();

    assert_eq!(started, [Some(3), None, Some(6)]);
}

#[test]
fn a_name_without_end_does_not_fill_every_list() {
    let bench = Bench::new();
    let (name, id) = ("n".repeat(1_000_000), "i".repeat(1_000_000));
    bench.put(batch(Witness::Transcript, vec![call_of(1, &name, &id, "{}")]));

    let outline = view(&bench).outline;
    let feed = bench.reader().feed(&vigil_proto::view::FeedQuery::default()).unwrap();

    let row = &feed.events[0].event;
    let texts = [&outline.names[0], row.name.as_ref().unwrap(), row.tool_call.as_ref().unwrap()];
    assert_eq!(texts.map(|text| text.as_str().len()), [4096; 3]);
}
