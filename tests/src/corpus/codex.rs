//! Codex: a rollout of numbered items, and what a response used in a record of its own.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "codex",
    place: 1,
    path: |session| {
        let (date, id) = (session.date(), session.id());
        let folder = date.replace('-', "/");
        format!(".codex/sessions/{folder}/rollout-{date}T00-00-00-{id}.jsonl")
    },
    start: |session| {
        let meta = json!({
            "session_id": session.id(), "id": session.id(),
            "cwd": format!("/home/dev/shop{}", session.project()), "cli_version": "0.169.0",
            "originator": "codex_exec", "source": "exec", "model_provider": "openai",
            "git": {"branch": "main"},
        });
        vec![line(session, "session_meta", &meta)]
    },
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (id, call, response) = (session.name("turn"), session.name("call"), session.name("resp"));
    let item = |session: &mut Session, payload: Value| line(session, "response_item", &payload);
    let context = json!({"turn_id": id, "cwd": "/home/dev/shop", "model": "gpt-5-codex"});
    let usage = json!({"input_tokens": 900, "cached_input_tokens": 700, "output_tokens": 50,
        "reasoning_output_tokens": 10, "total_tokens": 950});
    vec![
        line(session, "turn_context", &context),
        item(
            session,
            json!({"type": "message", "id": format!("{id}_u"), "role": "user",
                "content": [{"type": "input_text", "text": turn.prompt}]}),
        ),
        item(
            session,
            json!({"type": "message", "id": format!("{id}_a"), "role": "assistant",
                "content": [{"type": "output_text", "text": turn.answer}]}),
        ),
        item(
            session,
            json!({"type": "function_call", "id": format!("{id}_f"), "name": "exec_command",
                "call_id": call, "arguments": json!({"cmd": turn.command}).to_string()}),
        ),
        line(session, "token_usage_record", &json!({"response_id": response, "usage": usage})),
        line(
            session,
            "event_msg",
            &json!({"type": "item_completed", "item": {"type": "CommandExecution", "id": call,
                "status": "completed", "aggregated_output": turn.output, "exit_code": 0}}),
        ),
        item(
            session,
            json!({"type": "function_call_output", "id": format!("{id}_o"), "call_id": call,
                "output": format!("Process exited with code 0\nOutput:\n{}", turn.output)}),
        ),
    ]
}

fn line(session: &mut Session, kind: &str, payload: &Value) -> Value {
    let (n, time) = session.tick();
    json!({"timestamp": time, "ordinal": n, "type": kind, "payload": payload})
}
