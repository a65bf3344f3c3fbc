//! A conversation of Codex's over a WebSocket.

use serde_json::{Value, json};
use vigil_proto::{Event, NaturalKey, Sensitive, SessionId, event::CallRank};

use super::super::rig::{AT, Rig, kinds, model_call, told};
use super::*;

fn rig() -> Rig {
    let mut rig = Rig::new("api.openai.com", "/v1/responses");
    rig.asking = "User-Agent: codex_exec/0.169.0\r\nsession-id: s\r\nthread-id: s\r\n";
    rig
}

fn create(previous: Option<&str>, input: &[Value]) -> Value {
    json!({"type": "response.create", "model": "gpt-5-codex", "stream": true,
        "previous_response_id": previous, "input": input})
}

fn said(role: &str, text: &str) -> Value {
    json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]})
}

fn answer(id: &str, items: &[Value]) -> Vec<Value> {
    let mut events = vec![json!({"type": "response.created", "response": {"id": id}})];
    for (index, item) in items.iter().enumerate() {
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    events.push(json!({"type": "response.completed", "response": {"id": id, "model": "m",
        "status": "completed", "usage": {"input_tokens": 5, "output_tokens": 3}}}));
    events
}

fn call() -> Value {
    json!({"type": "function_call", "call_id": "call_1", "name": "exec", "arguments": "{}"})
}

/// One request and its answer.
fn exchange(
    rig: &mut Rig,
    socket: &mut Socket,
    request: &Value,
    answer: &[Value],
) -> Vec<Event<Sensitive>> {
    rig.inspected(|inspection| {
        socket.client_message(&request.to_string(), AT, inspection);
        for event in answer {
            socket.server_message(&event.to_string(), AT, inspection);
        }
    })
}

#[test]
fn a_conversation_is_told_from_what_each_request_adds() {
    let mut rig = rig();
    let mut socket = rig.socket();
    let mut warm_up = create(None, &[said("developer", "Be careful.")]);
    warm_up["generate"] = json!(false);
    warm_up["instructions"] = json!("Be good.");
    let warm = exchange(&mut rig, &mut socket, &warm_up, &answer("resp_0", &[]));
    let request = create(Some("resp_0"), &[said("user", "Do it.")]);
    let first = exchange(&mut rig, &mut socket, &request, &answer("resp_1", &[call()]));
    let result = json!({"type": "function_call_output", "call_id": "call_1", "output": "ok"});
    let request = create(Some("resp_1"), &[result]);
    let second = exchange(&mut rig, &mut socket, &request, &answer("resp_2", &[]));

    assert_eq!(
        told(&warm),
        [
            ("system", "injected: Be careful.".to_owned()),
            ("system", "system_prompt: Be good.".to_owned()),
        ]
    );
    assert_eq!(rig.counts, [("skip.warm-up", 1)].into());
    assert_eq!(kinds(&first), ["prompt", "tool_call", "model_call"]);
    assert_eq!(kinds(&second), ["tool_result", "model_call"]);
    // The warm-up is no answer: a transcript does not know it.
    let session = SessionId::of("codex", "s");
    let prompt = NaturalKey::Prompt { session, after: "", text: rig.hash("Do it.") };
    assert_eq!((first[0].id, first[0].incomplete_key), (prompt.id(), false));
    let got = NaturalKey::ToolResult { session, message: "resp_1", call: "call_1" };
    assert_eq!((second[0].id, second[0].turn), (got.id(), Some(prompt.id())));
    let made = model_call(&second);
    assert_eq!((made.rank, made.status, made.usage.output), (CallRank::Wire, None, 3));
}

#[test]
fn what_began_in_a_socket_goes_on_over_http() {
    let mut rig = rig();
    let mut socket = rig.socket();
    let mut warm_up = create(None, &[]);
    warm_up["generate"] = json!(false);
    exchange(&mut rig, &mut socket, &warm_up, &answer("resp_0", &[]));
    let request = create(Some("resp_0"), &[said("user", "Do it.")]);
    exchange(&mut rig, &mut socket, &request, &answer("resp_1", &[call()]));

    let result = json!({"type": "function_call_output", "call_id": "call_1", "output": "ok"});
    let request = json!({"input": [said("user", "Do it."), call(), result]});
    let events = rig.streamed(&request, &answer("resp_2", &[]));

    let session = SessionId::of("codex", "s");
    let got = NaturalKey::ToolResult { session, message: "resp_1", call: "call_1" };
    assert_eq!((events[0].id, events[0].incomplete_key), (got.id(), false));
}

#[test]
fn a_lost_message_costs_its_answer_and_no_other() {
    let mut rig = rig();
    let mut socket = rig.socket();
    let request = create(None, &[said("user", "One.")]);
    let cut = exchange(&mut rig, &mut socket, &request, &answer("resp_1", &[])[..1]);
    socket.lost();
    let request = create(Some("resp_1"), &[said("user", "Two.")]);
    let next = exchange(&mut rig, &mut socket, &request, &answer("resp_2", &[]));

    assert_eq!(kinds(&cut), ["prompt"]);
    assert_eq!(kinds(&next), ["prompt", "model_call"]);
    let session = SessionId::of("codex", "s");
    let prompt = NaturalKey::Prompt { session, after: "resp_1", text: rig.hash("Two.") };
    assert_eq!(next[0].id, prompt.id());
}

#[test]
fn an_end_within_an_answer_is_a_gap() {
    let mut rig = rig();
    let mut socket = rig.socket();
    let request = create(None, &[said("user", "One.")]);
    exchange(&mut rig, &mut socket, &request, &answer("resp_1", &[])[..1]);
    let end = rig.inspected(|inspection| socket.end(AT, inspection));
    assert_eq!(kinds(&end), ["gap", "model_call"]);

    let mut socket = rig.socket();
    exchange(&mut rig, &mut socket, &request, &[]);
    let end = rig.inspected(|inspection| socket.end(AT, inspection));
    assert_eq!(told(&end), [("gap", "no-answer".to_owned())]);
}

#[test]
fn an_error_ends_its_answer() {
    let mut rig = rig();
    let mut socket = rig.socket();
    let request = create(None, &[said("user", "One.")]);
    let error = json!({"type": "error", "status": 400,
        "error": {"type": "invalid_request_error", "message": "No such answer"}});
    let events = exchange(&mut rig, &mut socket, &request, &[error]);
    let words = "api_error: invalid_request_error: No such answer";
    assert_eq!(told(&events)[1].1, words);
}

#[test]
fn other_messages_are_counted() {
    let mut rig = rig();
    let mut socket = rig.socket();
    rig.inspected(|inspection| {
        for text in ["", "{}", "[1]", "{\"type\":\"response.cancel\"}"] {
            socket.client_message(text, AT, inspection);
            socket.server_message(text, AT, inspection);
        }
    });
    assert_eq!(rig.counts, [("skip.provider-message", 4)].into());
    assert!(Socket::open("api.anthropic.com", "/v1/messages", &Fields::default()).is_none());
}
