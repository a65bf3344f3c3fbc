//! Gemini CLI: records that are written again when more is known of them.

use serde_json::{Value, json};

use super::{Client, Session, Turn};

pub(super) const CLIENT: Client = Client {
    name: "gemini-cli",
    place: 3,
    path: |session| {
        format!(".gemini/tmp/shop{}/chats/session-{}.jsonl", session.project(), session.number)
    },
    start: |session| {
        let id = session.id();
        let (_, time) = session.tick();
        vec![json!({"sessionId": id, "projectHash": "c998", "startTime": time,
            "lastUpdated": time, "kind": "main"})]
    },
    turn,
};

fn turn(session: &mut Session, turn: &Turn) -> Vec<Value> {
    let (message, call) = (session.name("g"), session.name("run_shell_command__call"));
    let user = |session: &mut Session, id: String, content: Value| {
        let (_, time) = session.tick();
        json!({"id": id, "timestamp": time, "type": "user", "content": content})
    };
    let prompt = user(session, session.name("u"), json!([{"text": turn.prompt}]));
    let (_, time) = session.tick();
    let answer = json!({"id": message, "timestamp": time, "type": "gemini",
        "content": turn.answer, "thoughts": [],
        "tokens": {"input": 900, "output": 50, "cached": 700, "thoughts": 10, "tool": 0,
            "total": 960},
        "model": "gemini-2.5-pro"});
    let returned = json!({"functionResponse": {"id": call, "name": "run_shell_command",
        "response": {"output": turn.output}}});
    let mut again = answer.clone();
    again["toolCalls"] = json!([{"id": call, "name": "run_shell_command",
        "args": {"command": turn.command}, "status": "success", "result": [returned],
        "resultDisplay": "shown", "timestamp": time}]);
    let result = user(session, session.name("r"), json!([returned]));
    vec![prompt, answer, again, result]
}
