use std::fs;

use serde_json::{Value, json};
use vigil_proto::{
    Batch, ContentHasher, Kind, SessionId, Source, SourceId, Timestamp, Usage, Witness,
    batch::TitleRank, config,
};

use super::{CLIENT, Parser};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig},
    },
};

const SESSION: &str = "51008f04-0000-4000-8000-000000000001";
const HASHER: ContentHasher = ContentHasher::new([3; 32]);

/// A line with the frame that all have.
fn line(n: u32, kind: &str, more: &Value) -> Value {
    let mut line = json!({"uuid": format!("q{n}"), "parentUuid": null, "sessionId": SESSION,
        "timestamp": format!("2026-11-26T01:05:{n:02}.100Z"), "type": kind,
        "cwd": "/home/me/work/app", "version": "0.15.10", "gitBranch": "main"});
    let fields = more.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(fields);
    line
}

fn user(n: u32, text: &str) -> Value {
    line(n, "user", &json!({"message": {"role": "user", "parts": [{"text": text}]}}))
}

/// What the client's telemetry tells: `counts` are prompt, output, cached, thoughts.
fn api_response(n: u32, id: &str, counts: [u64; 4], more: &Value) -> Value {
    let [input, output, cached, thoughts] = counts;
    let mut event = json!({"event.name": "qwen-code.api_response", "response_id": id,
        "model": "gpt-4o", "status_code": 200, "input_token_count": input,
        "output_token_count": output, "cached_content_token_count": cached,
        "thoughts_token_count": thoughts, "total_token_count": input + output,
        "response_text": "said again", "prompt_id": "05be949a3e8ea", "auth_type": "openai"});
    let fields = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(fields);
    line(n, "system", &json!({"subtype": "ui_telemetry", "systemPayload": {"uiEvent": event}}))
}

fn tool_telemetry(n: u32, prompt: &str, command: &str) -> Value {
    let event = json!({"event.name": "qwen-code.tool_call", "function_name": "run_shell_command",
        "function_args": {"command": command}, "status": "success", "success": true,
        "decision": "auto_accept", "prompt_id": prompt, "response_id": "chatcmpl-s1"});
    line(n, "system", &json!({"subtype": "ui_telemetry", "systemPayload": {"uiEvent": event}}))
}

fn answer(n: u32, parts: &Value, counts: [u64; 4]) -> Value {
    let [input, output, cached, thoughts] = counts;
    line(
        n,
        "assistant",
        &json!({"model": "gpt-4o", "message": {"role": "model", "parts": parts},
            "usageMetadata": {"promptTokenCount": input, "candidatesTokenCount": output,
                "thoughtsTokenCount": thoughts, "totalTokenCount": input + output,
                "cachedContentTokenCount": cached}}),
    )
}

fn call(id: &str, command: &str) -> Value {
    json!({"functionCall": {"id": id, "name": "run_shell_command", "args": {"command": command}}})
}

fn result(n: u32, id: &str, response: &Value, fate: &Value) -> Value {
    let returned = json!({"id": id, "name": "run_shell_command", "response": response});
    let mut told = json!({"callId": id, "status": "success", "resultDisplay": "shown"});
    told.as_object_mut().unwrap().extend(fate.as_object().unwrap().clone());
    line(
        n,
        "tool_result",
        &json!({"message": {"role": "user", "parts": [{"functionResponse": returned}]},
            "toolCallResult": told}),
    )
}

