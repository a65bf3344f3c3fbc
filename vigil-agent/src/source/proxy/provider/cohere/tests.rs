//! Conversations as Cohere holds them.

use serde_json::{Value, json};
use vigil_proto::{NaturalKey, Usage};

use super::super::rig::{Rig, kinds, model_call, told};

fn rig() -> Rig {
    let mut rig = Rig::new("api.cohere.com", "/v2/chat");
    rig.asking = "User-Agent: cohere/5.18.0\r\n";
    rig
}

fn event(kind: &str, index: u32, message: &Value) -> Value {
    json!({"type": kind, "index": index, "delta": {"message": message}})
}

fn usage() -> Value {
    json!({"billed_units": {"input_tokens": 5, "output_tokens": 20},
        "tokens": {"input_tokens": 150, "output_tokens": 25}, "cached_tokens": 100})
}

const USAGE: Usage = Usage {
    input: 50,
    cache_read: 100,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 25,
    reasoning: 0,
};

fn call() -> Value {
    json!({"id": "ls_1", "type": "function", "function": {"name": "ls", "arguments": "{\"a\":1}"}})
}

#[test]
fn a_conversation_is_told_once_although_every_request_repeats_it() {
    let mut rig = rig();
    let ask = json!({"role": "user", "content": "List."});
    let begun = json!({"tool_calls": {"id": "ls_1", "type": "function",
        "function": {"name": "ls", "arguments": ""}}});
    let piece = |text| json!({"tool_calls": {"function": {"arguments": text}}});
    let first = rig.streamed(&json!({"model": "command-a", "messages": [ask]}), &[
        json!({"type": "message-start", "id": "co_1"}),
        event("tool-plan-delta", 0, &json!({"tool_plan": "I will "})),
        event("tool-plan-delta", 0, &json!({"tool_plan": "list."})),
        event("content-start", 0, &json!({"content": {"type": "thinking", "thinking": ""}})),
        event("content-delta", 0, &json!({"content": {"thinking": "Hm."}})),
        event("content-end", 0, &json!({})),
        event("content-start", 1, &json!({"content": {"type": "text", "text": ""}})),
        event("content-delta", 1, &json!({"content": {"text": "So."}})),
        event("tool-call-start", 0, &begun),
        event("tool-call-delta", 0, &piece("{\"a\"")),
        event("tool-call-delta", 0, &piece(":1}")),
        event("tool-call-end", 0, &json!({})),
        json!({"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": usage()}}),
    ]);
    let history = json!({"messages": [
        ask,
        {"role": "assistant", "tool_plan": "I will list.", "tool_calls": [call()],
            "content": [{"type": "text", "text": "So."}]},
        {"role": "tool", "tool_call_id": "ls_1",
            "content": [{"type": "document", "document": {"data": "{\"f\":1}"}}]},
    ]});
    let answer = json!({"id": "co_2", "finish_reason": "COMPLETE", "usage": usage(),
        "message": {"role": "assistant", "content": [{"type": "text", "text": "One."}]}});
    let second = rig.whole(&history, &answer);

    assert_eq!(
        told(&first),
        [
            ("prompt", "List.".to_owned()),
            ("thinking", "I will list.".to_owned()),
            ("thinking", "Hm.".to_owned()),
            ("response", "So.".to_owned()),
            ("tool_call", "ls {\"a\":1}".to_owned()),
            ("model_call", "command-a".to_owned()),
        ]
    );
    assert_eq!(
        told(&second),
        [
            ("tool_result", "{\"f\":1}".to_owned()),
            ("response", "One.".to_owned()),
            ("model_call", String::new()),
        ]
    );
    let session = first[0].session.unwrap();
    let key = NaturalKey::ToolResult { session, message: "co_1", call: "ls_1" };
    assert_eq!((second[0].id, second[0].incomplete_key), (key.id(), false));
    assert_eq!((model_call(&first).usage, model_call(&second).usage), (USAGE, USAGE));
    assert_eq!(rig.counts, [].into());
}

#[test]
fn errors_and_the_unknown_are_recorded() {
    let mut rig = rig();
    rig.status = 401;
    let ask = json!({"messages": [{"role": "user", "content": "x"}]});
    let events = rig.whole(&ask, &json!({"message": "invalid api token"}));
    assert_eq!(told(&events)[1].1, "api_error: HTTP 401: error: invalid api token");
    rig.status = 200;
    let events = rig.streamed(&ask, &[json!({"type": "of-tomorrow"})]);
    assert_eq!(kinds(&events), ["prompt"]);
    assert_eq!(rig.counts, [("skip.provider-event", 1)].into());
}
