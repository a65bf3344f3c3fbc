//! Synthetic Claude Code transcripts, line by line, in the shape that the real client writes.

use serde_json::{Value, json};

/// One session's writer of lines. Every line it makes belongs to the same session and folder.
#[derive(Clone, Debug)]
pub struct Session {
    /// The client's id of the session.
    pub id: String,
    count: u32,
}

impl Session {
    /// A session numbered `number`.
    pub fn new(number: u32) -> Self {
        Self { id: format!("00000000-0000-4000-8000-{number:012}"), count: 0 }
    }

    fn line(&mut self, kind: &str, message: &Value) -> Value {
        self.count += 1;
        let n = self.count;
        json!({
            "type": kind,
            "uuid": format!("{}-{n}", self.id),
            "parentUuid": null,
            "isSidechain": false,
            "sessionId": self.id,
            "cwd": "/home/dev/shop",
            "gitBranch": "main",
            "version": "2.0.0",
            "timestamp": format!("2026-01-05T{:02}:{:02}:{:02}.000Z", n / 3600 % 24, n / 60 % 60, n % 60),
            "message": message,
        })
    }

    /// What a person asked.
    pub fn prompt(&mut self, text: &str) -> Value {
        self.line("user", &json!({"role": "user", "content": text}))
    }

    /// One block of the answer `message`, with the usage that every line of it repeats.
    pub fn answer(&mut self, message: &str, block: &Value) -> Value {
        let mut line = self.line(
            "assistant",
            &json!({
                "id": message, "type": "message", "role": "assistant",
                "model": "claude-sonnet-4-5", "content": [block], "stop_reason": "end_turn",
                "usage": {"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 7},
            }),
        );
        line["requestId"] = format!("req_{message}").into();
        line
    }

    /// A text block of the answer `message`.
    pub fn text(&mut self, message: &str, text: &str) -> Value {
        self.answer(message, &json!({"type": "text", "text": text}))
    }

    /// A tool call of the answer `message`.
    pub fn call(&mut self, message: &str, tool: &str, command: &str) -> Value {
        let input = json!({"command": command});
        self.answer(
            message,
            &json!({"type": "tool_use", "id": tool, "name": "Bash", "input": input}),
        )
    }

    /// The result of a tool call.
    pub fn result(&mut self, tool: &str, text: &str) -> Value {
        let block = json!({"type": "tool_result", "tool_use_id": tool, "content": text});
        self.line("user", &json!({"role": "user", "content": [block]}))
    }
}

/// Lines as the file holds them.
pub fn jsonl(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}
