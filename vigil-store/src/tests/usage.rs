//! Usage by what a person asks for.

use jiff::tz::TimeZone;
use vigil_proto::{
    Batch, Kind, Masked, SessionFacts, SessionId, Timestamp, Witness,
    event::CallRank,
    report::{UsageBy, UsageQuery, UsageReport},
    view::AnalyticsQuery,
};

use super::parts::{Bench, batch, masked, model_call};

/// A call at the time `at` that wrote `output` tokens, in a session of its own.
fn call(client: &'static str, cwd: &str, at: &str, output: u64) -> Batch<Masked> {
    let native = format!("{client} {at}");
    let mut event = model_call(0, &native, output, CallRank::Stopped);
    event.at = at.parse().unwrap();
    event.session = Some(SessionId::of(client, &native));
    let mut one = batch(Witness::Transcript, vec![event]);
    let mut facts = SessionFacts::new(client, masked(&native), SessionId::of(client, &native));
    facts.cwd = Some(masked(cwd));
    one.sessions = vec![facts];
    one
}

/// As `(key, output tokens)`.
fn rows(report: &UsageReport) -> Vec<(&str, u64)> {
    report.rows.iter().map(|row| (row.key.as_str(), row.figures.output)).collect()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// Six calls around the night in which Berlin's clocks go forward, 28 to 29 March 2026: the 29th
/// has 23 hours there.
fn spring() -> Bench {
    let bench = Bench::new();
    for (at, output) in [
        ("2026-03-28T22:30:00Z", 1),
        ("2026-03-28T23:30:00Z", 2),
        ("2026-03-29T00:30:00Z", 4),
        ("2026-03-29T01:30:00Z", 8),
        ("2026-03-29T21:59:59Z", 16),
        ("2026-03-29T22:00:00Z", 32),
    ] {
        bench.put(call("claude-code", "/home/dev/shop", at, output));
    }
    bench
}

#[test]
fn days_weeks_and_months_begin_at_midnight_where_the_user_is() {
    let bench = spring();
    let reader = bench.reader();
    let by = |by, zone| reader.usage(by, zone).unwrap();

    let (utc, berlin) = (by(UsageBy::Day, "UTC"), by(UsageBy::Day, "Europe/Berlin"));
    assert_eq!(rows(&utc), [("2026-03-28", 3), ("2026-03-29", 60)]);
    assert_eq!(rows(&berlin), [("2026-03-28", 1), ("2026-03-29", 30), ("2026-03-30", 32)]);
    assert_eq!(berlin.time_zone, "Europe/Berlin");
    let kathmandu = by(UsageBy::Day, "Asia/Kathmandu");
    assert_eq!(rows(&kathmandu), [("2026-03-29", 15), ("2026-03-30", 48)]);
    // The 30th is a Monday.
    let weeks = by(UsageBy::Week, "Europe/Berlin");
    assert_eq!(rows(&weeks), [("2026-03-23", 31), ("2026-03-30", 32)]);
    assert_eq!(rows(&by(UsageBy::Month, "-11:00")), [("2026-03", 63)]);
    for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu"] {
        for group in [UsageBy::Day, UsageBy::Week, UsageBy::Month, UsageBy::Project] {
            assert_eq!(by(group, zone).total.output, 63, "{group:?} {zone}");
        }
    }
}

#[test]
fn the_page_has_the_same_days_as_the_command_line() {
    let bench = spring();
    let reader = bench.reader();

    for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "+14:00"] {
        let asked = AnalyticsQuery {
            from: Some(at("2026-03-05T00:00:00Z")),
            to: Some(at("2026-04-14T00:00:00Z")),
            ..AnalyticsQuery::default()
        };
        let shown = reader.analytics(&asked, zone, at("2026-04-14T00:00:00Z")).unwrap();
        assert_eq!(shown.step, 86_400);
        let points = shown.series[0].points.iter().map(|point| point.output);
        let drawn: Vec<u64> = points.filter(|output| *output > 0).collect();

        let days = reader.usage(UsageBy::Day, zone).unwrap();

        let told: Vec<u64> = days.rows.iter().map(|row| row.figures.output).collect();
        assert_eq!((drawn, shown.time_zone), (told, days.time_zone), "{zone}");
    }
}

