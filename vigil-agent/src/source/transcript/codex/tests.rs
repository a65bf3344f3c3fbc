use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};
use vigil_proto::{
    Batch, ContentHasher, EventId, Kind, NaturalKey, Outcome, Sensitive, SessionId, Source,
    SourceId, Timestamp, Usage, Witness,
    batch::TitleRank,
    config,
    event::{ModelCall, ToolResult},
};

use super::{CLIENT, Parser, Place};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig},
    },
};

mod old;

const HASHER: ContentHasher = ContentHasher::new([3; 32]);
const ROOT: &str = "01a20000-0000-7000-8000-000000000001";
const AGENT: &str = "01a20000-0000-7000-8000-000000000002";

/// Parses `lines`, saving and loading the state before each line whose number is in `restarts`.
fn parse_with(exclude: &config::Exclude, lines: &[String], restarts: &[usize]) -> Committed {
    let exclusions = Exclusions::new(exclude, std::path::Path::new("/home/me"));
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let place = Place {
        source: SourceId::of(b"test"),
        thread: Some(ROOT.to_owned()),
        fallback: Timestamp::default(),
    };
    let mut parser = Parser::new(rules, place.clone(), b"", Timestamp::default());
    let mut committed = Committed::default();
    let mut position = 0;
    for (n, line) in lines.iter().enumerate() {
        if restarts.contains(&n) {
            let state = parser.state();
            parser = Parser::new(rules, place.clone(), &state, Timestamp::default());
        }
        let mut batch = Batch::new(Source {
            id: SourceId::of(b"test"),
            witness: Witness::Transcript,
            place: Sensitive::from("test"),
        });
        parser.line(line.as_bytes(), position, &mut batch);
        position += line.len() as u64 + 1;
        committed.add(batch);
    }
    committed
}

fn parse(lines: &[String]) -> Committed {
    parse_with(&config::Exclude::default(), lines, &[])
}

fn line(number: u64, kind: &str, payload: &Value) -> String {
    let timestamp = format!("2026-11-26T00:51:{:02}.000Z", number % 60);
    json!({"timestamp": timestamp, "ordinal": number, "type": kind, "payload": payload}).to_string()
}

/// Numbers the lines of a thread.
fn rollout(lines: &[(&str, Value)]) -> Vec<String> {
    (0..).zip(lines).map(|(number, (kind, payload))| line(number, kind, payload)).collect()
}

fn meta(id: &str) -> (&'static str, Value) {
    (
        "session_meta",
        json!({
            "session_id": ROOT, "id": id, "cwd": "/home/me/work/app", "cli_version": "0.169.0",
            "originator": "codex_exec", "source": "exec", "model_provider": "openai",
            "base_instructions": {"text": "Be good."}, "git": {"branch": "tidy"},
        }),
    )
}

fn item(payload: Value) -> (&'static str, Value) {
    ("response_item", payload)
}

fn event(payload: Value) -> (&'static str, Value) {
    ("event_msg", payload)
}

fn said(role: &str, id: &str, text: &str) -> (&'static str, Value) {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    item(
        json!({"type": "message", "id": id, "role": role, "content": [{"type": kind, "text": text}]}),
    )
}

fn called(id: &str, call: &str, command: &str) -> (&'static str, Value) {
    item(json!({"type": "function_call", "id": id, "name": "exec_command", "call_id": call,
        "arguments": json!({"cmd": command}).to_string()}))
}

fn gave(call: &str, output: &str) -> (&'static str, Value) {
    item(json!({"type": "function_call_output", "id": "fco_1", "call_id": call, "output": output}))
}

fn ran(call: &str, status: &str, code: i64, output: &str) -> (&'static str, Value) {
    event(json!({"type": "item_completed", "item": {"type": "CommandExecution", "id": call,
        "status": status, "aggregated_output": output, "exit_code": code}}))
}

fn counts(input: u64, cached: u64, output: u64, reasoning: u64) -> Value {
    json!({"input_tokens": input, "cached_input_tokens": cached, "output_tokens": output,
        "reasoning_output_tokens": reasoning, "total_tokens": input + output})
}

fn used(response: &str, usage: &Value) -> (&'static str, Value) {
    ("token_usage_record", json!({"response_id": response, "usage": usage}))
}

fn context() -> (&'static str, Value) {
    (
        "turn_context",
        json!({"turn_id": "turn-1", "cwd": "/home/me/work/app", "model": "gpt-5-codex"}),
    )
}

