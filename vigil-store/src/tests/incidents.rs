//! Findings: the list, one finding, and what people say of them.

use std::sync::{Arc, Mutex};

use vigil_proto::{
    FindingId, Masked, Severity, Span, Timestamp, Triage, Witness,
    event::Field,
    view::{FindingPage, FindingQuery},
};

use super::parts::{Bench, batch, finding, in_session, masked, prompt, second};
use crate::{Committed, Error, Options, Store};

const SPAN: Span = Span { field: Field::Text, start: 4, end: 8 };

/// Three findings in two sessions: `a` twice.
fn three() -> Bench {
    let bench = Bench::new();
    let mut first = in_session(
        "one",
        batch(Witness::Transcript, vec![prompt(1, "the aaaa key"), prompt(2, "the bbbb key")]),
    );
    first.sessions[0].cwd = Some(masked("/code/red"));
    let found = vec![
        finding("a", Severity::Critical, first.events[0].id, SPAN),
        finding("b", Severity::Low, first.events[1].id, SPAN),
    ];
    bench.writer.submit(first, found).unwrap();
    let second = in_session(
        "two",
        batch(Witness::Transcript, vec![prompt(50, "the aaaa key again"), prompt(60, "the cccc")]),
    );
    let found = vec![
        finding("a", Severity::Critical, second.events[0].id, SPAN),
        finding("c", Severity::High, second.events[1].id, SPAN),
    ];
    bench.writer.submit(second, found).unwrap();
    bench.writer.flush().unwrap();
    bench
}

fn id(value: &str) -> FindingId {
    FindingId::of("aws_access_key", value.as_bytes())
}

fn ask(bench: &Bench, change: impl FnOnce(&mut FindingQuery)) -> FindingPage {
    let mut query = FindingQuery::default();
    change(&mut query);
    bench.reader().finding_page(&query).unwrap()
}

fn ids(page: &FindingPage) -> Vec<FindingId> {
    page.findings.iter().map(|row| row.id).collect()
}

#[test]
fn a_session_has_what_was_seen_first_in_another() {
    let bench = three();
    let list = bench.reader().findings().unwrap().findings;
    let key = |native: &str| {
        let of = |row: &&vigil_proto::report::FindingRow| {
            row.session.as_ref().is_some_and(|session| session.as_str() == native)
        };
        list.iter().find(of).and_then(|row| row.session_key).unwrap()
    };

    let (one, two) = (key("one"), key("two"));

    assert_eq!(bench.reader().ids_in(one).unwrap(), [id("a"), id("b")].into());
    assert_eq!(bench.reader().ids_in(two).unwrap(), [id("a"), id("c")].into());
}

#[test]
fn the_worst_come_first_and_a_page_knows_how_many_there_are() {
    let bench = three();

    let first = ask(&bench, |q| q.limit = Some(2));
    let rest = ask(&bench, |q| q.offset = Some(2));

    assert_eq!((ids(&first), first.total), (vec![id("a"), id("c")], 3));
    assert_eq!(ids(&rest), [id("b")]);
    let row = &first.findings[0];
    assert_eq!((row.at, row.last, row.sightings), (second(1), Some(second(50)), 2));
    assert_eq!(row.project.as_ref().unwrap().as_str(), "/code/red");
}

#[test]
fn filters_leave_what_they_say_and_facets_what_there_is() {
    let bench = three();
    bench.writer.triage(vec![id("b")], Triage::Resolved, None, second(99)).unwrap();

    let low = ask(&bench, |q| q.severity = Some("low,high".to_owned()));
    let all = ask(&bench, |q| q.state = Some("any".to_owned()));
    let resolved = ask(&bench, |q| q.state = Some("resolved,false_positive".to_owned()));

    assert_eq!(ids(&low), [id("c")], "only what is open");
    assert_eq!((all.total, ids(&resolved)), (3, vec![id("b")]));
    for page in [&low, &all, &resolved] {
        assert_eq!(page.facets["state"]["open"], 2);
        assert_eq!(page.facets["state"]["resolved"], 1);
        assert_eq!(page.facets["severity"].get("low"), None, "it is no longer open");
        assert_eq!(page.facets["severity"]["critical"], 1);
        assert_eq!(page.facets["group"]["cloud"], 2);
        assert_eq!(page.facets["client"]["claude-code"], 2);
        assert_eq!(page.facets["project"]["/code/red"], 1);
    }
    assert_eq!(ids(&ask(&bench, |q| q.project = Some("/code/red".to_owned()))), [id("a")]);
    assert_eq!(ids(&ask(&bench, |q| q.q = Some("OF C".to_owned()))), [id("c")]);
    assert_eq!(ask(&bench, |q| q.q = Some("%".to_owned())).total, 0);
    assert_eq!(ids(&ask(&bench, |q| q.from = Some(second(2)))), [id("c")]);
    assert_eq!(ids(&ask(&bench, |q| q.to = Some(second(2)))), [id("a")]);
    let two = vigil_proto::SessionId::of("claude-code", "two");
    assert_eq!(ids(&ask(&bench, |q| q.session = Some(two))), [id("a"), id("c")]);
}

#[test]
fn a_word_that_is_none_of_ours_is_said_and_not_guessed() {
    let bench = three();
    let reader = bench.reader();

    let bad = FindingQuery { severity: Some("low,awful".to_owned()), ..FindingQuery::default() };
    let error = reader.finding_page(&bad).unwrap_err();

    assert!(matches!(&error, Error::Question { what: "severity", .. }), "{error}");
    assert!(error.to_string().contains("`awful`") && error.to_string().contains("critical"));
    let bad = FindingQuery { state: Some(String::new()), ..FindingQuery::default() };
    assert!(matches!(reader.finding_page(&bad), Err(Error::Question { what: "state", .. })));
}

