//! What is added up: it must agree with what was added.

use proptest::prelude::*;
use vigil_proto::{
    Event, KindName, Masked, Outcome, Severity, Span, Timestamp, Triage, Witness,
    config::Retention,
    event::{CallRank, Connection, Field, Gap, Kind, Way},
    report::UsageBy,
    view::{AnalyticsBy, AnalyticsQuery, Density, ToolRow},
};

use super::parts::{
    Bench, EPOCH, batch, call_of, event, finding, in_session, masked, model_call, prompt, response,
    second, tool_call, tool_result,
};
use crate::Reader;

const DAY: i64 = 86_400;

fn sum(density: &Density) -> u64 {
    density.rows.iter().flat_map(|row| &row.n).sum()
}

fn of_kind(density: &Density, kind: KindName) -> Vec<u64> {
    density.rows.iter().find(|row| row.kind == kind).map(|row| row.n.clone()).unwrap_or_default()
}

fn tools(reader: &Reader) -> Vec<(String, u64, u64, u64)> {
    let all = reader.analytics(&AnalyticsQuery::default(), "UTC", second(DAY)).unwrap();
    let row = |row: ToolRow| (row.name.into_string(), row.calls, row.failed, row.denied);
    all.tools.into_iter().map(row).collect()
}

#[test]
fn density_counts_every_event_once_at_every_scale() {
    let bench = Bench::new();
    let times = [0, 1, 59, 60, 3600, 3601, 5 * 3600, DAY, 40 * DAY];
    let events = times.iter().map(|at| response(*at, &format!("m{at}"), "x")).collect();
    bench.put(batch(Witness::Transcript, events));
    let reader = bench.reader();

    for (until, events, step) in [
        (100, 4, 60),
        (3 * 3600, 6, 300),
        (6 * 3600, 7, 300),
        (2 * DAY, 8, 3600),
        (41 * DAY, 9, 6 * 3600 * 4 / 3),
    ] {
        let density = reader.density(Some(second(0)), second(until)).unwrap();
        assert_eq!(sum(&density), events, "{until}");
        assert!(density.step <= step.max(60) * 4, "{until}: {}", density.step);
        assert!(density.start <= EPOCH / 1_000_000);
        assert!(density.rows[0].n.len() <= 130);
    }
    let whole = reader.density(None, second(41 * DAY)).unwrap();
    assert_eq!(sum(&whole), 9);
    assert_eq!(of_kind(&whole, KindName::Response).iter().filter(|n| **n > 0).count(), 3);
    assert_eq!(sum(&reader.density(Some(second(2)), second(2)).unwrap()), 2, "one bucket");
}

#[test]
fn a_clock_that_was_never_set_does_not_stretch_the_record() {
    let bench = Bench::new();
    let mut lost = response(0, "m0", "no clock");
    lost.at = Timestamp::from_micros(0);
    bench.put(batch(Witness::Transcript, vec![lost, response(1, "m1", "clock")]));
    let reader = bench.reader();

    let whole = reader.density(None, second(3600)).unwrap();
    let ages = reader.density(Some(Timestamp::from_micros(i64::MIN)), second(3600)).unwrap();

    assert_eq!((sum(&whole), whole.step), (1, 60));
    assert_eq!(sum(&ages), 2);
    assert!(ages.rows[0].n.len() <= 130);
    assert_eq!(sum(&reader.density(None, Timestamp::from_micros(i64::MIN)).unwrap()), 0);
}

