use std::fs;

use serde_json::{Value, json};
use vigil_proto::{
    Batch, ContentHasher, Kind, SessionId, Source, SourceId, Timestamp, Usage, Witness,
    batch::TitleRank, config,
};

use super::{CLIENT, Parser, Place};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig},
    },
};

mod outcomes;

const SESSION: &str = "8fec5801-0000-4000-8000-000000000001";
const HASHER: ContentHasher = ContentHasher::new([3; 32]);

fn header() -> Value {
    json!({"sessionId": SESSION, "projectHash": "c998", "startTime": time(0), "lastUpdated": time(0), "kind": "main"})
}

fn time(second: u32) -> String {
    format!("2026-11-26T01:04:{second:02}.100Z")
}

fn touched(second: u32) -> Value {
    json!({"$set": {"lastUpdated": time(second)}})
}

fn user(id: &str, second: u32, content: &Value) -> Value {
    json!({"id": id, "timestamp": time(second), "type": "user", "content": content})
}

fn answer(id: &str, second: u32, text: &str, counts: [u64; 4]) -> Value {
    let [input, output, cached, thoughts] = counts;
    json!({"id": id, "timestamp": time(second), "type": "gemini", "content": text, "thoughts": [],
        "tokens": {"input": input, "output": output, "cached": cached, "thoughts": thoughts,
            "tool": 0, "total": input + output + thoughts},
        "model": "gemini-2.5-pro"})
}

/// `answer` with `calls` of tools: id, name, input, status and result of each.
fn with_calls(mut answer: Value, calls: &[(&str, &str, Value, &str, Value)]) -> Value {
    let calls: Vec<_> = calls
        .iter()
        .map(|(id, name, args, status, response)| {
            json!({"id": id, "name": name, "args": args, "status": status,
                "result": [returned(id, name, response)], "resultDisplay": "shown",
                "timestamp": "2026-11-26T01:04:20.500Z"})
        })
        .collect();
    answer["toolCalls"] = calls.into();
    answer
}

fn returned(id: &str, name: &str, response: &Value) -> Value {
    json!({"functionResponse": {"id": id, "name": name, "response": response}})
}

fn context() -> Value {
    let text = "<session_context>\nThis is the Gemini CLI. We are setting up the context for our \
                chat.\n- **Workspace Directories:**\n  - /home/me/work/app\n</session_context>";
    json!({"$set": {"messages": [user("c0", 0, &json!([{"text": text}]))], "lastUpdated": time(0)}})
}

/// The conversation `default`, with its tokens and without its words.
fn conversation() -> Vec<Value> {
    let ok = |text: &str| json!({"output": text});
    let mut first = answer("g1", 2, "I will.", [2000, 60, 0, 30]);
    first["thoughts"] =
        json!([{"subject": "Plan", "description": "First this.", "timestamp": time(2)}]);
    let second = answer("g2", 4, "Now two at once.", [2350, 70, 2000, 0]);
    let third = answer("g3", 6, "A file.", [2420, 45, 2200, 0]);
    let fourth = answer("g4", 8, "A summary.", [2500, 50, 2300, 10]);
    let shell = |n: u32, command: &str| {
        let (id, input) = (format!("run_shell_command__call_{n}"), json!({"command": command}));
        (id, input)
    };
    let (one, echo) = shell(1, "echo one");
    let (two, dry) = shell(2, "echo two");
    let (three, list) = shell(3, "ls");
    vec![
        header(),
        context(),
        user("u1", 1, &json!([{"text": "Do the steps."}])),
        touched(1),
        first.clone(),
        touched(2),
        with_calls(first, &[(&one, "run_shell_command", echo, "success", ok("one"))]),
        user("u2", 3, &json!([returned(&one, "run_shell_command", &ok("one"))])),
        touched(3),
        second.clone(),
        with_calls(
            second,
            &[
                (&two, "run_shell_command", dry, "success", ok("two")),
                (&three, "run_shell_command", list, "success", ok("a\nb")),
            ],
        ),
        user(
            "u3",
            5,
            &json!([
                returned(&two, "run_shell_command", &ok("two")),
                returned(&three, "run_shell_command", &ok("a\nb"))
            ]),
        ),
        third.clone(),
        with_calls(
            third,
            &[(
                "r4",
                "read_file",
                json!({"file_path": "x"}),
                "error",
                json!({"error": "No file."}),
            )],
        ),
        user("u4", 7, &json!([returned("r4", "read_file", &json!({"error": "No file."}))])),
        fourth.clone(),
        with_calls(
            fourth,
            &[("w5", "write_file", json!({"content": "y", "file_path": "x"}), "success", ok("ok"))],
        ),
        user("u5", 9, &json!([returned("w5", "write_file", &ok("ok"))])),
        answer("g5", 10, "All done.", [2500, 40, 2400, 0]),
        json!({"$set": {"summary": "Does the steps"}}),
    ]
}

fn place(parent: Option<(&str, &str)>) -> Place {
    Place {
        source: SourceId::of(b"test"),
        parent: parent.map(|(session, name)| (session.to_owned(), name.to_owned())),
        cwd: None,
        fallback: Timestamp::default(),
    }
}