/// A conversation of two answers, with everything that stands beside it.
fn conversation() -> Vec<String> {
    rollout(&[
        meta(ROOT),
        event(json!({"type": "task_started", "turn_id": "turn-1"})),
        said("developer", "msg_d", "Be careful."),
        said("user", "msg_e", "<environment_context>here</environment_context>"),
        ("world_state", json!({"full": true, "state": {"long": "text"}})),
        context(),
        said("user", "msg_u", "Do it."),
        event(json!({"type": "item_completed", "item": {"type": "UserMessage", "id": "1"}})),
        item(json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAAA-sealed",
            "summary": [{"type": "summary_text", "text": "Hm."}]})),
        event(json!({"type": "agent_message", "message": "Will do."})),
        said("assistant", "msg_1", "Will do."),
        called("fc_1", "call_1", "ls"),
        used("resp_1", &counts(2000, 0, 90, 30)),
        ran("call_1", "completed", 0, "a file\n"),
        gave("call_1", "Chunk ID: 8e\nProcess exited with code 0\nOutput:\na file\n"),
        event(
            json!({"type": "token_count", "info": {"total_token_usage": counts(2000, 0, 90, 30)}}),
        ),
        said("assistant", "msg_2", "Done."),
        used("resp_2", &counts(2350, 2000, 70, 0)),
        event(json!({"type": "task_complete", "turn_id": "turn-1", "last_agent_message": "Done."})),
    ])
}

