use vigil_proto::{
    Batch, ContentHash, ContentHasher, Kind, Outcome, Sensitive, Severity, Timestamp, Witness,
    guard::{Decision, HookAnswer, HookCall, Mode},
};

use super::sighting;
use crate::source::claude_code;

const HASHER: ContentHasher = ContentHasher::new([7; 32]);

fn call(id: Option<&str>) -> HookCall {
    HookCall {
        client: "claude-code".to_owned(),
        session: Some("s1".to_owned()),
        call: id.map(str::to_owned),
        tool: "Bash".to_owned(),
        input: r#"{"description": "x", "command": "npm i y"}"#.to_owned(),
        command: "npm i y".to_owned(),
        cwd: Some("/home/me/project".to_owned()),
    }
}

fn seen(call: &HookCall, answer: &HookAnswer) -> Batch<Sensitive> {
    sighting(call, answer, Timestamp::from_micros(5), &HASHER).unwrap()
}

#[test]
fn a_call_with_an_id_is_told_by_that_alone() {
    let batch = seen(&call(Some("t1")), &HookAnswer::default());

    assert_eq!(batch.source.witness, Witness::Hook);
    assert_eq!(batch.sessions[0].cwd.as_ref().unwrap().expose(), "/home/me/project");
    let [event] = batch.events.as_slice() else { panic!("{:#?}", batch.events) };
    assert!(event.incomplete_key);
    assert_eq!(event.content, ContentHash(0));
    assert_eq!(event.tool_call.as_ref().unwrap().expose(), "t1");
    let Kind::ToolCall(tool) = &event.kind else { panic!("{event:#?}") };
    assert_eq!((tool.name.expose(), tool.input.expose()), ("Bash", ""));
    assert_eq!(tool.outcome, Outcome::Requested);
}

#[test]
fn a_call_without_one_is_told_by_what_it_says() {
    let batch = seen(&call(None), &HookAnswer::default());

    let [event] = batch.events.as_slice() else { panic!("{:#?}", batch.events) };
    let input = r#"{"command":"npm i y","description":"x"}"#;
    assert_eq!(event.content, claude_code::hash_call(&HASHER, "Bash", input));
    assert!(event.tool_call.is_none() && event.incomplete_key);
    let Kind::ToolCall(tool) = &event.kind else { panic!("{event:#?}") };
    assert_eq!(tool.input.expose(), input);
}

#[test]
fn a_refusal_is_a_result_and_a_note() {
    let answer = HookAnswer {
        mode: Mode::Deny,
        decision: Decision::Deny,
        severity: Some(Severity::Critical),
        reason: Some("the npm package `y` is listed as malicious".to_owned()),
    };

    let batch = seen(&call(Some("t1")), &answer);

    let [asked, result, note] = batch.events.as_slice() else { panic!("{:#?}", batch.events) };
    assert!(matches!(&asked.kind, Kind::ToolCall(tool) if tool.outcome == Outcome::Denied));
    let Kind::ToolResult(result) = &result.kind else { panic!("{result:#?}") };
    assert_eq!(result.denied_by.as_ref().unwrap().expose(), "vigil");
    let Kind::System(said) = &note.kind else { panic!("{note:#?}") };
    assert_eq!(said.name.expose(), "guard");
    assert!(said.text.expose().starts_with("mode deny, critical: the npm"), "{note:#?}");
    assert_eq!(note.tool_call.as_ref().unwrap().expose(), "t1");
}

#[test]
fn what_is_observed_is_noted_too() {
    let answer = HookAnswer {
        severity: Some(Severity::Low),
        reason: Some("why".to_owned()),
        ..HookAnswer::default()
    };

    let batch = seen(&call(Some("t1")), &answer);

    assert_eq!(batch.events.len(), 2);
    assert!(matches!(&batch.events[0].kind, Kind::ToolCall(t) if t.outcome == Outcome::Requested));
}

#[test]
fn strangers_and_calls_of_no_session_are_not_recorded() {
    let nobody = HookCall { client: "nobody".to_owned(), ..call(None) };
    let nowhere = HookCall { session: None, ..call(None) };

    for call in [nobody, nowhere] {
        assert!(sighting(&call, &HookAnswer::default(), Timestamp::default(), &HASHER).is_none());
    }
}
