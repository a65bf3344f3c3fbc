//! The feed: pages that lose and repeat nothing, filters, what is new.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigil_proto::{
    Event, EventId, KindName, Masked, Outcome, Witness,
    event::{CallRank, Connection, Gap, Kind, System, Way},
    view::FeedQuery,
};

use super::parts::{
    Bench, batch, event, in_session, masked, model_call, prompt, response, second, tool_result,
};
use crate::{Error, Reader};

fn occurrence(n: u8, at: i64, kind: Kind<Masked>) -> Event<Masked> {
    event(EventId::from_bytes([n; 16]), at, u64::from(n) + 1, kind)
}

fn gap(n: u8, at: i64) -> Event<Masked> {
    occurrence(n, at, Kind::Gap(Gap { reason: "paused", detail: masked("so"), bytes: None }))
}

fn flow(n: u8, at: i64) -> Event<Masked> {
    let flow = Connection {
        host: masked("api.example.com"),
        port: 443,
        way: Way::Decrypted,
        client: None,
        client_port: None,
        open: false,
        sent: 10,
        received: 20,
        duration_us: 5,
        detail: None,
    };
    occurrence(n, at, Kind::Connection(flow))
}

/// All pages of `query`, one after the other.
fn all(reader: &Reader, mut query: FeedQuery) -> Vec<i64> {
    let mut seqs = Vec::new();
    loop {
        let page = reader.feed(&query).unwrap();
        seqs.extend(page.events.iter().map(|row| row.event.seq));
        match page.next {
            Some(next) => query.before = Some(next),
            None => return seqs,
        }
    }
}

fn of(kinds: &str, limit: u64) -> FeedQuery {
    FeedQuery { kinds: Some(kinds.to_owned()), limit: Some(limit), ..FeedQuery::default() }
}

#[test]
fn everything_is_told_newest_first_but_the_clients_notes() {
    let bench = Bench::new();
    let note = Kind::System(System { name: masked("hook"), text: masked("ran") });
    let title = Some((vigil_proto::batch::TitleRank::Custom, masked("the work")));
    let mut some = batch(
        Witness::Transcript,
        vec![
            prompt(1, "hello"),
            model_call(2, "m1", 5, CallRank::Stopped),
            occurrence(1, 3, note),
            gap(2, 4),
        ],
    );
    some.sessions[0].title = title;
    bench.put(some);

    let feed = bench.reader().feed(&FeedQuery::default()).unwrap();

    let kinds: Vec<KindName> = feed.events.iter().map(|row| row.event.kind).collect();
    assert_eq!(kinds, [KindName::Gap, KindName::ModelCall, KindName::Prompt]);
    assert_eq!(feed.next, None);
    let last = &feed.events[2];
    assert_eq!(last.event.text.as_ref().unwrap().as_str(), "hello");
    assert_eq!(last.title.as_ref().unwrap().as_str(), "the work");
    assert_eq!(feed.events[1].event.detail["usage"]["output"], 5);
    assert_eq!(all(&bench.reader(), of("system", 9)).len(), 1);
}

#[test]
fn filters_by_kind_witness_client_and_time() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "a"), response(2, "m", "b")]));
    bench.put(batch(Witness::Proxy, vec![response(3, "n", "c"), flow(1, 4), flow(2, 5)]));
    let mut other = in_session("x", batch(Witness::Transcript, vec![prompt(6, "other")]));
    other.sessions[0].client = "codex".into();
    other.sessions[0].cwd = Some(masked("/srv/docs"));
    bench.put(other);
    let reader = bench.reader();

    assert_eq!(all(&reader, of("connection,gap", 9)), [5, 4]);
    assert_eq!(all(&reader, of("prompt,connection", 9)), [6, 5, 4, 1]);
    let by = |change: &dyn Fn(&mut FeedQuery)| {
        let mut query = FeedQuery::default();
        change(&mut query);
        all(&reader, query)
    };
    assert_eq!(by(&|q| q.witness = Some("proxy".to_owned())), [5, 4, 3]);
    assert_eq!(by(&|q| q.client = Some("codex".to_owned())), [6]);
    assert_eq!(by(&|q| q.client = Some("nobody".to_owned())), [0_i64; 0]);
    assert_eq!(by(&|q| q.project = Some("/srv/docs".to_owned())), [6]);
    assert_eq!(by(&|q| q.project = Some("/srv".to_owned())), [0_i64; 0]);
    let both = |q: &mut FeedQuery| {
        q.project = Some("/srv/docs".to_owned());
        q.client = Some("claude-code".to_owned());
    };
    assert_eq!(by(&both), [0_i64; 0]);
    assert_eq!(by(&|q| (q.from, q.to) = (Some(second(2)), Some(second(4)))), [3, 2]);
    for bad in [
        FeedQuery { kinds: Some("prompt,nonsense".to_owned()), ..FeedQuery::default() },
        FeedQuery { witness: Some("everybody".to_owned()), ..FeedQuery::default() },
        FeedQuery { outcomes: Some("failed,lost".to_owned()), ..FeedQuery::default() },
        FeedQuery { before: Some("yesterday".to_owned()), ..FeedQuery::default() },
    ] {
        assert!(matches!(reader.feed(&bad), Err(Error::Question { .. })), "{bad:?}");
    }
}

