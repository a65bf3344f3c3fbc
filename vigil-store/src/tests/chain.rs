//! The audit chain: what Vigil does itself is intact, whatever else is done to the file is told.

mod cells;
mod ends;
mod intact;
mod tampered;

use std::path::Path;

use rusqlite::Connection;
use vigil_proto::{
    EventId, Kind, Masked, Outcome, Severity, Span, Subagent, Triage, Witness,
    batch::TitleRank,
    event::{CallRank, Field, Gap},
    report::{About, NotedHead, Problem, Verified, Wrong},
};

use super::parts::{
    Bench, batch, call_of, event, finding, in_thread, masked, model_call, prompt, response, second,
    session, tool_call, tool_result,
};
use crate::Reader;

/// A store with everything that a link can speak of, closed.
fn filled() -> tempfile::TempDir {
    let bench = Bench::new();
    let first = prompt(1, "the aaaa key");
    let long = format!("the answer is long {}", "and goes on ".repeat(20));
    let mut told = batch(
        Witness::Transcript,
        vec![
            first.clone(),
            response(2, "m1", &long),
            call_of(3, "Write", "t1", r#"{"file_path":"/a"}"#),
            tool_result(4, "t1", "done", Outcome::Executed),
            model_call(5, "m1", 7, CallRank::Stopped),
            in_thread("a1", prompt(6, "asked by the agent")),
            gap(
                7,
                "a line that was too long to be read, and that is said here in more words than may stand in the row of an event",
            ),
        ],
    );
    told.sessions[0].cwd = Some(masked("/code"));
    told.sessions[0].title = Some((TitleRank::Summary, masked("a title")));
    told.subagents.push(Subagent {
        session: session(),
        thread: masked("a1"),
        started_by: Some(masked("t1")),
        agent_type: Some(masked("explore")),
    });
    let found =
        finding("aaaa", Severity::High, first.id, Span { field: Field::Text, start: 4, end: 8 });
    let id = found.id;
    bench.writer.submit(told, vec![found]).unwrap();
    bench.writer.flush().unwrap();
    bench.put(batch(
        Witness::Proxy,
        vec![
            response(2, "m1", &long),
            response(2, "m1", "something else"),
            model_call(5, "m1", 9, CallRank::Wire),
        ],
    ));
    bench.writer.triage(vec![id], Triage::Acknowledged, Some(masked("seen")), second(9)).unwrap();
    bench.put(batch(Witness::Transcript, vec![tool_call(10, "t2", "{}")]));
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    assert!(verify(dir.path()).intact);
    dir
}

fn gap(at: i64, detail: &str) -> vigil_proto::Event<Masked> {
    let kind = Kind::Gap(Gap { reason: "line-too-long", detail: masked(detail), bytes: Some(9) });
    event(EventId::from_bytes([77; 16]), at, 0, kind)
}

fn verify(dir: &Path) -> Verified {
    verify_by(dir, None)
}

fn verify_by(dir: &Path, noted: Option<&[NotedHead]>) -> Verified {
    Reader::open(dir).unwrap().verify(noted, &mut |done, total| assert!(done <= total)).unwrap()
}

fn edit(dir: &Path, sql: &str) {
    let conn = Connection::open(dir.join("vigil.db")).unwrap();
    conn.execute_batch(sql).unwrap();
}

/// The one problem that there is.
fn problem(verified: &Verified) -> &Problem {
    assert!(!verified.intact);
    assert_eq!(verified.problems_total, 1, "{:#?}", verified.problems);
    &verified.problems[0]
}

fn is(problem: &Problem, what: Wrong, about: About, number: u64) {
    assert_eq!(
        (problem.what, problem.about, problem.number),
        (what, about, number),
        "{problem:#?}"
    );
}