fn model_calls(committed: &Committed) -> Vec<&ModelCall<Sensitive>> {
    let calls = committed.events.iter().filter_map(|event| match &event.kind {
        Kind::ModelCall(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

fn results(committed: &Committed) -> Vec<&ToolResult<Sensitive>> {
    let results = committed.events.iter().filter_map(|event| match &event.kind {
        Kind::ToolResult(result) => Some(result),
        _ => None,
    });
    results.collect()
}

fn session() -> SessionId {
    SessionId::of(CLIENT, ROOT)
}

fn ids(committed: &Committed, kind: &str) -> Vec<EventId> {
    let of = committed.events.iter().filter(|event| event.kind.name().as_str() == kind);
    of.map(|event| event.id).collect()
}

#[test]
fn a_conversation_is_told_once_although_its_file_repeats_it() {
    let committed = parse(&conversation());

    insta::assert_snapshot!(committed.lines().join("\n"));
    assert!(committed.events.iter().all(|event| !event.incomplete_key));
}

#[test]
fn what_is_not_read_is_counted_by_its_name() {
    insta::assert_debug_snapshot!(parse(&conversation()).counts);
}

#[test]
fn events_have_the_keys_that_the_proxy_gives_them() {
    let committed = parse(&conversation());

    let session = session();
    let prompt = NaturalKey::Prompt { session, after: "", text: HASHER.hash(b"Do it.") };
    assert_eq!(ids(&committed, "prompt"), [prompt.id()]);
    let block = |message| NaturalKey::Block { session, message, index: 0 }.id();
    assert_eq!(ids(&committed, "thinking"), [block("rs_1")]);
    assert_eq!(ids(&committed, "response"), [block("msg_1"), block("msg_2")]);
    let call = NaturalKey::ToolCall { session, message: "fc_1", call: "call_1" };
    assert_eq!(ids(&committed, "tool_call"), [call.id()]);
    let result = NaturalKey::ToolResult { session, message: "fc_1", call: "call_1" };
    assert_eq!(ids(&committed, "tool_result"), [result.id()]);
    let model = |message| NaturalKey::ModelCall { provider: "openai", message, request: "" }.id();
    assert_eq!(ids(&committed, "model_call"), [model("resp_1"), model("resp_2")]);
    let turns = committed.events.iter().skip_while(|event| event.id != prompt.id());
    assert!(turns.into_iter().all(|event| event.turn == Some(prompt.id())));
}

#[test]
fn tokens_are_told_for_each_answer_in_the_normal_form() {
    let committed = parse(&conversation());

    let calls = model_calls(&committed);
    let usage: Vec<Usage> = calls.iter().map(|call| call.usage).collect();
    assert_eq!(
        usage,
        [
            Usage { input: 2000, output: 90, reasoning: 30, ..Usage::default() },
            Usage { input: 350, cache_read: 2000, output: 70, ..Usage::default() },
        ]
    );
    assert!(calls.iter().all(|call| call.model.expose() == "gpt-5-codex"));
    assert!(calls.iter().all(|call| call.provider == "openai"));
}

#[test]
fn a_session_is_titled_and_placed_by_its_own_lines() {
    let committed = parse(&conversation());

    let title = committed.sessions.iter().find_map(|facts| facts.title.clone());
    assert_eq!(title, Some((TitleRank::FirstPrompt, "Do it.".into())));
    let facts = &committed.sessions[0];
    assert_eq!((facts.id, facts.native.expose()), (session(), ROOT));
    let told = [&facts.cwd, &facts.version, &facts.branch].map(|fact| fact.as_ref().unwrap());
    assert_eq!(told.map(Sensitive::expose), ["/home/me/work/app", "0.169.0", "tidy"]);
    assert_eq!(facts.parent, None);
}

#[test]
fn the_users_name_for_a_thread_is_its_title() {
    let committed = parse(&rollout(&[
        meta(ROOT),
        said("user", "msg_u", "Do it."),
        event(json!({"type": "thread_name_updated", "thread_name": "The tidy one"})),
    ]));

    let titles: Vec<_> =
        committed.sessions.iter().filter_map(|facts| facts.title.clone()).collect();
    assert_eq!(titles.last(), Some(&(TitleRank::Custom, "The tidy one".into())));
}

#[test]
fn what_became_of_a_call_is_told() {
    let blocked = "Command blocked by PreToolUse hook: no. Command: touch x";
    let committed = parse(&rollout(&[
        meta(ROOT),
        called("fc_1", "call_1", "touch x"),
        gave("call_1", blocked),
        called("fc_2", "call_2", "false"),
        ran("call_2", "failed", 1, ""),
        gave("call_2", "Chunk ID: 8e\nProcess exited with code 1\nOutput:\n"),
        called("fc_3", "call_3", "rm x"),
        ran("call_3", "declined", -1, ""),
        gave("call_3", "some new words"),
        item(json!({"type": "custom_tool_call", "id": "ct_4", "call_id": "call_4",
            "name": "apply_patch", "input": "*** Begin Patch"})),
        event(json!({"type": "item_completed", "item": {"type": "FileChange", "id": "call_4",
            "status": "failed"}})),
        item(
            json!({"type": "custom_tool_call_output", "call_id": "call_4", "output": "no such file"}),
        ),
        called("fc_5", "call_5", "true"),
    ]));

    let told: Vec<_> = results(&committed)
        .iter()
        .map(|result| (result.outcome, result.denied_by.as_ref().map(Sensitive::expose)))
        .collect();
    assert_eq!(
        told,
        [
            (Outcome::Denied, Some("hook")),
            (Outcome::Failed, None),
            (Outcome::Denied, Some("user")),
            (Outcome::Failed, None),
        ]
    );
    assert!(results(&committed).iter().all(|result| result.call.is_some()));
    assert_eq!(ids(&committed, "tool_call").len(), 5);
}

#[test]
fn a_tool_that_the_provider_runs_has_run_when_its_item_is_there() {
    let committed = parse(&rollout(&[
        meta(ROOT),
        item(json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
            "action": {"type": "search", "query": "q"}})),
        item(json!({"type": "local_shell_call", "id": "ls_1", "call_id": "call_1",
            "status": "completed", "action": {"type": "exec", "command": ["ls"]}})),
    ]));

    let calls: Vec<_> = committed
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::ToolCall(call) => Some((call.name.expose(), call.outcome)),
            _ => None,
        })
        .collect();
    assert_eq!(calls, [("web_search", Outcome::Executed), ("local_shell", Outcome::Requested)]);
}

/// What a sub-agent's file begins with.
fn agent_meta() -> (&'static str, Value) {
    let (kind, mut payload) = meta(AGENT);
    payload["source"] = json!({"subagent": {"thread_spawn": {
        "parent_thread_id": ROOT, "depth": 1, "agent_role": "explorer"}}});
    (kind, payload)
}