/// The conversation `default`, with its tokens and without its words.
fn conversation() -> Vec<Value> {
    let counts = [
        [2000, 90, 0, 30],
        [2350, 70, 2000, 0],
        [2420, 45, 2200, 0],
        [2500, 60, 2300, 10],
        [2500, 40, 2400, 0],
    ];
    let none = json!({});
    let ok = |text: &str| json!({"output": text});
    vec![
        user(0, "Do the steps."),
        line(1, "system", &json!({"subtype": "attribution_snapshot", "systemPayload": {}})),
        api_response(2, "chatcmpl-1", counts[0], &none),
        answer(
            3,
            &json!([{"text": "First this.", "thought": true}, {"text": "I will."}, call("c1", "echo one")]),
            counts[0],
        ),
        tool_telemetry(4, "05be949a3e8ea", "echo one"),
        result(5, "c1", &ok("one"), &none),
        api_response(6, "chatcmpl-2", counts[1], &none),
        answer(7, &json!([call("c2", "echo two"), call("c3", "ls")]), counts[1]),
        result(8, "c2", &ok("two"), &none),
        result(
            9,
            "c3",
            &json!({"error": "The hook said no."}),
            &json!({"status": "error", "errorType": "execution_denied", "executionStatus": "not_started"}),
        ),
        api_response(10, "chatcmpl-3", counts[2], &none),
        answer(11, &json!([call("c4", "false")]), counts[2]),
        result(
            12,
            "c4",
            &json!({"error": "exit 1"}),
            &json!({"status": "error", "errorType": "shell_execute_error"}),
        ),
        api_response(13, "chatcmpl-4", counts[3], &none),
        answer(14, &json!([call("c5", "rm x")]), counts[3]),
        result(
            15,
            "c5",
            &json!({"error": "[Operation Cancelled] Reason: User did not allow tool call"}),
            &json!({"status": "cancelled"}),
        ),
        api_response(16, "chatcmpl-5", counts[4], &none),
        answer(17, &json!([{"text": "All done."}]), counts[4]),
    ]
}

/// Parses `records`, saving and loading the state before those in `restarts`.
fn parse(records: &[Value], restarts: &[usize]) -> Committed {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let source = SourceId::of(b"test");
    let times = (Timestamp::default(), Timestamp::default());
    let mut parser = Parser::new(rules, source, b"", times);
    let mut committed = Committed::default();
    for (n, record) in records.iter().enumerate() {
        if restarts.contains(&n) {
            let state = parser.state();
            parser = Parser::new(rules, source, &state, times);
        }
        let mut batch =
            Batch::new(Source { id: source, witness: Witness::Transcript, place: "test".into() });
        parser.line(record.to_string().as_bytes(), n as u64, &mut batch);
        committed.add(batch);
    }
    committed
}

fn usage(committed: &Committed) -> (usize, Usage) {
    let mut n = 0;
    let mut sum = Usage::default();
    for event in &committed.events {
        let Kind::ModelCall(call) = &event.kind else { continue };
        n += 1;
        sum.input += call.usage.input;
        sum.cache_read += call.usage.cache_read;
        sum.output += call.usage.output;
        sum.reasoning += call.usage.reasoning;
    }
    (n, sum)
}

#[test]
fn a_conversation_is_told_once_with_its_calls_and_their_fate() {
    let committed = parse(&conversation(), &[]);

    insta::assert_snapshot!(committed.lines().join("\n"));
    assert_eq!(committed.events.len(), committed.distinct().len(), "nothing is told twice");
}

// The client's own file of the scenario `default` (version 0.15.10) gave these sums too: five calls
// of the model, as many of tools with their results, one prompt.
#[test]
fn tokens_are_those_that_the_model_counted() {
    let wanted =
        Usage { input: 2870, cache_read: 8900, output: 305, reasoning: 40, ..Usage::default() };
    assert_eq!(usage(&parse(&conversation(), &[])), (5, wanted));

    // Telemetry may be told after the answer, or not at all.
    let mut later = conversation();
    later.swap(2, 3);
    assert_eq!(usage(&parse(&later, &[])), (5, wanted));
    let without: Vec<_> =
        conversation().into_iter().filter(|record| record["subtype"] != "ui_telemetry").collect();
    assert_eq!(usage(&parse(&without, &[])), (5, wanted));
}

#[test]
fn an_answer_has_the_providers_id_where_telemetry_names_it() {
    let ids: Vec<_> = parse(&conversation(), &[])
        .events
        .into_iter()
        .filter_map(|event| match event.kind {
            Kind::ModelCall(call) => Some((call.message, event.incomplete_key)),
            _ => None,
        })
        .collect();

    let wanted = [1, 2, 3, 4, 5].map(|n| (format!("chatcmpl-{n}").as_str().into(), false));
    assert_eq!(ids, wanted);
}

