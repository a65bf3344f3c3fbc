//! Cohere's Chat, version 2, streaming and not.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    dialogue::{Asking, Grammar, Returned},
    openai::chat,
    reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step},
    text::{items, str_field, text_of},
    usage,
};
use crate::source::{
    claude_code::{Output, Part, Spoken},
    proxy::provider::reply::short,
};

/// Where an answer's plan stands; its contents follow in their own order, then the tool calls.
const PLAN: u32 = 0;
const CONTENTS: u32 = 1;
const CALLS: u32 = 1024;

/// Messages of a conversation.
pub(super) struct Messages;

impl Grammar for Messages {
    fn is_user(message: &Value) -> bool {
        str_field(message, "role") != "assistant"
    }

    fn spoken(message: &Value) -> Spoken {
        chat::spoken_by_role(message)
    }

    fn returned(_: &[Value], message: &Value) -> Vec<Returned> {
        if str_field(message, "role") != "tool" {
            return Vec::new();
        }
        let text = match message.get("content") {
            Some(Value::String(text)) => text.clone(),
            _ => items(message, "content").iter().map(document).collect::<Vec<_>>().join("\n"),
        };
        let output = Output::of(&[Part::Text(&text)]);
        vec![Returned { call: short(str_field(message, "tool_call_id")), output, failed: false }]
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        chat::Messages::answer(history)
    }
}

/// The text of a part of a tool's result.
fn document(part: &Value) -> String {
    let document = part.get("document").and_then(|it| it.get("data"));
    match document {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => text_of(part).unwrap_or_default().to_owned(),
    }
}

/// What a request's `body` says.
pub(super) fn read(body: Value) -> Asking {
    chat::read(body)
}

/// Reads one answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    plan: String,
    contents: BTreeMap<u32, Content>,
    calls: BTreeMap<u32, (String, String, String)>,
}

#[derive(Debug, Default)]
struct Content {
    is_thought: bool,
    text: String,
}

impl Answers {
    fn content(&mut self, index: u32, content: &Value) {
        if self.contents.len() < BLOCKS_MAX || self.contents.contains_key(&index) {
            let open = self.contents.entry(index).or_default();
            let thought = str_field(content, "thinking");
            open.is_thought |= str_field(content, "type") == "thinking" || !thought.is_empty();
            open.text.push_str(thought);
            open.text.push_str(str_field(content, "text"));
        }
    }

    fn call(&mut self, index: u32, call: &Value) {
        if self.calls.len() < BLOCKS_MAX || self.calls.contains_key(&index) {
            let function = call.get("function").unwrap_or(&Value::Null);
            let (id, name, input) = self.calls.entry(index).or_default();
            id.push_str(str_field(call, "id"));
            name.push_str(str_field(function, "name"));
            input.push_str(str_field(function, "arguments"));
        }
    }

    /// The blocks that are there, once nothing more will come to them.
    fn blocks(&mut self, reply: &mut Reply) -> Vec<Block> {
        let mut blocks = Vec::new();
        let plan = std::mem::take(&mut self.plan);
        if !plan.is_empty() {
            blocks.push(Block { index: PLAN, kind: BlockKind::Thinking(plan) });
        }
        for (index, content) in std::mem::take(&mut self.contents) {
            let index = index.saturating_add(CONTENTS);
            blocks.push(if content.is_thought {
                Block { index, kind: BlockKind::Thinking(content.text) }
            } else {
                reply.text(index, content.text)
            });
        }
        for (index, (id, name, input)) in std::mem::take(&mut self.calls) {
            blocks.push(reply.tool_use(index.saturating_add(CALLS), &id, &name, input));
        }
        blocks
    }

    fn message(&mut self, message: &Value) {
        self.plan.push_str(str_field(message, "tool_plan"));
        for (index, content) in (0..).zip(items(message, "content")) {
            self.content(index, content);
        }
        for (index, call) in (0..).zip(items(message, "tool_calls")) {
            self.call(index, call);
        }
    }
}

impl Reader for Answers {
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step {
        let delta = event.get("delta").unwrap_or(&Value::Null);
        let message = delta.get("message").unwrap_or(&Value::Null);
        let index = event.get("index").and_then(Value::as_u64).unwrap_or(0);
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        match str_field(&event, "type") {
            "message-start" => reply.begins(str_field(&event, "id"), ""),
            "content-start" | "content-delta" => {
                self.content(index, message.get("content").unwrap_or(&Value::Null));
            }
            "tool-plan-delta" => self.plan.push_str(str_field(message, "tool_plan")),
            "tool-call-start" | "tool-call-delta" => {
                self.call(index, message.get("tool_calls").unwrap_or(&Value::Null));
            }
            "message-end" => {
                reply.stops(str_field(delta, "finish_reason"));
                if let Some(counts) = delta.get("usage") {
                    reply.usage = usage::cohere(counts);
                }
                let error = str_field(delta, "error");
                if !error.is_empty() {
                    reply.fails(&Value::String(error.to_owned()));
                }
                reply.stopped = true;
                return Step::Blocks(self.blocks(reply));
            }
            "content-end" | "tool-call-end" | "citation-start" | "citation-end" | "debug" => {}
            _ => return Step::Unknown,
        }
        Step::Nothing
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        let Some(message) = answer.get("message").filter(|message| message.is_object()) else {
            // An error is a message of words.
            if str_field(&answer, "message").is_empty() {
                return Step::Unknown;
            }
            reply.fails(&answer);
            return Step::Nothing;
        };
        reply.begins(str_field(&answer, "id"), "");
        self.message(message);
        if let Some(counts) = answer.get("usage") {
            reply.usage = usage::cohere(counts);
        }
        reply.stops(str_field(&answer, "finish_reason"));
        reply.stopped = true;
        Step::Blocks(self.blocks(reply))
    }
}

#[cfg(test)]
mod tests;
