use super::{
    ClientEvidence, Coverage, Evidence, Flows, Route, Surface, Verdict, matrix, route_command,
};
use crate::{event::Witness, time::Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn seen_hours_ago(hours: i64) -> Evidence {
    let last = Timestamp::from_micros(NOW.as_micros() - hours * 3_600_000_000);
    Evidence { count: 3, last: Some(last) }
}

fn row(witnesses: &[(Witness, Evidence)]) -> Surface {
    let client = ClientEvidence {
        client: "claude-code".to_owned(),
        version: None,
        witnesses: witnesses.iter().copied().collect(),
        flows: None,
    };
    matrix(vec![client], NOW, |_| Route::Command("route it".to_owned())).remove(0)
}

#[test]
fn a_transcript_alone_is_the_clients_own_word() {
    let surface = row(&[(Witness::Transcript, seen_hours_ago(1))]);
    assert_eq!(surface.verdict, Verdict::SelfReported);
    assert_eq!(surface.next, ["route it"]);
    assert_eq!(surface.coverage.ratio, None);
    assert_eq!(surface.witnesses["transcript"].count, 3);
    assert_eq!(surface.witnesses["kernel"], Evidence::default(), "silence is told as well");
}

#[test]
fn an_independent_witness_of_today_is_enough() {
    let surface =
        row(&[(Witness::Transcript, seen_hours_ago(1)), (Witness::Proxy, seen_hours_ago(2))]);
    assert_eq!(surface.verdict, Verdict::Witnessed);
    assert!(surface.next.is_empty());
}

#[test]
fn that_it_ran_is_no_word_of_what_it_said() {
    let surface =
        row(&[(Witness::Transcript, seen_hours_ago(1)), (Witness::Kernel, seen_hours_ago(0))]);
    assert_eq!(surface.verdict, Verdict::SelfReported);
    assert_eq!(surface.next, ["route it"]);
    assert_eq!(row(&[(Witness::Kernel, seen_hours_ago(0))]).verdict, Verdict::Nothing);
}

#[test]
fn that_it_was_visited_is_no_word_of_what_was_said() {
    let visited = row(&[(Witness::History, seen_hours_ago(0))]);
    assert_eq!(visited.verdict, Verdict::Nothing);
    assert_eq!(visited.witnesses["history"].count, seen_hours_ago(0).count);
    let told = row(&[(Witness::History, seen_hours_ago(0)), (Witness::Browser, seen_hours_ago(1))]);
    assert_eq!(told.verdict, Verdict::SelfReported);
    // A client that has no pages has no column for it.
    assert!(!row(&[(Witness::Transcript, seen_hours_ago(1))]).witnesses.contains_key("history"));
}

#[test]
fn coverage_is_the_share_of_what_is_known_to_be_captured_or_past() {
    let coverage = |captured, tunnelled, direct, unknown| {
        Coverage::from(Flows { captured, tunnelled, direct, unknown })
    };
    let some = coverage(3, 7, 1, 5);
    assert_eq!((some.ratio, some.seen, some.method.as_str()), (Some(0.75), Some(16), "kernel"));
    assert_eq!(some.direct(), Some(1));
    assert_eq!(coverage(0, 7, 0, 5).ratio, None, "neither captured nor past");
    assert_eq!(coverage(0, 0, 2, 0).ratio, Some(0.0));
}

#[test]
fn yesterdays_proxy_does_not_vouch_for_today() {
    let surface =
        row(&[(Witness::Transcript, seen_hours_ago(1)), (Witness::Proxy, seen_hours_ago(25))]);
    assert_eq!(surface.verdict, Verdict::SelfReported);
}

#[test]
fn old_evidence_is_stale_and_our_own_is_none() {
    assert_eq!(row(&[(Witness::Transcript, seen_hours_ago(48))]).verdict, Verdict::Stale);
    assert_eq!(row(&[(Witness::Vigil, seen_hours_ago(0))]).verdict, Verdict::Nothing);
}

#[test]
fn a_client_that_was_never_seen_has_its_row_and_its_next_step() {
    let rows = matrix(Vec::new(), NOW, |client| Route::Command(format!("route {client}")));
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].client.as_str(), rows[0].verdict), ("claude-code", Verdict::Nothing));
    assert_eq!(rows[0].next, ["route claude-code"]);
}

#[test]
fn each_known_client_has_the_command_that_routes_it() {
    assert_eq!(route_command("claude-code").as_deref(), Some("vigil route on claude-code"));
    assert_eq!(route_command("pi").as_deref(), Some("vigil route env pi"));
    assert_eq!(route_command("somebody"), None);
}

#[test]
fn a_client_that_is_led_already_is_not_told_to_be() {
    let rows = matrix(Vec::new(), NOW, |_| Route::Led);

    assert!(rows[0].routed);
    assert!(rows[0].next.is_empty());
    assert!(!matrix(Vec::new(), NOW, |_| Route::None)[0].routed);
}
