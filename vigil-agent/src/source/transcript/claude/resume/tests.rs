use std::path::Path;

use serde_json::{Value, json};
use vigil_proto::{
    EventId, KindName, Masked, Outcome, SessionId, Timestamp, Usage,
    archive::{Archived, Said, SaidCall},
};

use super::resumable;
use crate::source::{
    claude_code::COMPACTION,
    transcript::{
        NotResumable, Options,
        rig::{Rig, SESSION},
    },
};

fn masked(text: &str) -> Masked {
    Masked::from_scan(text.to_owned())
}

fn said(n: u8, kind: KindName, name: &str, call: &str, text: &str) -> Said {
    let some = |text: &str| (!text.is_empty()).then(|| masked(text));
    Said {
        id: EventId::from_bytes([n; 16]),
        at: Timestamp::from_micros(1_763_000_000_000_000 + i64::from(n) * 1_000_000),
        kind,
        name: (!name.is_empty()).then(|| name.to_owned()),
        tool_call: some(call),
        outcome: (kind == KindName::ToolResult).then_some(Outcome::Executed),
        text: some(text),
        call: None,
    }
}

fn answer(n: u8, message: &str) -> Said {
    let call = SaidCall {
        message: masked(message),
        request: Some(masked("req_1")),
        stop_reason: Some(masked("tool_use")),
        usage: Usage { input: 3, output: 5, ..Usage::default() },
    };
    Said { call: Some(call), ..said(n, KindName::ModelCall, "claude-test-1", "", "") }
}

fn archived(said: Vec<Said>) -> Archived {
    Archived {
        key: SessionId::of("claude-code", SESSION),
        client: "claude-code".to_owned(),
        native: masked(SESSION),
        version: Some(masked("2.1.197")),
        cwd: Some(masked("/home/me/work/app")),
        branch: None,
        places: Vec::new(),
        said,
        of_subagents: 0,
    }
}

fn options(home: &Path) -> Options {
    Options { home: home.to_owned(), ..Options::default() }
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".claude")).unwrap();
    home
}

fn lines(archived: &Archived) -> Vec<Value> {
    let home = home();
    let file = resumable(&options(home.path()), archived).unwrap();
    let lines: Vec<Value> =
        file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, file.lines);
    // One chain from the first line to the last, but where the context begins anew.
    for (before, line) in lines.iter().zip(lines.iter().skip(1)) {
        if line["subtype"] == "compact_boundary" {
            assert_eq!(
                (&line["parentUuid"], &line["logicalParentUuid"]),
                (&Value::Null, &before["uuid"])
            );
        } else {
            assert_eq!(line["parentUuid"], before["uuid"]);
        }
        assert_eq!(line["sessionId"], SESSION);
    }
    lines
}

#[test]
fn every_call_is_followed_by_its_result_and_thinking_is_left_out() {
    let lines = lines(&archived(vec![
        said(1, KindName::Prompt, "", "", "do it"),
        answer(2, "msg_1"),
        said(4, KindName::Response, "", "", "I will"),
        said(5, KindName::ToolCall, "Bash", "toolu_1", r#"{"command":"ls"}"#),
        said(6, KindName::ToolResult, "", "toolu_1", "a.txt"),
        said(7, KindName::ToolCall, "Read", "toolu_2", "no json"),
        said(8, KindName::ToolResult, "", "toolu_9", "of nobody"),
        answer(9, "msg_2"),
        said(10, KindName::Response, "", "", "done"),
    ]));

    let blocks: Vec<Value> = lines
        .iter()
        .map(|line| {
            let content = &line["message"]["content"];
            let block = content.get(0).unwrap_or(content);
            json!([line["type"], block.get("type"), block.get("id").or(block.get("tool_use_id"))])
        })
        .collect();
    assert_eq!(
        blocks,
        [
            json!(["user", null, null]),
            json!(["assistant", "text", null]),
            json!(["assistant", "tool_use", "toolu_1"]),
            json!(["assistant", "tool_use", "toolu_2"]),
            json!(["user", "tool_result", "toolu_1"]),
            json!(["user", "tool_result", "toolu_2"]),
            json!(["assistant", "text", null]),
        ]
    );
    assert_eq!(lines[2]["message"]["content"][0]["input"], json!({ "command": "ls" }));
    assert_eq!(lines[3]["message"]["content"][0]["input"], json!({ "recorded_as": "no json" }));
    assert_eq!(lines[5]["message"]["content"][0]["is_error"], true);
    assert_eq!(
        (&lines[1]["message"]["id"], &lines[6]["message"]["id"]),
        (&json!("msg_1"), &json!("msg_2"))
    );
}

#[test]
fn answers_whose_calls_stand_elsewhere_are_kept_and_so_is_what_follows_a_prompt_within_one() {
    let lines = lines(&archived(vec![
        said(1, KindName::Prompt, "", "", "inherited"),
        said(2, KindName::Response, "", "", "I will"),
        said(3, KindName::ToolCall, "Bash", "toolu_1", "{}"),
        said(4, KindName::ToolResult, "", "toolu_1", ""),
        said(5, KindName::Response, "", "", "done"),
        said(6, KindName::Prompt, "", "", "and now"),
        answer(7, "msg_2"),
        said(8, KindName::Response, "", "", "first"),
        said(9, KindName::Prompt, "", "", "said meanwhile"),
        said(10, KindName::Response, "", "", "second"),
    ]));

    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let content = &line["message"]["content"];
            let block = content.get(0).unwrap_or(content);
            let text = block["text"].as_str().or(block["type"].as_str()).or(block.as_str());
            text.unwrap().to_owned()
        })
        .collect();
    let expected = [
        "inherited",
        "I will",
        "tool_use",
        "tool_result",
        "done",
        "and now",
        "first",
        "said meanwhile",
        "second",
    ];
    assert_eq!(told, expected);
    let id = |n: usize| lines[n]["message"]["id"].as_str().unwrap();
    assert_eq!((id(1), id(6)), (id(2), "msg_2"));
    assert_ne!(id(1), id(4));
}

