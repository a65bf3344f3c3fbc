//! Conversations as Ollama holds them.

use serde_json::{Value, json};
use vigil_proto::{NaturalKey, Usage, event::CallRank};

use super::super::rig::{Rig, kinds, model_call, told};
use super::*;

fn lines(events: &[Value]) -> Vec<u8> {
    let lines: Vec<_> = events.iter().map(Value::to_string).collect();
    // The last line goes without its end.
    lines.join("\n").into_bytes()
}

fn event(message: &Value) -> Value {
    json!({"model": "qwen3", "created_at": "2026-01-01T00:00:00Z", "message": message,
        "done": false})
}

fn done() -> Value {
    json!({"model": "qwen3", "message": {"role": "assistant", "content": ""}, "done": true,
        "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9})
}

fn call() -> Value {
    json!({"function": {"name": "ls", "arguments": {"path": "/"}}})
}

const NDJSON: &str = "application/x-ndjson";

#[test]
fn a_conversation_is_told_once_although_nothing_in_it_has_an_id() {
    let mut rig = Rig::new("localhost", "/api/chat");
    rig.asking = "User-Agent: ollama-python/0.6.0 (x86_64 linux) Python/3.11\r\n";
    let ask = json!({"role": "user", "content": "List."});
    let answer = lines(&[
        event(&json!({"role": "assistant", "thinking": "Hm."})),
        event(&json!({"role": "assistant", "content": "I "})),
        event(&json!({"role": "assistant", "content": "list."})),
        event(&json!({"role": "assistant", "content": "", "tool_calls": [call(), call()]})),
        done(),
    ]);
    let first = rig.exchange(&json!({"model": "qwen3", "messages": [ask]}), NDJSON, &answer);
    let history = json!({"model": "qwen3", "messages": [
        ask,
        {"role": "assistant", "content": "I list.", "tool_calls": [call(), call()]},
        {"role": "tool", "tool_name": "ls", "content": "a"},
        {"role": "tool", "tool_name": "ls", "content": "b"},
    ]});
    let said = event(&json!({"role": "assistant", "content": "Two."}));
    let second = rig.exchange(&history, NDJSON, &lines(&[said, done()]));

    assert_eq!(
        told(&first),
        [
            ("prompt", "List.".to_owned()),
            ("thinking", "Hm.".to_owned()),
            ("response", "I list.".to_owned()),
            ("tool_call", "ls {\"path\":\"/\"}".to_owned()),
            ("tool_call", "ls {\"path\":\"/\"}".to_owned()),
            ("model_call", "qwen3".to_owned()),
        ]
    );
    assert_eq!(kinds(&second), ["tool_result", "tool_result", "response", "model_call"]);
    let call = model_call(&first);
    assert_eq!(call.usage, Usage { input: 26, output: 9, ..Usage::default() });
    assert_eq!((call.provider, call.rank), ("ollama", CallRank::Wire));
    let session = first[0].session.unwrap();
    for (event, position) in second.iter().zip(0..2) {
        let id = nameless("ls", position);
        let message = call.message.expose();
        let key = NaturalKey::ToolResult { session, message, call: &id };
        assert_eq!((event.id, event.incomplete_key), (key.id(), false));
    }
    assert_eq!(rig.counts, [].into());
}

#[test]
fn a_question_is_a_conversation_of_one() {
    let mut rig = Rig::new("localhost", "/api/generate");
    let answer = json!({"model": "qwen3", "response": "Four.", "done": true,
        "prompt_eval_count": 3, "eval_count": 2});
    let request = json!({"model": "qwen3", "prompt": "2+2?", "system": "Be short."});
    let events = rig.whole(&request, &answer);
    assert_eq!(
        told(&events),
        [
            ("prompt", "2+2?".to_owned()),
            ("system", "system_prompt: Be short.".to_owned()),
            ("response", "Four.".to_owned()),
            ("model_call", "qwen3".to_owned()),
        ]
    );
}

#[test]
fn errors_and_the_unknown_are_recorded() {
    let mut rig = Rig::new("localhost", "/api/chat");
    rig.status = 404;
    let ask = json!({"messages": [{"role": "user", "content": "x"}]});
    let events = rig.whole(&ask, &json!({"error": "model not found"}));
    assert_eq!(told(&events)[1].1, "api_error: HTTP 404: error: model not found");
    rig.status = 200;
    let events = rig.exchange(&ask, NDJSON, &lines(&[json!({"x": 1}), json!(null)]));
    assert_eq!(kinds(&events), ["prompt"]);
    assert_eq!(rig.counts, [("skip.provider-event", 2)].into());
}

#[test]
fn no_more_results_are_read_than_an_answer_may_have_calls() {
    let result = json!({"role": "tool", "tool_name": "t", "content": "x"});
    let before = |results| {
        let asked = json!({"role": "assistant", "content": ""});
        [vec![asked], vec![result.clone(); results]].concat()
    };

    assert_eq!(Messages::returned(&before(BLOCKS_MAX - 1), &result).len(), 1);
    assert_eq!(Messages::returned(&before(BLOCKS_MAX), &result).len(), 0);
}
