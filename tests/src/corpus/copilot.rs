//! Copilot CLI: a log of events.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "copilot-cli",
    place: 2,
    path: |session| format!(".copilot/session-state/{}/events.jsonl", session.id()),
    start: |session| {
        let context = json!({"cwd": "/home/dev/shop", "branch": "main"});
        let data = json!({"sessionId": session.id(), "copilotVersion": "1.0.102",
            "context": context});
        vec![line(session, "session.start", &data)]
    },
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (message, call) = (session.name("msg"), session.name("call"));
    let arguments = json!({"command": turn.command});
    vec![
        line(session, "user.message", &json!({"content": turn.prompt})),
        line(
            session,
            "session.usage_record",
            &json!({"usage": {"model": "model-1", "inputTokens": 900, "outputTokens": 50,
                "cacheReadTokens": 700, "cacheWriteTokens": 20, "cost": 0.0,
                "apiCallId": message, "isByok": true, "modelProvider": "anthropic",
                "providerType": "anthropic", "apiEndpoint": "/v1/messages",
                "providerCallId": format!("req_{message}"), "finishReason": "stop"}}),
        ),
        line(
            session,
            "assistant.message",
            &json!({"messageId": format!("m_{message}"), "apiCallId": message,
                "content": turn.answer, "toolRequests": [
                    {"toolCallId": call, "name": "bash", "arguments": arguments}]}),
        ),
        line(
            session,
            "tool.execution_start",
            &json!({"toolCallId": call, "toolName": "bash", "arguments": arguments}),
        ),
        line(
            session,
            "tool.execution_complete",
            &json!({"toolCallId": call, "success": true, "shellExecution": {"exitCode": 0},
                "result": {"content": turn.output}}),
        ),
    ]
}

fn line(session: &mut Session, kind: &str, data: &Value) -> Value {
    let (n, time) = session.tick();
    let id = format!("{}-{n}", session.id());
    json!({"type": kind, "data": data, "id": id, "timestamp": time, "parentId": null})
}
