use serde_json::{Value, json};
use vigil_proto::{
    Event, Kind, NaturalKey, Sensitive, SessionId, Usage,
    event::{CallRank, Outcome},
};

use crate::source::proxy::provider::rig::{Rig, kinds, model_call, told};

/// What Codex says of itself.
const CODEX: &str = "User-Agent: codex_exec/0.169.0 (Debian 12.0.0; x86_64) dumb\r\n\
    session-id: 0198-main\r\nthread-id: 0198-main\r\n";

fn codex() -> Rig {
    let mut rig = Rig::new("api.openai.com", "/v1/responses");
    rig.asking = CODEX;
    rig.answering = "x-request-id: req_7\r\n";
    rig
}

fn session() -> SessionId {
    SessionId::of("codex", "0198-main")
}

fn message(role: &str, text: &str) -> Value {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id,
        "name": "exec_command", "arguments": "{\"yield\": 1, \"cmd\": \"ls\"}"})
}

fn output(id: &str, text: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": text})
}

fn reasoning(summary: &str) -> Value {
    json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAAA-sealed",
        "summary": [{"type": "summary_text", "text": summary}]})
}

/// An answer as a stream: `items` are its output.
fn stream(id: &str, items: &[Value]) -> Vec<Value> {
    let begun = json!({"id": id, "object": "response", "status": "in_progress",
        "model": "gpt-5-codex", "output": [], "usage": null});
    let mut events = vec![
        json!({"type": "response.created", "response": begun}),
        json!({"type": "response.in_progress", "response": begun}),
    ];
    for (index, item) in items.iter().enumerate() {
        let text = json!({"type": "response.output_text.delta", "output_index": index,
            "delta": "said again when the item is done"});
        events.push(
            json!({"type": "response.output_item.added", "output_index": index, "item": item}),
        );
        events.push(text);
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    events.push(json!({"type": "response.completed", "response": whole(id, items)}));
    events
}

fn whole(id: &str, items: &[Value]) -> Value {
    json!({"id": id, "object": "response", "status": "completed", "model": "gpt-5-codex",
        "output": items, "error": null,
        "usage": {"input_tokens": 2350, "input_tokens_details": {"cached_tokens": 2000},
            "output_tokens": 70, "output_tokens_details": {"reasoning_tokens": 30}}})
}

const USAGE: Usage = Usage {
    input: 350,
    cache_read: 2000,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 70,
    reasoning: 30,
};

fn context() -> Value {
    message("user", "<environment_context>\n  <cwd>/home/me/app</cwd>\n</environment_context>")
}

fn one(rig: &mut Rig) -> Vec<Event<Sensitive>> {
    let request = json!({"model": "gpt-5-codex", "instructions": "Be good.", "stream": true,
        "tools": [{"type": "function", "name": "exec_command"}],
        "input": [message("developer", "Be careful."), context(), message("user", "Do it.")]});
    rig.streamed(
        &request,
        &stream("resp_1", &[reasoning("Hm."), message("assistant", "Will do."), call("call_1")]),
    )
}

#[test]
fn a_conversation_is_told_once_although_every_request_repeats_it() {
    let mut rig = codex();
    let first = one(&mut rig);
    let request = json!({"input": [
        message("developer", "Be careful."), context(), message("user", "Do it."),
        reasoning("Hm."), message("assistant", "Will do."), call("call_1"),
        output("call_1", "a file"),
    ]});
    let second = rig.streamed(&request, &stream("resp_2", &[message("assistant", "Done.")]));

    assert_eq!(told(&first), [
        ("system", "injected: Be careful.".to_owned()),
        (
            "system",
            "injected: <environment_context>\n  <cwd>/home/me/app</cwd>\n</environment_context>"
                .to_owned()
        ),
        ("prompt", "Do it.".to_owned()),
        ("system", "system_prompt: Be good.".to_owned()),
        (
            "system",
            "tool_definitions: [{\"name\":\"exec_command\",\"type\":\"function\"}]".to_owned()
        ),
        ("thinking", "Hm.".to_owned()),
        ("response", "Will do.".to_owned()),
        ("tool_call", "exec_command {\"cmd\":\"ls\",\"yield\":1}".to_owned()),
        ("model_call", "gpt-5-codex".to_owned()),
    ]);
    assert_eq!(kinds(&second), ["tool_result", "response", "model_call"]);
    let prompt = NaturalKey::Prompt { session: session(), after: "", text: rig.hash("Do it.") };
    assert_eq!(first[2].id, prompt.id());
    // Codex's files name the items, and the answer only when it is over.
    let said = NaturalKey::Block { session: session(), message: "rs_1", index: 0 };
    assert_eq!(first[5].id, said.id());
    let asked = NaturalKey::ToolCall { session: session(), message: "fc_call_1", call: "call_1" };
    assert_eq!(first[7].id, asked.id());
    let got = NaturalKey::ToolResult { session: session(), message: "fc_call_1", call: "call_1" };
    assert_eq!((second[0].id, second[0].incomplete_key), (got.id(), false));
    assert!(second.iter().all(|event| event.turn == Some(prompt.id())));
    assert_eq!(rig.sessions[0].cwd.as_ref().unwrap().expose(), "/home/me/app");
    assert_eq!(rig.sessions[0].version.as_ref().unwrap().expose(), "0.169.0");
    assert_eq!(rig.counts, [].into());
}

#[test]
fn what_is_sealed_is_kept_nowhere() {
    let mut rig = codex();
    let events = one(&mut rig);
    let request = json!({"input": [reasoning("Hm."), message("user", "More.")]});
    let more = rig.whole(&request, &whole("resp_2", &[reasoning("")]));
    for event in events.iter().chain(&more) {
        assert!(!told(std::slice::from_ref(event))[0].1.contains("sealed"));
    }
}

#[test]
fn a_call_has_its_tokens_and_is_keyed_by_what_a_transcript_knows_too() {
    let mut rig = codex();
    let events = one(&mut rig);
    let call = model_call(&events);
    assert_eq!((call.usage, call.rank, call.status), (USAGE, CallRank::Wire, Some(200)));
    assert_eq!(call.request.as_ref().unwrap().expose(), "req_7");
    assert_eq!(call.stop_reason.as_ref().unwrap().expose(), "completed");
    let key = NaturalKey::ModelCall { provider: "openai", message: "resp_1", request: "" };
    assert_eq!(events.last().unwrap().id, key.id());
}

#[test]
fn an_answer_in_one_piece_says_the_same_as_a_stream() {
    let items = [reasoning("Hm."), message("assistant", "Yes."), call("call_1")];
    let request = json!({"model": "m", "input": "Is it?"});
    let streamed = codex().streamed(&request, &stream("resp_1", &items));
    let whole = codex().whole(&request, &whole("resp_1", &items));
    assert_eq!(told(&streamed)[0], ("prompt", "Is it?".to_owned()));
    assert_eq!(streamed, whole);
}

#[test]
fn a_request_may_name_the_answer_that_it_follows() {
    let mut rig = codex();
    one(&mut rig);
    let request = json!({"previous_response_id": "resp_1",
        "input": [output("call_1", "a file"), message("user", "And now?")]});
    let events = rig.streamed(&request, &stream("resp_2", &[message("assistant", "Done.")]));

    assert_eq!(kinds(&events), ["tool_result", "prompt", "response", "model_call"]);
    let got = NaturalKey::ToolResult { session: session(), message: "fc_call_1", call: "call_1" };
    assert_eq!(events[0].id, got.id());
    let text = rig.hash("And now?");
    let prompt = NaturalKey::Prompt { session: session(), after: "resp_1", text };
    assert_eq!((events[1].id, events[1].turn), (prompt.id(), Some(prompt.id())));
}

#[test]
fn a_client_without_a_session_goes_on_in_the_one_it_was_given() {
    let mut rig = codex();
    rig.asking = "User-Agent: OpenAI/Python 2.1.0\r\n";
    let first = rig.whole(&json!({"input": "One."}), &whole("resp_1", &[]));
    let next = json!({"input": "Two.", "previous_response_id": "resp_1"});
    let second = rig.whole(&next, &whole("resp_2", &[]));
    let other = rig.whole(&json!({"input": "One."}), &whole("resp_3", &[]));
    assert_eq!(first[0].session, second[0].session);
    assert_ne!(first[0].session, other[0].session);
    assert_eq!(rig.sessions[0].client, "openai");
}

#[test]
fn a_sub_agent_is_a_thread_of_its_session() {
    let mut rig = codex();
    rig.asking = "originator: codex_exec\r\nUser-Agent: codex_exec/0.169.0\r\n\
        session-id: 0198-main\r\nthread-id: 0198-sub\r\n";
    let events = one(&mut rig);
    for event in events {
        assert_eq!(event.session, Some(session()));
        assert_eq!(event.thread.unwrap().expose(), "0198-sub");
    }
}

#[test]
fn tools_of_the_providers_own_are_calls_with_their_results() {
    let mcp = json!({"type": "mcp_call", "id": "mcp_1", "server_label": "docs", "name": "find",
        "arguments": "{}", "output": "found", "error": null});
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "q"}});
    let shell = json!({"type": "local_shell_call", "id": "lsh_1", "call_id": "call_9",
        "action": {"type": "exec", "command": ["ls"]}});
    let patch = json!({"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_8",
        "name": "apply_patch", "input": "*** Begin Patch"});
    let mut rig = codex();
    let answer = whole("resp_1", &[mcp, search, shell, patch, json!({"type": "of_tomorrow"})]);
    let events = rig.whole(&json!({"input": "x"}), &answer);
    assert_eq!(
        told(&events)[1..6],
        [
            ("tool_call", "mcp__docs__find {}".to_owned()),
            ("tool_result", "found".to_owned()),
            ("tool_call", "web_search {\"query\":\"q\",\"type\":\"search\"}".to_owned()),
            ("tool_call", "local_shell {\"command\":[\"ls\"],\"type\":\"exec\"}".to_owned()),
            ("tool_call", "apply_patch *** Begin Patch".to_owned()),
        ]
    );
    let Kind::ToolResult(result) = &events[2].kind else { panic!("no result") };
    assert_eq!(result.outcome, Outcome::Executed);
    assert_eq!(rig.counts, [("skip.provider-event", 1)].into());
}

