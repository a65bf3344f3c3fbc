use std::path::PathBuf;

use proptest::prelude::*;
use vigil_proto::{
    Batch, ContentHasher, Kind, Sensitive, SessionId, Source, SourceId, Timestamp, Witness,
    batch::TitleRank,
};

use super::{CLIENT, Parser, Place};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig, SESSION, answer, block, json, line, prompt, record},
    },
};

mod hostile;

const HASHER: ContentHasher = ContentHasher::new([3; 32]);

fn place() -> Place {
    Place {
        source: SourceId::of(b"test"),
        session: Some(SESSION.to_owned()),
        thread: None,
        started_by: None,
        agent_type: None,
        maybe_excluded: false,
        fallback: Timestamp::default(),
    }
}

/// Parses `lines`, saving and loading the state before each line whose number is in `restarts`.
fn parse(lines: &[String], restarts: &[usize]) -> Committed {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let mut parser = Parser::new(rules, place(), b"", Timestamp::default());
    let mut committed = Committed::default();
    let mut position = 0;
    for (n, line) in lines.iter().enumerate() {
        if restarts.contains(&n) {
            let state = parser.state();
            parser = Parser::new(rules, place(), &state, Timestamp::default());
        }
        let mut batch = Batch::new(Source {
            id: SourceId::of(b"test"),
            witness: Witness::Transcript,
            place: Sensitive::from("test"),
        });
        parser.line(line.trim_end_matches('\n').as_bytes(), position, &mut batch);
        position += line.len() as u64;
        committed.add(batch);
    }
    committed
}

/// Ids that were seen with more than one content: what the store calls a conflict.
fn conflicts(committed: &Committed) -> usize {
    let mut contents = std::collections::HashMap::<_, Vec<u64>>::new();
    for event in &committed.events {
        contents.entry(event.id).or_default().push(event.content.0);
    }
    contents
        .values()
        .filter(|seen| seen.iter().any(|content| Some(content) != seen.first()))
        .count()
}

fn fixture(below: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/claude-code/projects")
        .join(below);
    std::fs::read_to_string(path).unwrap()
}

/// The fixture session with its sub-agent, read through real files.
fn fixture_session() -> Rig {
    let rig = Rig::new();
    let folder = "-home-me-work-app";
    for below in [
        format!("{folder}/{SESSION}.jsonl"),
        format!("{folder}/{SESSION}/subagents/agent-a17.jsonl"),
        format!("{folder}/{SESSION}/subagents/agent-a17.meta.json"),
    ] {
        rig.write(&below, fixture(&below));
    }
    rig.ingest();
    rig
}

#[test]
fn every_kind_of_record_becomes_what_it_says() {
    let rig = fixture_session();

    let mut lines = rig.seen(Committed::lines);
    lines.sort();

    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn boilerplate_is_counted_and_not_parsed() {
    let rig = fixture_session();

    let counts = rig.seen(|seen| seen.counts.clone());

    insta::assert_debug_snapshot!(
        counts.iter().filter(|(name, _)| **name != "read.bytes").collect::<Vec<_>>()
    );
}

#[test]
fn a_session_is_titled_and_placed_by_its_own_lines() {
    let rig = fixture_session();

    rig.seen(|seen| {
        let facts = seen.sessions.iter().find(|facts| facts.title.is_some()).unwrap();
        assert_eq!(facts.id, SessionId::of(CLIENT, SESSION));
        assert_eq!(facts.title, Some((TitleRank::Custom, "The tidy one".into())));
        assert_eq!(facts.cwd, Some("/home/me/work/app".into()));
        assert_eq!(facts.branch, Some("topic".into()));
        assert_eq!(facts.version, Some("2.1.330".into()));
    });
}

#[test]
fn a_sub_agent_is_a_link_within_its_session() {
    let rig = fixture_session();

    rig.seen(|seen| {
        for link in &seen.subagents {
            assert_eq!(link.session, SessionId::of(CLIENT, SESSION));
            assert_eq!(link.thread, "a17".into());
            assert_eq!(link.started_by, Some("toolu_5".into()));
            assert_eq!(link.agent_type, Some("Explore".into()));
        }
        assert!(!seen.subagents.is_empty());
        let calls: std::collections::BTreeSet<_> = seen
            .events
            .iter()
            .filter(|event| matches!(event.kind, Kind::ToolCall(_)))
            .filter(|event| event.tool_call == Some("toolu_1".into()))
            .map(|event| event.id)
            .collect();
        assert_eq!(calls.len(), 2, "parent and sub-agent may use the same id of a call");
    });
}

#[test]
fn turns_begin_with_prompts_of_their_own_thread() {
    let seen = parse(
        &[prompt(1, "one"), answer(2, "msg_1", "a"), prompt(3, "two"), answer(4, "msg_2", "b")],
        &[],
    );

    let turn_of = |text: &str| {
        seen.events.iter().find(|event| line(event).contains(&json(text))).unwrap().turn
    };
    assert_eq!(turn_of("a"), turn_of("one"));
    assert_eq!(turn_of("b"), turn_of("two"));
    assert_ne!(turn_of("one"), turn_of("two"));
}

#[test]
fn the_same_words_asked_twice_are_two_prompts() {
    let seen = parse(&[prompt(1, "go on"), answer(2, "msg_1", "a"), prompt(3, "go on")], &[]);

    assert_eq!(seen.lines().iter().filter(|line| line.contains("prompt")).count(), 2);
}

#[test]
fn usage_is_told_once_and_again_only_when_it_changes() {
    let text = |text: &str| format!(r#"{{"type":"text","text":{}}}"#, json(text));
    let first = block(1, "msg_1", &text("a")).replace("\"tool_use\"", "null");
    let call = r#"{"type":"tool_use","id":"t","name":"Bash","input":{}}"#;

    let seen = parse(&[first, block(2, "msg_1", call), block(3, "msg_1", call)], &[]);

    let calls: Vec<String> =
        seen.events.iter().map(line).filter(|line| line.contains("model_call")).collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].contains("partial") && calls[1].contains("stopped"), "{calls:?}");
}