#[test]
fn the_day_on_which_the_clocks_go_back_has_both_of_its_hours() {
    let bench = Bench::new();
    // Half past two comes twice on 25 October 2026 in Berlin.
    for (at, output) in [
        ("2026-10-24T22:00:00Z", 1),
        ("2026-10-25T00:30:00Z", 2),
        ("2026-10-25T01:30:00Z", 4),
        ("2026-10-25T22:59:00Z", 8),
        ("2026-10-25T23:00:00Z", 16),
    ] {
        bench.put(call("codex", "/home/dev/shop", at, output));
    }

    let days = bench.reader().usage(UsageBy::Day, "Europe/Berlin").unwrap();

    assert_eq!(rows(&days), [("2026-10-25", 15), ("2026-10-26", 16)]);
}

#[test]
fn what_is_asked_for_is_added_up_and_nothing_else() {
    let bench = spring();
    bench.put(call("codex", "/home/dev/shop/api", "2026-03-29T10:07:00Z", 64));
    bench.put(call("codex", "/srv/docs", "2026-03-29T11:00:00Z", 128));
    let reader = bench.reader();
    let asked = |q: UsageQuery| reader.usage_of(&q, &TimeZone::UTC).unwrap();

    let clients = asked(UsageQuery { by: UsageBy::Client, ..UsageQuery::default() });
    assert_eq!(rows(&clients), [("codex", 192), ("claude-code", 63)], "the dearest first");
    let projects = asked(UsageQuery {
        by: UsageBy::Project,
        project: Some("/home/dev/shop".to_owned()),
        ..UsageQuery::default()
    });
    assert_eq!(rows(&projects), [("/home/dev/shop/api", 64), ("/home/dev/shop", 63)]);
    for (project, output) in [("docs", 128), ("shop", 63), ("/srv", 128), ("dev", 0)] {
        let project = Some(project.to_owned());
        let all = asked(UsageQuery { project, ..UsageQuery::default() });
        assert_eq!(all.total.output, output);
    }
    let of_codex = asked(UsageQuery {
        by: UsageBy::Day,
        client: Some("codex".to_owned()),
        ..UsageQuery::default()
    });
    assert_eq!(rows(&of_codex), [("2026-03-29", 192)]);
    // Both ends are moved to whole quarters of an hour, and told.
    let part = asked(UsageQuery {
        from: Some(at("2026-03-29T10:07:30Z")),
        to: Some(at("2026-03-29T10:59:00Z")),
        ..UsageQuery::default()
    });
    assert_eq!(part.total.output, 64);
    assert_eq!(part.from, Some(at("2026-03-29T10:00:00Z")));
    assert_eq!(part.to, Some(at("2026-03-29T11:00:00Z")));
    let nobody = Some("nobody".to_owned());
    assert_eq!(asked(UsageQuery { client: nobody, ..UsageQuery::default() }).total.calls, 0);
}

#[test]
fn a_session_has_its_client_and_folder_beside_its_figures() {
    let bench = spring();

    let sessions = bench.reader().usage(UsageBy::Session, "UTC").unwrap();

    let dearest = &sessions.rows[0];
    assert_eq!(dearest.key.as_str(), "claude-code 2026-03-29T22:00:00Z");
    let session = dearest.session.as_ref().unwrap();
    assert_eq!(session.client, "claude-code");
    assert_eq!(session.project.as_ref().unwrap().as_str(), "/home/dev/shop");
    assert_eq!(session.last, Some(at("2026-03-29T22:00:00Z")));
    assert_eq!(sessions.rows.len(), 6);
}

#[test]
fn calls_whose_price_is_not_known_are_counted() {
    let bench = Bench::new();
    let mut unknown = call("pi", "/srv/docs", "2026-03-29T10:00:00Z", 5);
    for event in &mut unknown.events {
        if let Kind::ModelCall(call) = &mut event.kind {
            call.cost = None;
            call.model = masked("somebody-elses");
        }
    }
    bench.put(unknown);
    bench.put(call("codex", "/srv/docs", "2026-03-29T11:00:00Z", 7));

    let models = bench.reader().usage(UsageBy::Model, "UTC").unwrap();

    let unpriced: Vec<u64> = models.rows.iter().map(|row| row.unpriced).collect();
    assert_eq!((unpriced, models.unpriced, models.total.calls), (vec![0, 1], 1, 2));
}