#[test]
fn a_restart_between_any_two_records_changes_nothing() {
    let records = conversation();
    let whole = parse(&records, &[]);
    for n in 0..records.len() {
        let parts = parse(&records, &[n]);
        assert!(parts.events == whole.events, "a restart before record {n}");
        assert_eq!(parts.counts, whole.counts, "a restart before record {n}");
    }
}

#[test]
fn what_sub_agents_do_is_known_from_telemetry() {
    let prompt = format!("{SESSION}#general-purpose-hb04kn#0");
    let more =
        json!({"prompt_id": prompt, "subagent_name": "general-purpose", "response_text": "Mine."});
    let committed = parse(
        &[
            user(0, "Delegate."),
            api_response(1, "chatcmpl-s1", [500, 25, 0, 0], &more),
            tool_telemetry(2, &prompt, "echo one"),
        ],
        &[],
    );

    let lines: Vec<_> =
        committed.lines().into_iter().filter(|line| line.contains("thread=")).collect();
    let wanted = [
        r#"2026-11-26T01:05:01.100000Z response thread=general-purpose-hb04kn "Mine.""#,
        "2026-11-26T01:05:01.100000Z model_call thread=general-purpose-hb04kn gpt-4o chatcmpl-s1 \
         None stopped in=500 read=0 write=0+0 out=25 stop=None",
        r#"2026-11-26T01:05:02.100000Z tool_call thread=general-purpose-hb04kn call=nameless:q2 run_shell_command {"command":"echo one"}"#,
    ];
    assert_eq!(lines, wanted);
    let agent = &committed.subagents[0];
    assert_eq!(agent.agent_type, Some("general-purpose".into()));
}

#[test]
fn facts_of_the_session_are_kept() {
    let title = json!({"subtype": "custom_title", "systemPayload": {"customTitle": "Steps", "titleSource": "manual"}});
    let committed = parse(&[user(0, "Do the steps."), line(1, "system", &title)], &[]);

    let titles: Vec<_> =
        committed.sessions.iter().filter_map(|facts| facts.title.clone()).collect();
    let wanted =
        [(TitleRank::FirstPrompt, "Do the steps.".into()), (TitleRank::Custom, "Steps".into())];
    assert_eq!(titles, wanted);
    let facts = &committed.sessions[0];
    assert_eq!(facts.id, SessionId::of(CLIENT, SESSION));
    assert_eq!(facts.cwd, Some("/home/me/work/app".into()));
    assert_eq!(facts.branch, Some("main".into()));
    assert_eq!(facts.version, Some("0.15.10".into()));
}

fn file(rig: &Rig, records: &[Value]) {
    let chats = rig.home().join(".qwen/projects/-home-me-work-app/chats");
    fs::create_dir_all(&chats).unwrap();
    let mut lines: Vec<_> = records.iter().map(Value::to_string).collect();
    lines.push(String::new());
    fs::write(chats.join(format!("{SESSION}.jsonl")), lines.join("\n")).unwrap();
}

#[test]
fn a_file_is_found_and_read_on() {
    let rig = Rig::new();
    let records = conversation();
    file(&rig, &records[..9]);
    let first = rig.ingest();
    file(&rig, &records);
    let second = rig.ingest();
    let third = rig.ingest();

    assert_eq!((first.lines, second.lines, third.lines), (9, records.len() as u64 - 9, 0));
    let whole = parse(&records, &[]);
    rig.seen(|seen| assert_eq!(seen.lines(), whole.lines()));
}

#[test]
fn an_excluded_project_leaves_nothing() {
    let projects = vec!["/home/me/work".into()];
    let rig = Rig::excluding(&config::Exclude { projects, ..config::Exclude::default() });
    file(&rig, &conversation());
    rig.ingest();

    rig.seen(|seen| {
        assert!(seen.events.is_empty() && seen.sessions.is_empty());
        assert!(seen.count("skip.excluded") > 0);
    });
}