/// Sessions of three projects side by side, one after the other, days apart, and one around others.
#[test]
fn of_a_project_everything_is_told_wherever_its_sessions_lie() {
    let bench = Bench::new();
    let starts = [0, 60, 90, 7_300, 400_000, 400_100, 403_500, 410_000, 900_000, -50_000, 1_000];
    for (n, start) in starts.into_iter().enumerate() {
        let step = if n == 10 { 200_000 } else { 700 };
        let said = |k: i64| response(start + k * step, &format!("m{n}-{k}"), "x");
        let mut one = batch(Witness::Transcript, (0..5).map(said).collect());
        one = in_session(&format!("s{n}"), one);
        one.sessions[0].cwd = Some(masked(["/srv/docs", "/srv/shop", "/srv/web"][n % 3]));
        bench.put(one);
    }
    bench.put(batch(Witness::Proxy, vec![flow(1, 95), flow(2, 400_050)]));
    let reader = bench.reader();
    let everything = reader.feed(&FeedQuery::default()).unwrap();
    assert_eq!(everything.events.len(), 57);

    for project in ["/srv/docs", "/srv/shop", "/srv/web"] {
        let expected: Vec<i64> = everything
            .events
            .iter()
            .filter(|row| row.project.as_ref().is_some_and(|cwd| cwd.as_str() == project))
            .map(|row| row.event.seq)
            .collect();
        assert!(expected.len() >= 15, "{project}");
        for limit in [1, 2, 7, 200] {
            let query = FeedQuery { project: Some(project.to_owned()), ..FeedQuery::default() };
            let (of_all, of_some) =
                (query.clone(), FeedQuery { to: Some(second(402_000)), ..query });
            let of_some = FeedQuery { from: Some(second(75)), ..of_some };
            let seqs = |query: FeedQuery| all(&reader, FeedQuery { limit: Some(limit), ..query });
            assert_eq!(seqs(of_all), expected, "{project}, {limit} at a time");
            let within = |seq: &i64| {
                let row = everything.events.iter().find(|row| row.event.seq == *seq).unwrap();
                row.event.at >= second(75) && row.event.at < second(402_000)
            };
            let some: Vec<i64> = expected.iter().copied().filter(within).collect();
            assert_eq!(seqs(of_some), some, "{project}, {limit} at a time, between two times");
        }
    }
}

#[test]
fn what_went_wrong_can_be_picked_out() {
    let bench = Bench::new();
    let outcomes = [Outcome::Executed, Outcome::Failed, Outcome::Denied];
    let results = outcomes
        .iter()
        .zip(1..)
        .map(|(outcome, n)| tool_result(n, &format!("call {n}"), "said", *outcome));
    bench.put(batch(Witness::Transcript, results.collect()));
    let of = |outcomes: &str| {
        let query = FeedQuery { outcomes: Some(outcomes.to_owned()), ..FeedQuery::default() };
        all(&bench.reader(), query)
    };

    assert_eq!(of("failed,denied"), [3, 2]);
    assert_eq!(of("executed"), [1]);
}

#[test]
fn what_is_new_comes_in_the_order_of_numbers() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(9, "late"), prompt(1, "early")]));
    bench.put(batch(
        Witness::Transcript,
        vec![tool_result(5, "t", "of nobody", Outcome::Executed), gap(1, 0)],
    ));
    let reader = bench.reader();

    let seqs = |after: i64, limit: u64| -> Vec<i64> {
        reader.feed_after(after, limit).unwrap().iter().map(|row| row.event.seq).collect()
    };

    assert_eq!(seqs(0, 100), [1, 2, 3, 4]);
    assert_eq!(seqs(1, 2), [2, 3]);
    assert_eq!(seqs(4, 100), [0_i64; 0]);
}

#[test]
fn a_page_that_finds_nothing_for_long_says_where_to_go_on() {
    let bench = Bench::new();
    let mut events: Vec<_> = (1..=9000).map(|n| response(n, &format!("m{n}"), "x")).collect();
    events.push(prompt(0, "the very first"));
    bench.put(batch(Witness::Transcript, events));
    bench.put(batch(Witness::Proxy, vec![flow(1, -5)]));
    let reader = bench.reader();
    let query = FeedQuery { witness: Some("proxy".to_owned()), ..FeedQuery::default() };

    let first = reader.feed(&query).unwrap();

    assert!(first.events.is_empty() && first.next.is_some());
    assert_eq!(all(&reader, query).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Many events of few moments, in pages of every size.
    #[test]
    fn pages_lose_and_repeat_nothing(
        moments in prop::collection::vec((0_i64..4, 0_u8..3), 1..60),
        limit in 1_u64..9,
    ) {
        let bench = Bench::new();
        let events: Vec<Event<Masked>> = moments
            .iter()
            .zip(1_u8..)
            .map(|((at, kind), n)| match kind {
                0 => gap(n, *at),
                1 => flow(n, *at),
                _ => response(*at, &format!("m{n}"), &format!("text {n}")),
            })
            .collect();
        bench.put(batch(Witness::Transcript, events));
        let reader = bench.reader();
        let mut expected: Vec<(i64, i64)> =
            moments.iter().zip(1_i64..).map(|((at, _), seq)| (*at, seq)).collect();
        expected.sort_unstable();

        let everything = all(&reader, FeedQuery { limit: Some(limit), ..FeedQuery::default() });
        let rare = all(&reader, of("gap,connection", limit));

        let in_order: Vec<i64> = expected.iter().rev().map(|(_, seq)| *seq).collect();
        prop_assert_eq!(&everything, &in_order);
        let is_rare = |seq: &i64| moments[usize::try_from(*seq).unwrap() - 1].1 < 2;
        let rare_in_order: Vec<i64> = in_order.into_iter().filter(is_rare).collect();
        prop_assert_eq!(&rare, &rare_in_order);
        prop_assert_eq!(rare.iter().collect::<BTreeSet<_>>().len(), rare.len());
    }
}