#[test]
fn errors_are_recorded_however_they_come() {
    let error = json!({"message": "Slow down", "type": "tokens", "code": "rate_limit_exceeded"});
    let mut rig = codex();
    rig.status = 429;
    rig.answering = "Retry-After: 3\r\nx-ratelimit-remaining-tokens: 0\r\n";
    let refused = rig.whole(&json!({"input": "x"}), &json!({"error": error}));
    assert_eq!(
        told(&refused)[1..],
        [("system", "api_error: HTTP 429: tokens: Slow down (retry-after: 3, x-ratelimit-remaining-tokens: 0)"
            .to_owned())]
    );

    let mut rig = codex();
    let failed = json!({"type": "response.failed", "response": {"id": "resp_1",
        "object": "response", "status": "failed",
        "error": {"code": "server_error", "message": "Oh"}}});
    let failed = rig.streamed(&json!({"input": "x"}), &[failed]);
    assert_eq!(told(&failed)[1].1, "api_error: HTTP 200: server_error: Oh");
    assert_eq!(model_call(&failed).stop_reason.as_ref().unwrap().expose(), "failed");
}

#[test]
fn an_answer_that_is_cut_is_a_gap_and_a_partial_call() {
    let mut rig = codex();
    let events = stream("resp_1", &[message("assistant", "Half.")]);
    let events = rig.streamed(&json!({"input": "x"}), &events[..events.len() - 1]);
    assert_eq!(kinds(&events), ["prompt", "response", "gap", "model_call"]);
    assert_eq!(model_call(&events).rank, CallRank::Partial);
}

#[test]
fn an_answer_may_stop_before_its_end() {
    let mut rig = codex();
    let mut answer = whole("resp_1", &[]);
    answer["status"] = json!("incomplete");
    answer["incomplete_details"] = json!({"reason": "max_output_tokens"});
    let events = rig.whole(&json!({"input": "x"}), &answer);
    let reason = model_call(&events).stop_reason.as_ref().unwrap();
    assert_eq!(reason.expose(), "max_output_tokens");
}

#[test]
fn what_is_unknown_is_counted_and_never_guessed() {
    let mut rig = codex();
    let events = rig.streamed(&json!({"input": "x"}), &[json!({"type": "of_tomorrow"}), json!(1)]);
    assert_eq!(kinds(&events), ["prompt"]);
    assert_eq!(rig.counts, [("skip.provider-event", 2)].into());
    let events = rig.whole(&json!({"input": [1, null, {"type": 2}]}), &json!({"object": "list"}));
    assert_eq!(events, []);
    assert_eq!(rig.counts["skip.provider-answer"], 1);
}