#[test]
fn a_finding_shows_its_places_and_what_was_said_of_it() {
    let bench = three();
    let writer = &bench.writer;
    let said = Some(masked("a test key"));
    assert_eq!(writer.triage(vec![id("a")], Triage::FalsePositive, said, second(70)).unwrap(), 1);
    assert_eq!(writer.triage(vec![id("a")], Triage::Open, None, second(80)).unwrap(), 1);

    let view = bench.reader().finding_view(id("a")).unwrap().unwrap();

    let snippets: Vec<&str> =
        view.places.iter().map(|place| place.snippet.as_ref().unwrap().as_str()).collect();
    assert_eq!(snippets, ["the aaaa key", "the aaaa key again"]);
    assert_eq!(view.places[0].span, Some(SPAN));
    let history: Vec<(Timestamp, Triage, Option<&str>)> = view
        .history
        .iter()
        .map(|step| (step.at, step.state, step.note.as_ref().map(Masked::as_str)))
        .collect();
    assert_eq!(
        history,
        [(second(70), Triage::FalsePositive, Some("a test key")), (second(80), Triage::Open, None)]
    );
    let row = view.finding;
    assert_eq!((row.state, row.note, row.triaged_at), (Triage::Open, None, Some(second(80))));
    assert!(bench.reader().finding_view(id("nobody")).unwrap().is_none());
}

#[test]
fn many_are_judged_at_once_and_listeners_hear_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let heard: Arc<Mutex<Vec<Committed>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let (store, _) = Store::open(
        dir.path(),
        Options::default(),
        Box::new(move |committed| listener.lock().unwrap().push(committed.clone())),
    )
    .unwrap();
    let writer = store.writer();
    let event = prompt(1, "the aaaa key");
    let found = vec![
        finding("a", Severity::High, event.id, SPAN),
        finding("b", Severity::High, event.id, SPAN),
    ];
    writer.submit(batch(Witness::Transcript, vec![event.clone()]), found.clone()).unwrap();
    writer.flush().unwrap();
    writer.submit(batch(Witness::Transcript, vec![event, prompt(2, "more")]), found).unwrap();
    writer.flush().unwrap();

    let both = vec![id("a"), id("nobody"), id("b")];
    assert_eq!(writer.triage(both, Triage::Acknowledged, None, second(5)).unwrap(), 2);
    assert_eq!(writer.triage(vec![id("nobody")], Triage::Resolved, None, second(6)).unwrap(), 0);

    store.close().unwrap();
    let heard = heard.lock().unwrap();
    let changed: Vec<(u64, bool)> =
        heard.iter().map(|one| (one.new_events, one.findings_changed)).collect();
    assert_eq!(changed, [(1, true), (1, false), (0, true), (0, false)]);
    let reader = crate::Reader::open(dir.path()).unwrap();
    assert_eq!(reader.finding_page(&FindingQuery::default()).unwrap().total, 0);
}

#[test]
fn what_was_resolved_and_comes_back_is_open_again() {
    let bench = three();
    for (value, state) in [("a", Triage::Resolved), ("b", Triage::FalsePositive)] {
        bench.writer.triage(vec![id(value)], state, None, second(100)).unwrap();
    }
    let come_back = |at: i64| {
        let text = format!("keys of second {at}");
        let batch = in_session("two", batch(Witness::Transcript, vec![prompt(at, &text)]));
        let event = batch.events[0].id;
        let found = ["a", "b"].map(|value| finding(value, Severity::Low, event, SPAN)).to_vec();
        bench.writer.submit(batch, found).unwrap();
        bench.writer.flush().unwrap();
    };
    let states =
        || ["a", "b"].map(|value| bench.reader().finding(id(value)).unwrap().unwrap().state);

    // Something old that is read late is nothing new.
    come_back(90);
    assert_eq!(states(), [Triage::Resolved, Triage::FalsePositive]);
    come_back(200);
    assert_eq!(states(), [Triage::Open, Triage::FalsePositive]);

    let history = bench.reader().finding_view(id("a")).unwrap().unwrap().history;
    let last = history.last().unwrap();
    assert_eq!((last.state, last.at), (Triage::Open, second(200)));
    assert!(last.note.as_ref().unwrap().as_str().contains("seen again"));
}

#[test]
fn a_finding_that_is_named_twice_is_judged_once() {
    let bench = three();

    let twice = vec![id("a"), id("b"), id("a")];
    let changed = bench.writer.triage(twice, Triage::Resolved, None, second(70)).unwrap();

    assert_eq!(changed, 2);
    assert_eq!(bench.reader().finding_view(id("a")).unwrap().unwrap().history.len(), 1);
}

#[test]
fn filters_offer_the_values_with_the_most_findings() {
    let bench = Bench::new();
    let event = prompt(1, "nothing but keys");
    let found = (0..602)
        .map(|n| {
            let rule = if n < 2 { "z-often".to_owned() } else { format!("rule-{n:03}") };
            vigil_proto::Finding { rule, ..finding(&n.to_string(), Severity::Low, event.id, SPAN) }
        })
        .collect();
    bench.writer.submit(batch(Witness::Transcript, vec![event]), found).unwrap();
    bench.writer.flush().unwrap();

    let page = ask(&bench, |_| {});

    assert_eq!(page.total, 602);
    let rules = &page.facets["rule"];
    assert_eq!((rules.len(), rules["z-often"]), (500, 2));
}
