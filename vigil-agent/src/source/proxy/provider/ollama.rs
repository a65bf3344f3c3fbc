//! Ollama's own API: `/api/chat` and `/api/generate`, in lines of JSON or in one piece. It names
//! neither answers nor, in most versions, tool calls.

use serde_json::Value;

use super::{
    dialogue::{Asking, Grammar, Returned},
    memory::nameless,
    openai::chat,
    reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, short},
    text::{items, str_field, take_items, tools},
    usage,
};
use crate::source::{
    claude_code::Spoken,
    openai::{output, plain},
};

/// Where an answer's blocks stand: thinking, text, then the tool calls.
const THINKING: u32 = 0;
const TEXT: u32 = 1;
const CALLS: u32 = 2;

/// Messages of a conversation.
pub(super) struct Messages;

impl Grammar for Messages {
    fn is_user(message: &Value) -> bool {
        str_field(message, "role") != "assistant"
    }

    fn spoken(message: &Value) -> Spoken {
        chat::spoken_by_role(message)
    }

    fn returned(history: &[Value], message: &Value) -> Vec<Returned> {
        if str_field(message, "role") != "tool" {
            return Vec::new();
        }
        let name = match str_field(message, "tool_name") {
            "" => str_field(message, "name"),
            name => name,
        };
        // The results of an answer stand in the order of its calls.
        let results = history.iter().rev().take_while(|it| str_field(it, "role") == "tool");
        let earlier = results.take(BLOCKS_MAX).count();
        if earlier == BLOCKS_MAX {
            // No answer has so many calls, and each result costs a look at those before it.
            return Vec::new();
        }
        let asked = history.iter().rev().nth(earlier);
        let call = match str_field(message, "tool_call_id") {
            "" => asked
                .and_then(|asked| calls(asked).into_iter().nth(earlier))
                .unwrap_or_else(|| nameless(name, earlier)),
            id => short(id),
        };
        let output = output(message.get("content").unwrap_or(&Value::Null));
        vec![Returned { call, output, failed: false }]
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let Some(last) = history.last() else { return Default::default() };
        (plain(last.get("content").unwrap_or(&Value::Null)), calls(last))
    }
}

fn calls(message: &Value) -> Vec<String> {
    let calls = items(message, "tool_calls").iter().take(BLOCKS_MAX);
    (0..).zip(calls).map(|(position, call)| id(call, position)).collect()
}

fn id(call: &Value, position: usize) -> String {
    match str_field(call, "id") {
        "" => nameless(call.get("function").map_or("", |it| str_field(it, "name")), position),
        id => short(id),
    }
}

/// What the `body` of a chat says.
pub(super) fn read_chat(mut body: Value) -> Asking {
    Asking {
        model: str_field(&body, "model").to_owned(),
        tools: tools(&mut body),
        messages: take_items(&mut body, "messages"),
        ..Asking::default()
    }
}

/// What the `body` of a single question says.
pub(super) fn read_generate(body: &Value) -> Asking {
    Asking {
        model: str_field(body, "model").to_owned(),
        system: str_field(body, "system").to_owned(),
        messages: vec![serde_json::json!({"role": "user", "content": str_field(body, "prompt")})],
        ..Asking::default()
    }
}

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    thinking: String,
    text: String,
    calls: Vec<(String, String, String)>,
}

impl Reader for Answers {
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step {
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            reply.fails(error);
            return Step::Nothing;
        }
        let is_chat = event.get("message").is_some();
        if !is_chat && event.get("response").is_none() {
            return Step::Unknown;
        }
        reply.begins("", str_field(&event, "model"));
        let said = event.get("message").unwrap_or(&event);
        self.thinking.push_str(str_field(said, "thinking"));
        self.text.push_str(str_field(said, if is_chat { "content" } else { "response" }));
        for call in items(said, "tool_calls") {
            let function = call.get("function").unwrap_or(&Value::Null);
            let input = function.get("arguments").map_or_else(|| "{}".to_owned(), Value::to_string);
            let id = id(call, self.calls.len());
            self.calls.push((id, str_field(function, "name").to_owned(), input));
        }
        if event.get("done").and_then(Value::as_bool) != Some(true) {
            return Step::Nothing;
        }
        reply.usage = usage::ollama(&event);
        reply.stops(str_field(&event, "done_reason"));
        reply.stopped = true;
        let mut blocks = Vec::new();
        let thinking = std::mem::take(&mut self.thinking);
        if !thinking.is_empty() {
            blocks.push(Block { index: THINKING, kind: BlockKind::Thinking(thinking) });
        }
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            blocks.push(reply.text(TEXT, text));
        }
        for (index, (id, name, input)) in (CALLS..).zip(std::mem::take(&mut self.calls)) {
            blocks.push(reply.tool_use(index, &id, &name, input));
        }
        Step::Blocks(blocks)
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        self.event(answer, reply)
    }
}

#[cfg(test)]
mod tests;
