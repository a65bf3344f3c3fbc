//! pi: a header, then messages.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "pi",
    place: 4,
    path: |session| {
        let (project, date, id) = (session.project(), session.date(), session.id());
        format!(".pi/agent/sessions/--home-dev-shop{project}--/{date}T00-00-00-000Z_{id}.jsonl")
    },
    start: |session| {
        let id = session.id();
        let (_, time) = session.tick();
        vec![json!({"type": "session", "version": 3, "id": id, "timestamp": time,
            "cwd": "/home/dev/shop"})]
    },
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (message, call) = (session.name("msg"), session.name("call"));
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    vec![
        line(session, &json!({"role": "user", "content": text(&turn.prompt)})),
        line(
            session,
            &json!({"role": "assistant",
                "content": [{"type": "text", "text": turn.answer},
                    {"type": "toolCall", "id": call, "name": "bash",
                        "arguments": {"command": turn.command}}],
                "api": "anthropic-messages", "provider": "anthropic", "model": "model-1",
                "usage": {"input": 900, "output": 50, "cacheRead": 700, "cacheWrite": 20,
                    "totalTokens": 1670, "cost": {"total": 0.005}},
                "stopReason": "toolUse", "responseId": message}),
        ),
        line(
            session,
            &json!({"role": "toolResult", "toolCallId": call, "toolName": "bash",
                "content": text(&turn.output), "isError": false}),
        ),
    ]
}

fn line(session: &mut Session, message: &Value) -> Value {
    let (n, time) = session.tick();
    let id = format!("{}-{n}", session.id());
    json!({"type": "message", "id": id, "parentId": null, "timestamp": time, "message": message})
}
