use vigil_proto::{
    ContentHash, Event, Kind, NaturalKey, SessionFacts, SessionId, Source, SourceId, Timestamp,
    Witness,
    event::{Outcome, Prompt, ToolCall},
};

use super::*;
use crate::{
    class::{ALNUM, BASE64, UPPER_NUM},
    detector::Detector,
    samples::{Dice, engine},
};

fn batch() -> Batch<Sensitive> {
    Batch::new(Source {
        id: SourceId::from_bytes([1; 16]),
        witness: Witness::Transcript,
        place: "/home/dev/a.jsonl".into(),
    })
}

fn event(number: u64, kind: Kind<Sensitive>) -> Event<Sensitive> {
    let source = SourceId::from_bytes([1; 16]);
    Event {
        id: NaturalKey::Occurrence { source, number, what: "test" }.id(),
        incomplete_key: false,
        at: Timestamp::from_micros(1),
        seen_at: Timestamp::from_micros(2),
        witness: Witness::Transcript,
        position: number,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind,
    }
}

fn prompt(number: u64, text: &str) -> Event<Sensitive> {
    event(number, Kind::Prompt(Prompt { text: text.into() }))
}

fn token() -> String {
    ["gh", "p_", &Dice::new(1).run(ALNUM, 36)].concat()
}

#[test]
fn the_same_secret_in_two_events_is_one_incident_seen_twice() {
    let token = token();
    let mut batch = batch();
    batch.events.push(prompt(1, &format!("use {token} and {token} again")));
    batch.events.push(event(
        2,
        Kind::ToolCall(ToolCall {
            name: "Bash".into(),
            input: format!("{{\"command\":\"curl -H 'X: {token}'\"}}").into(),
            outcome: Outcome::Requested,
        }),
    ));

    let (masked, findings) = engine().inspect(batch);

    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].id, findings[1].id);
    assert_eq!(findings[0].rule, "github_ghp");
    assert_eq!(findings[1].span.unwrap().field, Field::Input);
    assert!(!format!("{masked:?}{findings:?}").contains(&token));
}

#[test]
fn a_span_is_the_place_of_the_mask_in_the_masked_text() {
    let mut batch = batch();
    batch.events.push(prompt(1, &format!("日本語 {} and {}", token(), Dice::new(2).pem("\n"))));

    let (masked, findings) = engine().inspect(batch);

    let Kind::Prompt(prompt) = &masked.events[0].kind else { panic!("another kind") };
    for finding in &findings {
        let span = finding.span.unwrap();
        let mask = &prompt.text.as_str()[span.start as usize..span.end as usize];
        assert!(mask.starts_with(&format!("[[vigil:{}:", finding.rule)));
        assert!(finding.evidence.as_str().contains(mask));
    }
    assert_eq!(findings.len(), 2);
}

#[test]
fn an_aws_id_with_its_secret_is_one_incident_and_the_secret_alone_is_one_too() {
    let mut dice = Dice::new(3);
    let id = ["AK", "IA", &dice.run(UPPER_NUM, 16)].concat();
    let secret = dice.run(BASE64, 40);
    let mut batch = batch();
    batch
        .events
        .push(prompt(1, &format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n")));
    batch.events.push(prompt(2, &format!("AWS_SECRET_ACCESS_KEY={secret}")));

    let (masked, findings) = engine().inspect(batch);

    let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["aws_access_key", "aws_secret_key"]);
    let shown = format!("{masked:?}");
    assert!(!shown.contains(&secret) && !shown.contains(&id));
}

#[test]
fn the_documented_pair_is_masked_and_one_finding_of_low_severity() {
    let id = ["AK", "IAIOSFODNN7EXAMPLE"].concat();
    let secret = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat();
    let mut batch = batch();
    batch.events.push(prompt(
        1,
        &format!("1\tAWS_ACCESS_KEY_ID={id}\n2\tAWS_SECRET_ACCESS_KEY={secret}\n3\t"),
    ));

    let (masked, findings) = engine().inspect(batch);

    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, "aws_access_key");
    assert_eq!(findings[0].severity, vigil_proto::Severity::Low);
    let shown = format!("{masked:?}");
    assert!(!shown.contains(&secret) && !shown.contains(&id));
}

#[test]
fn what_belongs_to_no_event_is_masked_without_a_finding() {
    let mut batch = batch();
    let session = SessionId::of("claude-code", "s1");
    let mut facts = SessionFacts::new("claude-code", "s1".into(), session);
    facts.cwd = Some(format!("/home/dev/{}", token()).into());
    batch.sessions.push(facts);

    let (masked, findings) = engine().inspect(batch);

    assert!(findings.is_empty());
    assert!(masked.sessions[0].cwd.as_ref().unwrap().as_str().contains("[[vigil:github_ghp:"));
}

