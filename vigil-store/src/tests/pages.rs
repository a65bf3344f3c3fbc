//! The list of sessions: pages, filters, search.

use vigil_proto::{Masked, Witness, event::CallRank, view::SessionQuery};

use super::parts::{Bench, batch, in_session, masked, model_call, prompt, response, second};

/// Ten sessions in two projects; number 7 speaks of a lighthouse.
fn ten() -> Bench {
    let bench = Bench::new();
    for n in 0..10_i64 {
        let text = if n == 7 { "the lighthouse is dark" } else { "nothing to see" };
        let native = format!("session-{n}");
        let mut events = vec![prompt(n * 100, text), response(n * 100 + 1, "m", "well")];
        if n % 2 == 0 {
            events.push(model_call(n * 100 + 2, &format!("m{n}"), 5, CallRank::Stopped));
        }
        let mut batch = in_session(&native, batch(Witness::Transcript, events));
        batch.sessions[0].cwd =
            Some(masked(format!("/code/{}", if n % 2 == 0 { "red" } else { "blue_1" })));
        batch.sessions[0].branch = Some(masked("100%-sure"));
        bench.put(batch);
    }
    bench
}

fn ask(bench: &Bench, change: impl FnOnce(&mut SessionQuery)) -> (u64, Vec<String>) {
    let mut query = SessionQuery::default();
    change(&mut query);
    let page = bench.reader().session_page(&query).unwrap();
    (page.total, page.sessions.into_iter().map(|row| row.id.into_string()).collect())
}

#[test]
fn pages_follow_one_another_newest_first() {
    let bench = ten();

    let (total, first) = ask(&bench, |q| q.limit = Some(4));
    let (_, second) = ask(&bench, |q| (q.limit, q.offset) = (Some(4), Some(4)));
    let (_, last) = ask(&bench, |q| (q.limit, q.offset) = (Some(4), Some(8)));
    let (_, beyond) = ask(&bench, |q| q.offset = Some(u64::MAX));

    assert_eq!(total, 10);
    let all: Vec<String> = [first, second, last].concat();
    let expected: Vec<String> = (0..10).rev().map(|n| format!("session-{n}")).collect();
    assert_eq!(all, expected);
    assert!(beyond.is_empty());
}

#[test]
fn a_page_says_the_same_of_a_session_as_the_whole_list() {
    let bench = ten();

    let page = bench.reader().session_page(&SessionQuery::default()).unwrap();
    let list = bench.reader().sessions().unwrap();

    let json = |sessions| serde_json::to_value(sessions).unwrap();
    assert_eq!(json(page.sessions), json(list.sessions));
}

#[test]
fn filters_hold_together() {
    let bench = ten();

    assert_eq!(ask(&bench, |q| q.project = Some("/code/red".to_owned())).0, 5);
    assert_eq!(ask(&bench, |q| q.model = Some("claude-sonnet".to_owned())).0, 5);
    assert_eq!(ask(&bench, |q| q.client = Some("claude-code".to_owned())).0, 10);
    assert_eq!(ask(&bench, |q| q.client = Some("nobody".to_owned())).0, 0);
    assert_eq!(ask(&bench, |q| q.findings = Some(true)).0, 0);
    assert_eq!(ask(&bench, |q| q.findings = Some(false)).0, 10);
    let (total, ids) = ask(&bench, |q| {
        q.from = Some(second(300));
        q.to = Some(second(600));
        q.project = Some("/code/blue_1".to_owned());
    });
    assert_eq!((total, ids), (2, vec!["session-5".to_owned(), "session-3".to_owned()]));
}

#[test]
fn a_search_looks_at_what_is_known_and_at_what_was_said() {
    let bench = ten();
    let of = |words: &str| ask(&bench, |q| q.q = Some(words.to_owned())).0;

    assert_eq!(of("LIGHTHOUSE"), 1, "words that were said");
    assert_eq!(of("light"), 0, "of what was said, whole words");
    assert_eq!(of("SION-3"), 1, "a part of the id");
    assert_eq!(of("e/RED"), 5, "a part of the project");
    assert_eq!(of("100%-s"), 10, "a part of the branch");
    assert_eq!(of("1%0"), 0, "a percent sign is itself");
    assert_eq!(of("blue_"), 5);
    assert_eq!(of("blu__"), 0, "and so is an underscore");
    assert_eq!(of("   "), 10, "nothing asked, nothing left out");
    let page = bench
        .reader()
        .session_page(&SessionQuery { q: Some("lighthouse".to_owned()), ..Default::default() })
        .unwrap();
    assert_eq!(page.finds.len(), 1);
    assert_eq!(page.finds[0].key, page.sessions[0].key);
    assert_eq!(page.finds[0].snippet, Masked::literal("the lighthouse is dark"));
    assert!(!page.partial);
}

#[test]
fn a_search_with_endless_hits_says_that_it_stopped() {
    let bench = Bench::new();
    let events = (0..2100).map(|n| response(n, &format!("m{n}"), "again and again")).collect();
    bench.put(batch(Witness::Transcript, events));

    let query = SessionQuery { q: Some("again".to_owned()), ..SessionQuery::default() };
    let page = bench.reader().session_page(&query).unwrap();

    assert!(page.partial);
    assert_eq!(page.total, 1);
}

#[test]
fn facets_count_what_filters_would_leave() {
    let bench = ten();

    let facets = bench.reader().facets().unwrap();

    assert_eq!(facets.clients["claude-code"], 10);
    assert_eq!(facets.projects["/code/red"], 5);
    assert_eq!(facets.models["claude-sonnet"], 5);
}
