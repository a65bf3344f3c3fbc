//! Qwen Code: messages, and beside them what the client tells its telemetry.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "qwen-code",
    place: 5,
    path: |session| {
        format!(".qwen/projects/-home-dev-shop{}/chats/{}.jsonl", session.project(), session.id())
    },
    start: |_| Vec::new(),
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (response, call) = (session.name("chatcmpl"), session.name("call"));
    let told = json!({"event.name": "qwen-code.api_response", "response_id": response,
        "model": "gpt-4o", "status_code": 200, "input_token_count": 900,
        "output_token_count": 50, "cached_content_token_count": 700,
        "thoughts_token_count": 10, "total_token_count": 950,
        "prompt_id": session.name("prompt"), "auth_type": "openai"});
    let returned = json!({"functionResponse": {"id": call, "name": "run_shell_command",
        "response": {"output": turn.output}}});
    vec![
        line(
            session,
            "user",
            json!({"message": {"role": "user", "parts": [{"text": turn.prompt}]}}),
        ),
        line(
            session,
            "system",
            json!({"subtype": "ui_telemetry", "systemPayload": {"uiEvent": told}}),
        ),
        line(
            session,
            "assistant",
            json!({"model": "gpt-4o",
                "message": {"role": "model", "parts": [{"text": turn.answer},
                    {"functionCall": {"id": call, "name": "run_shell_command",
                        "args": {"command": turn.command}}}]},
                "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 50,
                    "thoughtsTokenCount": 10, "totalTokenCount": 950,
                    "cachedContentTokenCount": 700}}),
        ),
        line(
            session,
            "tool_result",
            json!({"message": {"role": "user", "parts": [returned]},
                "toolCallResult": {"callId": call, "status": "success",
                    "resultDisplay": "shown"}}),
        ),
    ]
}

fn line(session: &mut Session, kind: &str, mut fields: Value) -> Value {
    let (n, time) = session.tick();
    fields["uuid"] = format!("{}-{n}", session.id()).into();
    fields["parentUuid"] = Value::Null;
    fields["sessionId"] = session.id().into();
    fields["timestamp"] = time.into();
    fields["type"] = kind.into();
    fields["cwd"] = format!("/home/dev/shop{}", session.project()).into();
    fields["version"] = "0.15.10".into();
    fields["gitBranch"] = "main".into();
    fields
}
