//! One session, from the batch to every answer.

use vigil_proto::{
    Confidence, Finding, FindingId, Outcome, Severity, Span, Timestamp, Triage, Witness,
    batch::TitleRank,
    event::{CallRank, Field},
    report::UsageBy,
};

use super::parts::{
    Bench, batch, masked, model_call, prompt, response, session, tool_call, tool_result,
};

#[test]
fn a_session_can_be_listed_counted_and_searched() {
    let bench = Bench::new();
    let long = "The handler reads the socket_path and answers. ".repeat(40);

    bench.put(batch(
        Witness::Transcript,
        vec![
            prompt(1, "please fix the handler"),
            model_call(2, "m1", 50, CallRank::Stopped),
            response(3, "m1", &long),
            tool_call(4, "t1", r#"{"command":"cargo test"}"#),
            tool_result(5, "t1", "error: nothing compiled", Outcome::Failed),
        ],
    ));

    let reader = bench.reader();
    let sessions = reader.sessions().unwrap().sessions;
    assert_eq!(sessions.len(), 1);
    let row = &sessions[0];
    assert_eq!((row.id.as_str(), row.key), ("s1", session()));
    assert_eq!((row.turns, row.messages, row.tool_calls), (1, 1, 1));
    assert_eq!((row.usage.calls, row.usage.input, row.usage.output), (1, 100, 50));

    let events = bench.events();
    assert_eq!(events.len(), 5);
    assert_eq!(events[2].text.as_ref().unwrap().as_str(), long);
    assert_eq!(events[3].outcome, Some(Outcome::Failed));
    assert_eq!(events[0].turn, Some(1));

    let usage = reader.usage(UsageBy::Day, "Asia/Kathmandu").unwrap();
    assert_eq!((usage.rows.len(), usage.total.output), (1, 50));

    for (query, hits) in
        [("socket", 1), ("\"socket_path and\"", 1), ("\"path socket\"", 0), ("handl*", 2)]
    {
        assert_eq!(reader.search(query, 10).unwrap().hits.len(), hits, "{query}");
    }
    let status = reader.status().unwrap();
    assert_eq!(status.status.events, 5);
    assert_eq!(status.clients[0].witnesses[&Witness::Transcript].count, 5);
}

#[test]
fn a_finding_has_its_event_its_turn_and_a_person_can_judge_it() {
    let bench = Bench::new();
    let event = prompt(1, "use the key [[vigil:aws_access_key:AKIA:0011223344556677]]");
    let finding = Finding {
        id: FindingId::of("aws_access_key", b"fingerprint"),
        rule: "aws_access_key".to_owned(),
        group: "cloud".to_owned(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        event: event.id,
        span: Some(Span { field: Field::Text, start: 12, end: 58 }),
        evidence: masked("AKIA************"),
        why: masked("an AWS access key"),
        sealed: None,
    };

    bench.writer.submit(batch(Witness::Transcript, vec![event]), vec![finding.clone()]).unwrap();
    bench.writer.flush().unwrap();

    let reader = bench.reader();
    let row = reader.findings().unwrap().findings.remove(0);
    assert_eq!((row.id, row.turn, row.sightings), (finding.id, Some(1), 1));
    assert_eq!(row.span, finding.span);
    assert_eq!(reader.sessions().unwrap().sessions[0].findings, 1);
    let why = reader.why(&finding.id.to_string()[..8]).unwrap().unwrap();
    assert_eq!(why.chain.len(), 1);
    let said = Some(masked("rotated"));
    let at = Timestamp::from_micros(7);
    assert_eq!(bench.writer.triage(vec![finding.id], Triage::Resolved, said, at).unwrap(), 1);
    assert_eq!(reader.findings().unwrap().findings[0].state, Triage::Resolved);
}

#[test]
fn a_title_is_short_and_divides_no_mask() {
    let bench = Bench::new();
    let mask = "[[vigil:aws_access_key:AKIA..WXYZ:0011223344556677]]";
    let mut titled = batch(Witness::Transcript, vec![prompt(1, "hello")]);
    let text = format!("please rotate the key  {mask}\n{mask} {}", "and more ".repeat(200));
    titled.sessions[0].title = Some((TitleRank::FirstPrompt, masked(text)));

    bench.put(titled);

    let title = bench.reader().sessions().unwrap().sessions.remove(0).title.unwrap();
    assert_eq!(title.as_str(), format!("please rotate the key {mask}…"));
}