#[test]
fn a_forged_line_that_reopens_an_answer_conflicts() {
    let lines = [
        prompt(1, "hi"),
        answer(2, "msg_1", "the truth"),
        answer(3, "msg_2", "more"),
        answer(4, "msg_1", "a lie"),
    ];

    let seen = parse(&lines, &[]);

    assert_eq!(conflicts(&seen), 1);
    assert_eq!(seen.texts(), ["hi", "the truth", "more", "a lie"], "both contents are handed over");
}

#[test]
fn a_forged_text_directly_after_a_text_conflicts() {
    let seen = parse(&[answer(1, "msg_1", "the truth"), answer(2, "msg_1", "a lie")], &[]);

    assert_eq!(conflicts(&seen), 1);
}

#[test]
fn a_forged_input_of_a_known_call_conflicts() {
    let call = |command: &str| {
        format!(
            r#"{{"type":"tool_use","id":"toolu_1","name":"Bash","input":{{"command":{}}}}}"#,
            json(command)
        )
    };

    let seen = parse(&[block(1, "msg_1", &call("rm -rf /")), block(2, "msg_1", &call("ls"))], &[]);

    assert_eq!(conflicts(&seen), 1);
}

#[test]
fn a_repeated_line_is_the_same_thing() {
    let lines = [
        prompt(1, "hi"),
        answer(2, "msg_1", "a"),
        answer(3, "msg_2", "b"),
        answer(4, "msg_1", "a"),
    ];

    let seen = parse(&lines, &[]);

    assert_eq!(conflicts(&seen), 0);
    assert_eq!(seen.lines().iter().filter(|line| line.contains("response")).count(), 2);
}

#[test]
fn an_answer_with_server_tools_may_have_several_texts() {
    let server = r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#;
    let lines = [block(1, "msg_1", server), answer(2, "msg_1", "a"), answer(3, "msg_1", "b")];

    let seen = parse(&lines, &[]);

    assert_eq!(conflicts(&seen), 0);
    assert_eq!(seen.texts(), ["a", "b"]);
}

