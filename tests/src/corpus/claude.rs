//! Claude Code: one line for each block of an answer, all of which repeat what it used.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "claude-code",
    place: 0,
    path: |session| {
        format!(".claude/projects/-home-dev-shop{}/{}.jsonl", session.project(), session.id())
    },
    start: |_| Vec::new(),
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (message, call) = (session.name("msg"), session.name("toolu"));
    let prompt = line(session, "user", &json!({"role": "user", "content": turn.prompt}));
    let mut block = |block: Value| {
        let mut line = line(
            session,
            "assistant",
            &json!({
                "id": message, "type": "message", "role": "assistant",
                "model": "claude-sonnet-4-5", "content": [block], "stop_reason": "tool_use",
                "usage": {"input_tokens": 3, "output_tokens": 50, "cache_read_input_tokens": 700,
                    "cache_creation_input_tokens": 20},
            }),
        );
        line["requestId"] = format!("req_{message}").into();
        line
    };
    let said = block(json!({"type": "text", "text": turn.answer}));
    let input = json!({"command": turn.command});
    let called = block(json!({"type": "tool_use", "id": call, "name": "Bash", "input": input}));
    let result = json!({"type": "tool_result", "tool_use_id": call, "content": turn.output});
    let result = line(session, "user", &json!({"role": "user", "content": [result]}));
    vec![prompt, said, called, result]
}

fn line(session: &mut Session, kind: &str, message: &Value) -> Value {
    let (n, time) = session.tick();
    json!({
        "type": kind,
        "uuid": format!("{}-{n}", session.id()),
        "parentUuid": null,
        "isSidechain": false,
        "sessionId": session.id(),
        "cwd": format!("/home/dev/shop{}", session.project()),
        "gitBranch": "main",
        "version": "2.0.0",
        "timestamp": time,
        "message": message,
    })
}