#[test]
fn usage_is_the_same_sum_in_every_zone_and_bucket() {
    let bench = Bench::new();
    for n in 0..12_i64 {
        let call = model_call(n * 3 * DAY + n * 1000, &format!("m{n}"), 10, CallRank::Stopped);
        let mut one = in_session(&format!("s{n}"), batch(Witness::Transcript, vec![call]));
        one.sessions[0].cwd = Some(masked(format!("/code/{n}")));
        bench.put(one);
    }
    let reader = bench.reader();
    let total = reader.usage(UsageBy::Day, "UTC").unwrap().total;

    for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "-11:00"] {
        for by in [AnalyticsBy::Model, AnalyticsBy::Client, AnalyticsBy::Project] {
            for days in [40, 120, 2000, 100_000] {
                let query = AnalyticsQuery {
                    from: Some(second((34 - days) * DAY)),
                    by: Some(by),
                    ..AnalyticsQuery::default()
                };
                let all = reader.analytics(&query, zone, second(34 * DAY)).unwrap();
                assert_eq!(all.total, total, "{zone} {days}");
                let points = all.series.iter().flat_map(|series| &series.points);
                assert_eq!(points.map(|point| point.output).sum::<u64>(), total.output);
                assert!(all.buckets.is_sorted() && all.buckets.len() <= 200);
                assert!(all.series.iter().all(|one| one.points.len() == all.buckets.len()));
                assert_eq!(all.projects.len(), 12);
            }
        }
    }
    let by_project = AnalyticsQuery {
        from: Some(second(-DAY)),
        by: Some(AnalyticsBy::Project),
        ..AnalyticsQuery::default()
    };
    let all = reader.analytics(&by_project, "UTC", second(40 * DAY)).unwrap();
    assert_eq!(all.series.len(), 9);
    assert_eq!(all.series[8].key, Masked::literal("other"));
    assert_eq!(all.first.unwrap().as_micros() / 900_000_000, EPOCH / 900_000_000);
    assert!(reader.analytics(&by_project, "Nowhere/City", second(0)).is_err());
}

#[test]
fn filters_and_the_time_before_are_sums_of_their_own() {
    let bench = Bench::new();
    for (n, project) in [(0, "red"), (1, "red"), (2, "blue")] {
        let call = model_call(n * DAY, &format!("m{n}"), 10 << n, CallRank::Stopped);
        let used = tool_call(n * DAY, &format!("t{n}"), "{}");
        let native = format!("s{n}");
        let mut one = in_session(&native, batch(Witness::Transcript, vec![call, used]));
        one.sessions[0].cwd = Some(masked(project));
        bench.put(one);
    }
    let reader = bench.reader();
    let ask = |change: &dyn Fn(&mut AnalyticsQuery)| {
        let mut query = AnalyticsQuery {
            from: Some(second(DAY)),
            to: Some(second(3 * DAY)),
            ..AnalyticsQuery::default()
        };
        change(&mut query);
        reader.analytics(&query, "UTC", second(3 * DAY)).unwrap()
    };

    let all = ask(&|_| {});
    assert_eq!((all.total.output, all.before.output), (20 + 40, 10));
    let red = ask(&|q| q.project = Some("red".to_owned()));
    assert_eq!((red.total.output, red.before.output, red.tools[0].calls), (20, 10, 1));
    let nobody = ask(&|q| q.client = Some("nobody".to_owned()));
    assert_eq!((nobody.total.calls, nobody.tools.len()), (0, 0));
    let other = ask(&|q| q.model = Some("other".to_owned()));
    assert_eq!((other.total.calls, other.tools[0].calls), (0, 2), "tools have no model");
}

#[test]
fn what_became_of_a_call_is_counted_whenever_it_is_told() {
    let before_the_call =
        vec![tool_result(2, "t1", "no", Outcome::Failed), tool_call(1, "t1", "{}")];
    let after_it = vec![tool_call(1, "t1", "{}"), tool_result(2, "t1", "no", Outcome::Failed)];
    for events in [before_the_call, after_it] {
        let bench = Bench::new();
        for event in events {
            bench.put(batch(Witness::Transcript, vec![event]));
        }
        assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 1, 0)]);
    }
}

#[test]
fn a_worse_outcome_takes_the_place_of_a_better_one_and_never_adds_a_call() {
    let bench = Bench::new();
    let denied = || {
        let mut call = tool_call(1, "t1", "{}");
        if let Kind::ToolCall(tool) = &mut call.kind {
            tool.outcome = Outcome::Denied;
        }
        call
    };
    bench.put(batch(Witness::Transcript, vec![tool_call(1, "t1", "{}")]));
    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 0)]);

    bench.put(batch(Witness::Hook, vec![denied()]));
    bench.put(batch(Witness::Hook, vec![denied()]));
    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 1)]);

    // To whoever does not know of the refusal it looks like a failure.
    bench.put(batch(Witness::Transcript, vec![tool_result(2, "t1", "x", Outcome::Failed)]));
    bench.put(batch(Witness::Proxy, vec![tool_result(2, "t1", "x", Outcome::Executed)]));
    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 1)]);
}

