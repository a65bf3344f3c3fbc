use super::{Evidence, Surface, Verdict};
use crate::{event::Witness, time::Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn seen_hours_ago(hours: i64) -> Evidence {
    let last = Timestamp::from_micros(NOW.as_micros() - hours * 3_600_000_000);
    Evidence { count: 3, last: Some(last) }
}

fn row(witnesses: &[(Witness, Evidence)]) -> Surface {
    Surface::from_evidence("claude-code", None, witnesses.to_vec(), NOW, Some("route it"))
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