/// Parses `records`, saving and loading the state before those in `restarts`.
fn parse(records: &[Value], place: &Place, restarts: &[usize]) -> Committed {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let mut parser = Parser::new(rules, place.clone(), b"", Timestamp::default());
    let mut committed = Committed::default();
    for (n, record) in records.iter().enumerate() {
        if restarts.contains(&n) {
            let state = parser.state();
            parser = Parser::new(rules, place.clone(), &state, Timestamp::default());
        }
        let source = place.source;
        let mut batch =
            Batch::new(Source { id: source, witness: Witness::Transcript, place: "test".into() });
        parser.line(record.to_string().as_bytes(), n as u64, &mut batch);
        committed.add(batch);
    }
    committed
}

fn usage(committed: &Committed) -> (usize, Usage) {
    let calls = committed.events.iter().filter_map(|event| match &event.kind {
        Kind::ModelCall(call) => Some(call.usage),
        _ => None,
    });
    let mut sum = Usage::default();
    let mut n = 0;
    for usage in calls {
        n += 1;
        sum.input += usage.input;
        sum.cache_read += usage.cache_read;
        sum.output += usage.output;
        sum.reasoning += usage.reasoning;
    }
    (n, sum)
}

#[test]
fn a_conversation_is_told_once_with_its_calls_and_their_fate() {
    let committed = parse(&conversation(), &place(None), &[]);

    insta::assert_snapshot!(committed.lines().join("\n"));
    assert_eq!(committed.events.len(), committed.distinct().len(), "nothing is told twice");
    assert_eq!(committed.count("skip.result-repeated"), 5);
}

// The client's own file of the scenario `default` (version 0.61.0) gave these sums too: five calls
// of the model, as many of tools with their results, one prompt, one thought.
#[test]
fn tokens_are_those_that_the_model_counted() {
    let (calls, sum) = usage(&parse(&conversation(), &place(None), &[]));

    assert_eq!(calls, 5);
    let wanted =
        Usage { input: 2870, cache_read: 8900, output: 305, reasoning: 40, ..Usage::default() };
    assert_eq!(sum, wanted);
}

#[test]
fn a_restart_between_any_two_records_changes_nothing() {
    let records = conversation();
    let whole = parse(&records, &place(None), &[]);
    for n in 0..records.len() {
        let parts = parse(&records, &place(None), &[n]);
        assert!(parts.events == whole.events, "a restart before record {n}");
        assert_eq!(parts.counts, whole.counts, "a restart before record {n}");
    }
}

#[test]
fn facts_of_the_session_are_kept() {
    let committed = parse(&conversation(), &place(None), &[]);

    let titles: Vec<_> =
        committed.sessions.iter().filter_map(|facts| facts.title.clone()).collect();
    let wanted = [
        (TitleRank::FirstPrompt, "Do the steps.".into()),
        (TitleRank::Summary, "Does the steps".into()),
    ];
    assert_eq!(titles, wanted);
    let last = committed.sessions.last().unwrap();
    assert_eq!(last.id, SessionId::of(CLIENT, SESSION));
    assert_eq!(last.cwd, Some("/home/me/work/app".into()));
}

#[test]
fn messages_written_anew_are_not_told_again() {
    let mut records = conversation();
    let before = parse(&records, &place(None), &[]);
    let messages: Vec<_> =
        records.iter().filter(|record| record.get("id").is_some()).cloned().collect();
    let n = messages.len() as u64;
    records.push(json!({"$set": {"messages": messages}}));

    let after = parse(&records, &place(None), &[]);

    assert!(after.events == before.events);
    assert_eq!(after.count("skip.repeated"), n);
}

#[test]
fn a_thought_that_stands_among_the_words_is_not_said() {
    let parts = json!([{"text": "Step by step.", "thought": true}, {"text": "I begin."}]);
    let record = json!({"id": "a1", "timestamp": time(2), "type": "gemini", "content": parts});

    let committed = parse(&[header(), record], &place(None), &[]);

    let said: Vec<_> =
        committed.lines().into_iter().filter(|line| line.contains(" response ")).collect();
    assert_eq!(said.len(), 1);
    assert!(said[0].ends_with(r#""I begin.""#), "{said:?}");
}

#[test]
fn a_sub_agent_is_a_thread_of_its_session() {
    let records: Vec<_> = conversation().into_iter().take(5).collect();
    let committed = parse(&records, &place(Some(("root", "agent"))), &[]);

    let session = SessionId::of(CLIENT, "root");
    assert!(committed.events.iter().all(|event| event.session == Some(session)));
    assert!(committed.events.iter().all(|event| event.thread == Some(SESSION.into())));
    assert!(committed.sessions.iter().all(|facts| facts.title.is_none()));
    let threads: Vec<_> = committed.subagents.iter().map(|agent| agent.thread.clone()).collect();
    assert_eq!(threads, [SESSION.into()]);
}

fn file(rig: &Rig, records: &[Value]) {
    let chats = rig.home().join(".gemini/tmp/app/chats");
    fs::create_dir_all(&chats).unwrap();
    let lines: Vec<_> = records.iter().map(|record| format!("{record}\n")).collect();
    let lines = lines.concat();
    fs::write(chats.join("session-2026-11-26T01-04-8fec5801.jsonl"), lines).unwrap();
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
    let whole = parse(&records, &place(None), &[]);
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