struct Counter;

impl Detector for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn inspect(&self, event: &Event<Masked>, context: &Context<'_>, out: &mut Vec<Finding>) {
        let Kind::Prompt(prompt) = &event.kind else { return };
        out.push(Finding {
            id: FindingId::of(self.name(), event.id.as_bytes()),
            rule: self.name().to_owned(),
            group: "test".to_owned(),
            severity: vigil_proto::Severity::Info,
            confidence: vigil_proto::Confidence::High,
            event: event.id,
            span: None,
            evidence: prompt.text.clone(),
            why: context.source.place.clone(),
            sealed: None,
        });
    }
}

#[test]
fn a_detector_sees_masked_text_only() {
    let token = token();
    let mut batch = batch();
    batch.events.push(prompt(1, &format!("use {token} now")));

    let (_, findings) = engine().with_detector(Counter).inspect(batch);

    let seen = findings.iter().find(|finding| finding.rule == "counter").unwrap();
    assert!(!seen.evidence.as_str().contains(&token));
    assert!(seen.evidence.as_str().contains("[[vigil:github_ghp:"));
}

#[test]
fn evidence_never_shows_a_part_of_a_mask() {
    let mut dice = Dice::new(7);
    let token = |dice: &mut Dice| ["gh", "p_", &dice.run(ALNUM, 36)].concat();
    for gap in 0..90 {
        let space = " ".repeat(gap + 1);
        let text = [token(&mut dice), token(&mut dice), token(&mut dice)].join(&space);
        let mut batch = batch();
        batch.events.push(prompt(1, &text));

        let (_, findings) = engine().inspect(batch);

        assert_eq!(findings.len(), 3);
        for finding in findings {
            let evidence = finding.evidence.as_str();
            assert_eq!(evidence.matches(OPEN).count(), evidence.matches(CLOSE).count(), "{gap}");
            assert!(!evidence.starts_with(']') && !evidence.ends_with('['), "{gap}");
        }
    }
}

/// Seals by reversing.
struct Mirror;

impl crate::Vault for Mirror {
    fn seal(&self, value: &str) -> Option<vigil_proto::SealedValue> {
        Some(vigil_proto::SealedValue { day: 7, bytes: value.bytes().rev().collect() })
    }
}

#[test]
fn a_vault_gets_what_is_told_of_and_nothing_else() {
    let token = token();
    let card = ["4111", "1111", "1111", "1111"].concat();
    let mut batch = batch();
    batch.events.push(prompt(1, &format!("use {token}, not a secret, and see {card}")));

    let (_, without) = engine().inspect(batch.clone());
    let (_, with) = engine().with_vault(std::sync::Arc::new(Mirror)).inspect(batch);

    assert!(without.iter().all(|finding| finding.sealed.is_none()));
    let sealed: Vec<_> = with.iter().filter_map(|finding| finding.sealed.as_ref()).collect();
    assert_eq!(sealed.len(), with.len());
    let values: Vec<String> = sealed
        .iter()
        .map(|sealed| sealed.bytes.iter().rev().map(|byte| char::from(*byte)).collect())
        .collect();
    assert!(values.contains(&token), "{} values", values.len());
    assert!(!format!("{with:?}").contains(&token));
}

#[test]
fn a_vault_gets_both_halves_of_an_aws_pair() {
    let mut dice = Dice::new(3);
    let id = ["AK", "IA", &dice.run(UPPER_NUM, 16)].concat();
    let secret = dice.run(BASE64, 40);
    let mut batch = batch();
    let pair = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    batch.events.push(prompt(1, &pair));

    let (_, findings) = engine().with_vault(std::sync::Arc::new(Mirror)).inspect(batch);

    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    let sealed = finding.sealed.as_ref().unwrap();
    let value: String = sealed.bytes.iter().rev().map(|byte| char::from(*byte)).collect();
    assert!(value == format!("{id}\n{secret}"), "another value");
}

#[test]
fn what_is_not_searched_is_a_gap_beside_its_event() {
    let packed = ["H4sI", &Dice::new(5).run(ALNUM, 80)].concat();
    let mut batch = batch();
    batch.events.push(prompt(1, &format!("unpack {packed} please")));
    batch.events.push(prompt(2, "nothing is left out here"));

    let (masked, findings) = engine().inspect(batch.clone());
    let (again, _) = engine().inspect(batch);

    assert!(findings.is_empty());
    let Kind::Gap(gap) = &masked.events[2].kind else { panic!("{:?}", masked.events[2]) };
    assert_eq!((gap.reason, gap.bytes), ("compressed", Some(84)));
    assert_eq!(masked.events.len(), 3);
    assert_eq!(masked.events[2].id, again.events[2].id);
}
