//! Suppressions: what they cover is kept and not told of, and is open again when they end.

use vigil_proto::{
    FindingId, Outcome, Severity, Span, Triage, Witness, event::Field, view::FindingQuery,
};

use super::parts::{
    Bench, batch, call_of, finding, in_session, masked, prompt, second, tool_result,
};
use crate::{Suppression, SuppressionOf};

const TEXT: Span = Span { field: Field::Text, start: 0, end: 4 };
const RULE: &str = "aws_access_key";

fn id(value: &str) -> FindingId {
    FindingId::of(RULE, value.as_bytes())
}

/// The value `value` in the file `path`, read in the session `native` that runs in `cwd`.
fn read(bench: &Bench, native: &str, cwd: &str, path: &str, value: &str) {
    let input = format!(r#"{{"file_path":"{path}"}}"#);
    let events = vec![
        prompt(1, "read it"),
        call_of(2, "Read", "c1", &input),
        tool_result(3, "c1", value, Outcome::Executed),
    ];
    let mut told = in_session(native, batch(Witness::Transcript, events));
    told.sessions[0].cwd = Some(masked(cwd));
    let found = finding(value, Severity::High, told.events[2].id, TEXT);
    bench.writer.submit(told, vec![found]).unwrap();
    bench.writer.flush().unwrap();
}

fn order(of: SuppressionOf) -> Suppression {
    Suppression { of, reason: masked("made up for tests"), expires: None }
}

fn in_files(path: &str) -> SuppressionOf {
    SuppressionOf::Path { rule: RULE.to_owned(), path: masked(path) }
}

fn in_project(project: &str) -> SuppressionOf {
    SuppressionOf::Project { rule: RULE.to_owned(), project: masked(project) }
}

fn state(bench: &Bench, value: &str) -> Triage {
    bench.reader().finding(id(value)).unwrap().unwrap().state
}

/// How many are listed when nothing else is asked for.
fn listed(bench: &Bench) -> u64 {
    bench.reader().finding_page(&FindingQuery::default()).unwrap().total
}

/// The audit chain holds, whatever was done.
fn is_intact(bench: &Bench) -> bool {
    bench.reader().verify(None, &mut |_, _| ()).unwrap().intact
}

#[test]
fn one_finding_is_suppressed_kept_and_counted() {
    let bench = Bench::new();
    read(&bench, "one", "/code", "/code/.env", "aaaa");
    read(&bench, "two", "/code", "/code/.env", "bbbb");

    let made =
        bench.writer.suppress(order(SuppressionOf::Finding(id("aaaa"))), second(50)).unwrap();

    assert_eq!((made, listed(&bench)), ((1, 1), 1));
    assert_eq!(state(&bench, "aaaa"), Triage::Suppressed);
    let all = bench.reader().finding_page(&FindingQuery::default()).unwrap();
    assert_eq!(all.facets["state"]["suppressed"], 1);
    let rows = bench.reader().suppressions().unwrap().suppressions;
    assert_eq!((rows[0].finding, rows[0].findings), (Some(id("aaaa")), 1));
    let history = bench.reader().finding_view(id("aaaa")).unwrap().unwrap().history;
    assert_eq!(history[0].note.as_ref().unwrap().as_str(), "made up for tests");

    assert_eq!(bench.writer.unsuppress(1, second(60)).unwrap(), Some(1));

    assert_eq!(bench.writer.unsuppress(1, second(61)).unwrap(), None, "it is taken back");
    assert_eq!((state(&bench, "aaaa"), listed(&bench)), (Triage::Open, 2));
    assert!(bench.reader().suppressions().unwrap().suppressions.is_empty());
    assert!(is_intact(&bench));
}

#[test]
fn a_rule_is_suppressed_in_files_now_and_from_now_on() {
    let bench = Bench::new();
    read(&bench, "one", "/code", "/code/tests/key.txt", "aaaa");
    read(&bench, "two", "/code", "/code/src/key.txt", "bbbb");

    assert_eq!(bench.writer.suppress(order(in_files("tests/**")), second(50)).unwrap().1, 1);
    read(&bench, "three", "/code", "/code/tests/deep/key.txt", "cccc");
    read(&bench, "four", "/code", "/code/key.txt", "dddd");

    let states = ["aaaa", "bbbb", "cccc", "dddd"].map(|value| state(&bench, value));
    let (open, hidden) = (Triage::Open, Triage::Suppressed);
    assert_eq!(states, [hidden, open, hidden, open]);
    assert!(is_intact(&bench));
}

#[test]
fn a_rule_is_suppressed_in_a_project_and_below() {
    let bench = Bench::new();
    read(&bench, "one", "/code/demo/a", "/x", "aaaa");
    read(&bench, "two", "/code/demonstration", "/x", "bbbb");

    assert_eq!(bench.writer.suppress(order(in_project("/code/demo")), second(50)).unwrap().1, 1);

    assert_eq!(state(&bench, "aaaa"), Triage::Suppressed);
    assert_eq!(state(&bench, "bbbb"), Triage::Open);
}

#[test]
fn what_is_over_is_open_again_unless_another_covers_it() {
    let bench = Bench::new();
    read(&bench, "one", "/code", "/code/tests/a", "aaaa");
    read(&bench, "two", "/other", "/other/tests/a", "bbbb");
    let until = Suppression { expires: Some(second(100)), ..order(in_files("tests/*")) };
    assert_eq!(bench.writer.suppress(until, second(50)).unwrap(), (1, 2));
    assert_eq!(bench.writer.suppress(order(in_project("/code")), second(51)).unwrap(), (2, 0));

    assert_eq!(bench.writer.end_suppressions(second(99)).unwrap(), 0, "it is not over yet");
    assert_eq!(bench.writer.end_suppressions(second(100)).unwrap(), 1);

    assert_eq!((state(&bench, "aaaa"), state(&bench, "bbbb")), (Triage::Suppressed, Triage::Open));
    let rows = bench.reader().suppressions().unwrap().suppressions;
    assert_eq!((rows.len(), rows[0].id, rows[0].findings), (1, 2, 1));
    let history = bench.reader().finding_view(id("bbbb")).unwrap().unwrap().history;
    assert_eq!(history[1].note.as_ref().unwrap().as_str(), "its suppression is over");
    assert!(is_intact(&bench));
}

#[test]
fn what_a_person_says_after_counts_for_more() {
    let bench = Bench::new();
    read(&bench, "one", "/code", "/code/tests/a", "aaaa");
    bench.writer.suppress(order(in_files("tests/*")), second(50)).unwrap();

    bench.writer.triage(vec![id("aaaa")], Triage::Resolved, None, second(60)).unwrap();
    bench.writer.unsuppress(1, second(70)).unwrap();

    assert_eq!(state(&bench, "aaaa"), Triage::Resolved);
}

#[test]
fn a_project_covers_what_a_new_session_finds() {
    let bench = Bench::new();
    bench.writer.suppress(order(in_project("/code/demo")), second(50)).unwrap();

    read(&bench, "one", "/code/demo/a", "/x", "aaaa");
    read(&bench, "two", "/code/other", "/x", "bbbb");

    let (open, hidden) = (Triage::Open, Triage::Suppressed);
    assert_eq!([state(&bench, "aaaa"), state(&bench, "bbbb")], [hidden, open]);
    assert!(is_intact(&bench));
}

#[test]
fn a_project_covers_what_was_found_before_the_session_said_where_it_is() {
    let bench = Bench::new();
    bench.writer.suppress(order(in_project("/code/demo")), second(50)).unwrap();
    let tell = |at, cwd: Option<&str>, value: Option<&str>| {
        let mut told = in_session("one", batch(Witness::Transcript, vec![prompt(at, "hello")]));
        told.sessions[0].cwd = cwd.map(masked);
        let found = value.map(|value| finding(value, Severity::High, told.events[0].id, TEXT));
        bench.writer.submit(told, found.into_iter().collect()).unwrap();
        bench.writer.flush().unwrap();
    };
    tell(1, None, Some("aaaa"));
    tell(2, None, Some("bbbb"));
    bench.writer.triage(vec![id("bbbb")], Triage::Open, None, second(60)).unwrap();
    assert_eq!(state(&bench, "aaaa"), Triage::Open, "nobody knows where that was");

    tell(3, Some("/code/demo"), None);

    assert_eq!(state(&bench, "aaaa"), Triage::Suppressed);
    assert_eq!(state(&bench, "bbbb"), Triage::Open, "a person said so");
    assert!(is_intact(&bench));
}

#[test]
fn a_session_that_moves_on_takes_nothing_along() {
    let bench = Bench::new();
    bench.writer.suppress(order(in_project("/code/demo")), second(50)).unwrap();
    read(&bench, "one", "/code/other", "/x", "aaaa");

    let mut told = in_session("one", batch(Witness::Transcript, vec![prompt(9, "cd demo")]));
    told.sessions[0].cwd = Some(masked("/code/demo"));
    bench.writer.submit(told, Vec::new()).unwrap();
    bench.writer.flush().unwrap();

    assert_eq!(state(&bench, "aaaa"), Triage::Open);
}

#[test]
fn what_a_person_said_before_holds_again_when_a_suppression_ends() {
    let bench = Bench::new();
    let said = [
        ("aaaa", Triage::Acknowledged),
        ("bbbb", Triage::FalsePositive),
        ("cccc", Triage::Resolved),
        ("dddd", Triage::Resolved),
    ];
    for (value, word) in said {
        read(&bench, value, "/code", "/code/tests/a", value);
        bench.writer.triage(vec![id(value)], word, None, second(50)).unwrap();
        bench.writer.suppress(order(SuppressionOf::Finding(id(value))), second(51)).unwrap();
        assert_eq!(state(&bench, value), Triage::Suppressed);
    }
    // Seen again while it was suppressed, so that it was not resolved.
    let again = in_session("dddd", batch(Witness::Transcript, vec![prompt(60, "again")]));
    let found = finding("dddd", Severity::High, again.events[0].id, TEXT);
    bench.writer.submit(again, vec![found]).unwrap();
    bench.writer.flush().unwrap();

    let open: Vec<_> =
        (1..=4).map(|number| bench.writer.unsuppress(number, second(70)).unwrap()).collect();

    assert_eq!(open, [Some(0), Some(0), Some(0), Some(1)]);
    let states = ["aaaa", "bbbb", "cccc", "dddd"].map(|value| state(&bench, value));
    let (known, wrong) = (Triage::Acknowledged, Triage::FalsePositive);
    assert_eq!(states, [known, wrong, Triage::Resolved, Triage::Open]);
    let history = bench.reader().finding_view(id("dddd")).unwrap().unwrap().history;
    let why = history.iter().find(|step| step.at == second(70)).unwrap();
    assert_eq!(why.note.as_ref().unwrap().as_str(), "seen again after it was resolved");
    assert!(is_intact(&bench));
}

#[test]
fn of_two_suppressions_one_after_another_the_first_word_is_given_back() {
    let bench = Bench::new();
    read(&bench, "one", "/code", "/code/tests/a", "aaaa");
    bench.writer.triage(vec![id("aaaa")], Triage::Acknowledged, None, second(50)).unwrap();
    let mine = || order(SuppressionOf::Finding(id("aaaa")));
    bench.writer.suppress(mine(), second(51)).unwrap();
    bench.writer.suppress(order(in_files("tests/*")), second(52)).unwrap();
    bench.writer.suppress(mine(), second(53)).unwrap();

    assert_eq!(bench.writer.unsuppress(3, second(60)).unwrap(), Some(0));
    assert_eq!(state(&bench, "aaaa"), Triage::Suppressed, "the first one is in force");
    assert_eq!(bench.writer.unsuppress(1, second(61)).unwrap(), Some(0));

    let why = "the second is for what is open";
    assert_eq!(state(&bench, "aaaa"), Triage::Acknowledged, "{why}");
}