#[test]
fn a_sub_agent_is_a_thread_of_its_roots_session() {
    let parent = parse(&rollout(&[
        meta(ROOT),
        item(json!({"type": "function_call", "id": "fc_1", "call_id": "call_1",
            "name": "spawn_agent", "namespace": "multi_agent_v1", "arguments": "{}"})),
        gave("call_1", &json!({"agent_id": AGENT, "nickname": "Peirce"}).to_string()),
        // No call of that kind, whatever it says.
        called("fc_2", "call_2", "ls"),
        gave("call_2", &json!({"agent_id": "other"}).to_string()),
    ]));
    let agent = parse(&rollout(&[
        agent_meta(),
        said("user", "msg_1", "Run one echo."),
        called("fc_9", "call_1", "echo"),
        gave("call_1", "Chunk ID: 8e\nProcess exited with code 0\nOutput:\n"),
        used("resp_9", &counts(500, 0, 25, 0)),
    ]));

    let [started] = parent.subagents.as_slice() else { panic!("{:?}", parent.subagents) };
    assert_eq!((started.session, started.thread.expose()), (session(), AGENT));
    assert_eq!(started.started_by.as_ref().map(Sensitive::expose), Some("call_1"));
    let [link] = agent.subagents.as_slice() else { panic!("{:?}", agent.subagents) };
    assert_eq!((link.session, link.thread.expose()), (session(), AGENT));
    assert_eq!(link.agent_type.as_ref().map(Sensitive::expose), Some("explorer"));
    let in_thread = |event: &vigil_proto::Event<Sensitive>| {
        event.session == Some(session())
            && event.thread.as_ref().map(Sensitive::expose) == Some(AGENT)
    };
    assert!(agent.events.iter().all(in_thread));
    assert!(agent.sessions.iter().all(|facts| facts.title.is_none() && facts.parent.is_none()));
    // Another thread may use the same ids of calls.
    assert_ne!(ids(&agent, "tool_call"), ids(&parent, "tool_call"));
}

#[test]
fn a_fork_names_what_it_goes_on_from() {
    let parent = SessionId::of(CLIENT, "0199-parent");
    let forked = ("session_meta", json!({"id": ROOT, "forked_from_id": "0199-parent"}));
    let copied = ("session_meta", json!({"id": "0199-parent", "cwd": "/home/me/elsewhere"}));

    let named = parse(&rollout(&[forked]));
    let begins_with = parse(&rollout(&[meta(ROOT), copied, said("user", "msg_1", "Hi.")]));
    assert!(begins_with.sessions.iter().all(|facts| facts.title.is_none()));
    let again = parse(&rollout(&[meta(ROOT), meta(ROOT)]));

    assert_eq!(named.sessions.iter().find_map(|facts| facts.parent), Some(parent));
    assert_eq!(begins_with.sessions.iter().find_map(|facts| facts.parent), Some(parent));
    assert_eq!(again.sessions.iter().find_map(|facts| facts.parent), None);
}

#[test]
fn what_was_copied_from_another_thread_is_that_ones() {
    let turn = |id: &str| event(json!({"type": "task_started", "turn_id": id}));
    let (earlier, later) =
        ("01a20000-0000-7000-8000-000000000000", "01a20000-0000-7000-8000-000000000009");
    let begins = [meta(ROOT), turn(earlier), said("user", "msg_1", "Hand it over.")];
    let root = parse(&rollout(&begins));
    let [meta, first, prompt] = begins;
    let agent = parse(&rollout(&[
        agent_meta(),
        meta,
        first,
        prompt,
        turn(later),
        said("user", "msg_2", "Run one echo."),
    ]));

    let prompts: Vec<_> =
        agent.events.iter().filter(|event| event.kind.name().as_str() == "prompt").collect();
    let threads: Vec<_> =
        prompts.iter().map(|event| event.thread.as_ref().map(Sensitive::expose)).collect();
    assert_eq!(threads, [None, Some(AGENT)]);
    assert_eq!(ids(&root, "prompt"), [prompts[0].id]);
    assert_ne!(prompts[1].turn, prompts[0].turn);
}

#[test]
fn a_later_prompt_follows_the_answer_before_it() {
    let mut lines = conversation();
    lines.extend(rollout(&[said("user", "msg_v", "Do it.")]));
    let committed = parse(&lines);

    let prompt =
        NaturalKey::Prompt { session: session(), after: "resp_2", text: HASHER.hash(b"Do it.") };
    assert_eq!(ids(&committed, "prompt").last(), Some(&prompt.id()));
}