#[test]
fn a_denial_in_words_is_a_denial() {
    let call = r#"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}"#;
    let said = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
    let result = record(
        2,
        "user",
        &format!(
            r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":{}}}]}}"#,
            json(said)
        ),
    );

    let seen = parse(&[block(1, "msg_1", call), result], &[]);

    let last = line(seen.events.last().unwrap());
    assert!(last.contains(r#"denied by=Some("user") paired=true"#), "{last}");
}

#[test]
fn where_nobody_can_be_asked_the_words_of_a_refusal_are_those_of_an_interruption() {
    let call = r#"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}"#;
    let said = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
    let result = record(
        2,
        "user",
        &format!(
            r#""entrypoint":"sdk-cli","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":{}}}]}}"#,
            json(said)
        ),
    );

    let seen = parse(&[block(1, "msg_1", call), result], &[]);

    let last = line(seen.events.last().unwrap());
    assert!(last.contains("interrupted by=None paired=true"), "{last}");
}

#[test]
fn half_an_emoji_does_not_lose_the_line() {
    let line = prompt(1, "cut here").replace("cut here", r"cut \ud83d");

    let seen = parse(&[line], &[]);

    assert_eq!(seen.texts(), ["cut \u{fffd}"]);
    assert!(seen.gaps().is_empty());
}

#[test]
fn a_fork_names_its_parent() {
    let fork = record(
        1,
        "user",
        r#""forkedFrom":{"sessionId":"other","messageUuid":"m"},"message":{"role":"user","content":"hi"}"#,
    );

    let seen = parse(&[fork], &[]);

    assert_eq!(seen.sessions[0].parent, Some(SessionId::of(CLIENT, "other")));
}

#[test]
fn a_file_that_begins_with_another_session_continues_it() {
    let old = prompt(1, "earlier").replace(SESSION, "earlier-session");

    let seen = parse(&[old, prompt(2, "now")], &[]);

    let facts = seen.sessions.iter().find(|facts| facts.native == SESSION.into()).unwrap();
    assert_eq!(facts.parent, Some(SessionId::of(CLIENT, "earlier-session")));
}

#[test]
fn a_sidechain_of_an_old_version_has_its_own_turns() {
    let side = |line: String| line.replace("\"isSidechain\":false", "\"isSidechain\":true");
    let lines = [
        prompt(1, "main"),
        side(prompt(2, "side")),
        side(answer(3, "msg_s", "from the side")),
        answer(4, "msg_m", "from the main"),
    ];

    let seen = parse(&lines, &[]);

    let event = |text: &str| {
        seen.events.iter().find(|event| line(event).contains(&json(text))).unwrap().clone()
    };
    assert_eq!(event("from the main").turn, event("main").turn);
    assert_eq!(event("from the side").turn, event("side").turn);
    assert_eq!(event("from the side").thread, Some("sidechain".into()));
    assert_eq!(event("from the main").thread, None);
}

#[test]
fn counters_never_carry_a_records_words() {
    let token = ["AK", "IA", "QWERTYUIOPASDFGH"].concat();

    let seen = parse(&[record(1, &token, r#""x":1"#)], &[]);

    assert!(seen.counts.keys().all(|name| !name.contains(&token)), "a clear token in a counter");
    assert_eq!(seen.count("read.unknown-record.other"), 1);
}

#[test]
fn a_state_that_cannot_be_read_is_a_fresh_start() {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };

    let parser = Parser::new(rules, place(), b"{\"threads\":17", Timestamp::default());

    assert_eq!(parser.state(), b"{}");
}

fn fixture_lines() -> Vec<String> {
    fixture(&format!("-home-me-work-app/{SESSION}.jsonl"))
        .lines()
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_restart_before_any_line_changes_nothing() {
    let lines = fixture_lines();
    let whole = parse(&lines, &[]);

    for restart in 0..lines.len() {
        let restarted = parse(&lines, &[restart]);

        assert_eq!(restarted.lines(), whole.lines(), "restart before line {restart}");
        assert_eq!(restarted.distinct(), whole.distinct(), "restart before line {restart}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No bytes make the parser fail, and none vanish without a trace.
    #[test]
    fn any_bytes_are_an_event_or_counted(damage in prop::collection::vec((0_usize..900, any::<u8>()), 0..6)) {
        let mut bytes = answer(1, "msg_1", "some words").trim_end().as_bytes().to_vec();
        let length = bytes.len();
        for (at, byte) in damage {
            bytes[at % length] = byte;
        }
        let exclusions = Exclusions::default();
        let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
        let mut parser = Parser::new(rules, place(), b"", Timestamp::default());
        let mut batch = Batch::new(Source {
            id: SourceId::of(b"test"),
            witness: Witness::Transcript,
            place: Sensitive::from("test"),
        });

        parser.line(&bytes, 0, &mut batch);

        prop_assert!(!batch.events.is_empty() || !batch.counts.is_empty());
    }
}
