use vigil_proto::{
    FindingId, Masked, Timestamp,
    finding::{Confidence, Severity, Triage},
    id::EventId,
    report::FindingRow,
};

use super::{plain, warning};

#[test]
fn outside_text_cannot_act_on_the_terminal() {
    let hostile = "a\u{1b}[2Jb\u{9b}c\rd\u{202e}e\u{61c}f\u{e0041}g\nh";

    assert_eq!(plain(hostile, 100), "a [2Jb c d e f g h");
    assert_eq!(plain("abc", 2), "ab");
}

#[test]
fn a_new_finding_names_its_severity_and_the_next_command() {
    let finding = FindingRow {
        id: FindingId::from_bytes([0xab; 16]),
        rule: "aws_access_key".to_owned(),
        group: "cloud".to_owned(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        at: Timestamp::from_micros(0),
        client: Some("claude-code".to_owned()),
        session: None,
        turn: Some(1),
        event: EventId::from_bytes([1; 16]),
        span: None,
        masked: Masked::literal(""),
        fingerprint: None,
        why: Masked::literal(""),
        state: Triage::Open,
        sightings: 1,
        session_key: None,
        title: None,
        project: None,
        note: None,
        triaged_at: None,
        last: None,
    };

    let line = warning(&finding);

    assert!(line.contains("claude-code FINDING     critical "), "{line}");
    assert!(line.ends_with("`vigil why abababababab`"), "{line}");
}