#[test]
fn a_call_that_was_first_known_in_part_learns_its_outcome_too() {
    let bench = Bench::new();
    let mut partly = tool_call(1, "t1", "{}");
    partly.id = partly.id.conflicting(vigil_proto::ContentHash(5));
    partly.incomplete_key = true;
    bench.put(batch(Witness::Proxy, vec![partly]));
    bench.put(batch(Witness::Transcript, vec![tool_result(2, "t1", "no", Outcome::Denied)]));
    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 0)]);

    bench.put(batch(Witness::Transcript, vec![tool_call(1, "t1", "{}")]));

    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 1)]);
}

#[test]
fn pruning_takes_activity_and_files_with_the_events_and_leaves_totals() {
    let bench = Bench::new();
    let path = |n: i64, at: i64, tool: &str| {
        call_of(at, tool, &format!("t{n}"), &format!(r#"{{"file_path":"/f{}"}}"#, n % 2))
    };
    bench.put(batch(
        Witness::Transcript,
        vec![
            prompt(0, "old"),
            path(0, 1, "Write"),
            path(1, 2, "Read"),
            path(2, 100 * DAY, "Read"),
            response(100 * DAY + 1, "m", "new"),
        ],
    ));
    let now = second(100 * DAY + 60);

    let retention = Retention { conversation_days: 30, ..Retention::default() };
    bench.writer.prune(&retention, now).unwrap();

    let reader = bench.reader();
    let whole = reader.density(None, now).unwrap();
    assert_eq!(sum(&whole), 2);
    assert!(of_kind(&whole, KindName::Prompt).is_empty());
    let files = reader.machine(second(0)).unwrap().files;
    let rows: Vec<(&str, u64, u64)> =
        files.rows.iter().map(|row| (row.path.as_str(), row.reads, row.writes)).collect();
    assert_eq!(rows, [("/f0", 1, 0)]);
    let year = AnalyticsQuery { from: Some(second(-DAY)), ..AnalyticsQuery::default() };
    let calls: u64 =
        reader.analytics(&year, "UTC", now).unwrap().tools.iter().map(|tool| tool.calls).sum();
    assert_eq!(calls, 3);
}

#[test]
fn the_machine_says_what_it_knows_and_that_it_does_not_know() {
    let bench = Bench::new();
    let empty = bench.reader().machine(second(0)).unwrap();
    assert!(!empty.processes.recorded && !empty.connections.recorded && !empty.files.recorded);
    assert!(!empty.connections.by.is_empty());

    let flow = |n: u8, at: i64, decrypted: bool, detail: &str| {
        let flow = Connection {
            host: masked("api.example.com"),
            port: 443,
            way: if decrypted { Way::Decrypted } else { Way::Tunnelled },
            client: None,
            client_port: None,
            open: false,
            sent: 10,
            received: 20,
            duration_us: 5,
            detail: Some(masked(detail)),
        };
        let id = vigil_proto::EventId::from_bytes([n; 16]);
        event(id, at, u64::from(n), Kind::Connection(flow))
    };
    let long = "the upstream's certificate is not trusted; ".repeat(5);
    let events = vec![
        flow(1, 1, true, "first"),
        flow(2, 9, true, &long),
        flow(3, 5, false, "not on the list"),
    ];
    bench.put(batch(Witness::Proxy, events));
    let machine = bench.reader().machine(second(0)).unwrap();

    let rows: Vec<(&str, u64, u64, u64, &str)> = machine
        .connections
        .rows
        .iter()
        .map(|row| {
            (row.way.as_str(), row.n, row.sent, row.received, row.detail.as_ref().unwrap().as_str())
        })
        .collect();
    assert_eq!(
        rows,
        [("decrypted", 2, 20, 40, &*long), ("tunnelled", 1, 10, 20, "not on the list")]
    );
    assert_eq!(machine.connections.rows[0].last, second(9));
    assert!(bench.reader().machine(second(10)).unwrap().connections.rows.is_empty());
}

#[test]
fn a_digest_is_what_happened_between_two_moments() {
    let bench = Bench::new();
    let before = prompt(-60, "long before");
    let night = prompt(10, "in the night");
    let span = Span { field: Field::Text, start: 0, end: 2 };
    let found = vec![
        finding("old", Severity::High, before.id, span),
        finding("new", Severity::High, night.id, span),
        finding("judged", Severity::Low, night.id, span),
    ];
    let write = |at: i64, call: &str, path: &str| {
        call_of(at, "Write", call, &format!(r#"{{"file_path":"{path}"}}"#))
    };
    let gap = Gap { reason: "paused", detail: masked("so"), bytes: None };
    let events = vec![
        before,
        night,
        write(20, "t1", "/a"),
        write(4000, "t2", "/b"),
        write(4001, "t3", "/b"),
        write(9000, "t4", "/a"),
        tool_result(30, "t1", "no", Outcome::Failed),
        tool_result(4002, "t2", "no", Outcome::Denied),
        model_call(2000, "m1", 7, CallRank::Stopped),
        event(vigil_proto::EventId::from_bytes([7; 16]), 50, 7, Kind::Gap(gap)),
    ];
    bench.writer.submit(batch(Witness::Transcript, events), found).unwrap();
    let judged = vigil_proto::FindingId::of("aws_access_key", b"judged");
    bench.writer.triage(vec![judged], Triage::Resolved, None, second(0)).unwrap();

    let digest = bench.reader().digest(second(0), second(5000)).unwrap();

    assert_eq!((digest.sessions, digest.prompts, digest.gaps), (1, 1, 1));
    assert_eq!((digest.tool_calls, digest.failed, digest.denied), (3, 1, 1));
    assert_eq!((digest.usage.calls, digest.usage.output), (1, 7));
    assert_eq!(digest.findings.into_iter().collect::<Vec<_>>(), [("high".to_owned(), 1)]);
    assert_eq!(digest.files_written, 1, "/a was written again later");
    let backwards = bench.reader().digest(second(5000), second(0)).unwrap();
    assert_eq!((backwards.prompts, backwards.tool_calls), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever a digest's ends lie within their quarters of an hour, it counts each event once.
    #[test]
    fn a_digest_is_exact_at_its_ends(
        times in prop::collection::vec(0_i64..7200, 1..40),
        from in 0_i64..7200,
        length in 0_i64..7200,
    ) {
        let bench = Bench::new();
        let events: Vec<Event<Masked>> = times
            .iter()
            .zip(0..)
            .flat_map(|(at, n)| {
                let call = model_call(*at, &format!("m{n}"), 1, CallRank::Stopped);
                [prompt(*at, &format!("{n}")), tool_call(*at, &format!("t{n}"), "{}"), call]
            })
            .collect();
        bench.put(batch(Witness::Transcript, events));

        let digest = bench.reader().digest(second(from), second(from + length)).unwrap();

        let inside = times.iter().filter(|at| (from..from + length).contains(at)).count() as u64;
        prop_assert_eq!((digest.prompts, digest.tool_calls), (inside, inside));
        prop_assert_eq!((digest.usage.calls, digest.usage.output), (inside, inside));
    }
}

#[test]
fn a_call_whose_input_is_told_later_moves_in_the_totals_with_its_outcome() {
    let bench = Bench::new();
    let mut unseen = tool_call(1, "t1", "");
    unseen.content = vigil_proto::ContentHash(0);
    bench.put(batch(Witness::Transcript, vec![unseen]));

    let mut told = tool_call(1, "t1", "{}");
    if let Kind::ToolCall(tool) = &mut told.kind {
        tool.outcome = Outcome::Denied;
    }
    bench.put(batch(Witness::Transcript, vec![told]));

    assert_eq!(bench.events()[0].outcome, Some(Outcome::Denied));
    assert_eq!(tools(&bench.reader()), [("Bash".to_owned(), 1, 0, 1)]);
}