#[test]
fn a_tools_input_is_written_as_it_was_and_an_empty_result_is_no_loss() {
    let input = r#"{"z":1,"a":12345678901234567890123,"text":"{}"}"#;
    let home = home();
    let spread = input.replace(',', ",\n  ");
    let empty = Said { text: Some(masked("")), ..said(4, KindName::ToolResult, "", "toolu_1", "") };
    let file = resumable(
        &options(home.path()),
        &archived(vec![
            said(1, KindName::Prompt, "", "", "do it"),
            answer(2, "msg_1"),
            said(3, KindName::ToolCall, "Bash", "toolu_1", input),
            empty,
            said(5, KindName::ToolCall, "Bash", "toolu_2", &spread),
            said(6, KindName::ToolResult, "", "toolu_2", "done"),
        ]),
    )
    .unwrap();

    assert_eq!((file.lines, file.text.lines().count()), (5, 5));
    assert!(file.text.contains(&format!(r#""input":{input}"#)), "{}", file.text);
    assert!(file.text.contains(r#""a":12345678901234567890123,   "text""#), "{}", file.text);
    let lost = file.left_out.iter().find(|what| what.contains("no longer recorded"));
    assert_eq!(lost, None);

    let gone = archived(vec![said(1, KindName::Prompt, "", "", "")]);
    let file = resumable(&options(home.path()), &gone).unwrap();
    assert!(file.left_out.iter().any(|what| what.contains("1 texts")), "{:?}", file.left_out);
}

#[test]
fn a_compaction_begins_anew_with_its_summary() {
    let lines = lines(&archived(vec![
        said(1, KindName::Prompt, "", "", "long ago"),
        said(2, KindName::System, COMPACTION, "", "a summary"),
        said(3, KindName::Prompt, "", "", "go on"),
    ]));

    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1]["subtype"], "compact_boundary");
    assert_eq!(lines[2]["isCompactSummary"], true);
}

#[test]
fn a_file_is_written_where_it_was_and_nowhere_else() {
    let home = home();
    let root = home.path().canonicalize().unwrap().join(".claude");
    let prompt = || vec![said(1, KindName::Prompt, "", "", "hello")];
    let file = resumable(&options(home.path()), &archived(prompt())).unwrap();
    assert_eq!(
        (file.root.clone(), file.below),
        (root.clone(), vec!["projects".to_owned(), "-home-me-work-app".to_owned()])
    );
    assert_eq!(file.name, format!("{SESSION}.jsonl"));

    let mut moved = archived(prompt());
    moved.places = vec![
        masked("/elsewhere/x.jsonl"),
        masked(&format!("{}/projects/-as-it-was/{SESSION}.jsonl", root.display())),
    ];
    assert_eq!(resumable(&options(home.path()), &moved).unwrap().below[1], "-as-it-was");

    for id in ["../../etc/passwd", "5E551011-0000-4000-8000-000000000001", "", "a"] {
        let odd = Archived { native: masked(id), ..archived(prompt()) };
        assert_eq!(resumable(&options(home.path()), &odd).unwrap_err(), NotResumable::Id);
    }
    let other = Archived { client: "codex".to_owned(), ..archived(prompt()) };
    let refused = crate::source::transcript::resumable(&options(home.path()), &other).unwrap_err();
    assert!(refused.to_string().contains("codex"), "{refused}");
    let nowhere = tempfile::tempdir().unwrap();
    assert!(resumable(&options(nowhere.path()), &archived(prompt())).is_err());
    assert_eq!(
        resumable(&options(home.path()), &archived(Vec::new())).unwrap_err(),
        NotResumable::Empty
    );
    let only = Archived { of_subagents: 3, ..archived(Vec::new()) };
    assert_eq!(resumable(&options(home.path()), &only).unwrap_err(), NotResumable::OnlySubagents);
}

#[test]
fn what_was_written_back_reads_like_what_was_there() {
    let rig = Rig::new();
    let home = home();
    let file = resumable(
        &options(home.path()),
        &archived(vec![
            said(1, KindName::Prompt, "", "", "do it"),
            answer(2, "msg_1"),
            said(5, KindName::ToolCall, "Bash", "toolu_1", r#"{"command":"ls"}"#),
            said(6, KindName::ToolResult, "", "toolu_1", "a.txt"),
        ]),
    )
    .unwrap();

    rig.write(&format!("-home-me-work-app/{SESSION}.jsonl"), &file.text);
    rig.ingest();

    let lines = rig.seen(super::super::super::rig::Committed::lines);
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("in=3") && line.contains("out=5")), "{lines:#?}");
    assert!(rig.seen(super::super::super::rig::Committed::gaps).is_empty());
}