#[test]
fn what_a_compaction_left_is_kept_and_what_it_repeats_is_not() {
    let history = json!([{"type": "message", "role": "user",
        "content": [{"type": "input_text", "text": "Do it."}]}]);
    let committed = parse(&rollout(&[
        meta(ROOT),
        ("compacted", json!({"message": "It was done.", "replacement_history": history})),
        event(json!({"type": "context_compacted"})),
        item(json!({"type": "compaction", "encrypted_content": "gAAAAA-sealed"})),
    ]));

    let lines = committed.lines().join("\n");
    assert!(lines.contains("system compact-summary \"It was done.\""), "{lines}");
    assert!(!lines.contains("Do it.") && !lines.contains("sealed"), "{lines}");
}

#[test]
fn what_is_not_known_is_kept_and_counted() {
    let committed = parse(&rollout(&[
        meta(ROOT),
        ("novelty", json!({"some": "news"})),
        item(json!({"type": "odd_item", "some": "thing"})),
        event(json!({"type": "odd_event", "some": "thing"})),
        event(json!({"type": "item_completed", "item": {"type": "Plan", "text": "First this."}})),
        event(json!({"type": "turn_aborted", "reason": "interrupted"})),
    ]));

    for kind in ["novelty", "odd_item", "odd_event"] {
        assert_eq!(committed.count(&format!("read.unknown-record.{kind}")), 1, "{kind}");
    }
    assert_eq!(ids(&committed, "system").len(), 6, "{:?}", committed.lines());
}

#[test]
fn an_excluded_project_is_not_read() {
    let exclude = config::Exclude {
        projects: vec!["/home/me/work/app".into()],
        ..config::Exclude::default()
    };

    let committed = parse_with(&exclude, &conversation(), &[]);

    assert_eq!(committed.events.len(), 0, "{:?}", committed.lines());
    assert_eq!(committed.sessions.len(), 0);
    assert!(committed.count("skip.excluded") > 5);
}

#[test]
fn rollouts_are_found_and_read_once_wherever_they_lie() {
    let rig = Rig::new();
    let home = rig.projects().parent().unwrap().parent().unwrap().join(".codex");
    let name = format!("rollout-2026-11-26T00-51-36-{ROOT}.jsonl");
    let day = home.join("sessions/2026/11/26");
    let archive = home.join("archived_sessions");
    for folder in [&day, &archive] {
        fs::create_dir_all(folder).unwrap();
    }
    let mut lines = conversation();
    lines.push(line(99, "novelty", &json!({"some": "news"})));
    fs::write(day.join(&name), lines.join("\n") + "\n").unwrap();
    rig.ingest();
    let first = rig.seen(Committed::distinct);

    fs::rename(day.join(&name), archive.join(&name)).unwrap();
    rig.ingest();

    assert_eq!(first, parse(&lines).distinct());
    assert_eq!(rig.seen(Committed::distinct), first);
}

#[test]
fn a_restart_before_any_line_changes_nothing() {
    let mut lines = conversation();
    lines.extend(conversation().into_iter().skip(6));
    let whole = parse(&lines);
    for n in 0..lines.len() {
        let parted = parse_with(&config::Exclude::default(), &lines, &[n]);
        assert_eq!(parted.events, whole.events, "before line {n}");
        assert_eq!(parted.counts, whole.counts, "before line {n}");
    }
}

#[test]
fn half_an_emoji_does_not_lose_the_line() {
    let line = line(
        1,
        "response_item",
        &json!({"type": "message", "id": "msg_1", "role": "assistant",
        "content": [{"type": "output_text", "text": "cut HERE"}]}),
    );
    let committed = parse(&[line.replace("HERE", "\\ud83d")]);

    assert_eq!(ids(&committed, "response").len(), 1, "{:?}", committed.lines());
    assert_eq!(committed.count("read.repaired-surrogates"), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever stands in a file, reading it in two sittings is reading it in one.
    #[test]
    fn damage_is_the_same_in_two_sittings(
        damage in prop::collection::vec((0_usize..4000, any::<u8>()), 0..6),
        restart in 0_usize..19,
    ) {
        let mut bytes = conversation().join("\n").into_bytes();
        for (place, byte) in damage {
            if let Some(there) = bytes.get_mut(place) {
                *there = byte;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<String> = text.split('\n').map(ToOwned::to_owned).collect();
        let one = parse(&lines);
        let two = parse_with(&config::Exclude::default(), &lines, &[restart]);
        prop_assert_eq!(one.events, two.events);
        prop_assert_eq!(one.counts, two.counts);
    }
}
