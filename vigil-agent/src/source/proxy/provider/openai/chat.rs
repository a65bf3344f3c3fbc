//! Chat Completions, which many providers speak. A request repeats the whole conversation. A
//! stream tells its tokens in the last chunk, when it was asked to.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::source::{
    claude_code::Spoken,
    openai::{client_said, output, plain, spoken},
    proxy::provider::{
        client,
        dialogue::{Asking, Grammar, Returned},
        reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, short},
        text::{items, str_field, take_items, tools},
        usage,
    },
};

/// Where an answer's blocks stand: thinking, text, then the tool calls.
const THINKING: u32 = 0;
const TEXT: u32 = 1;
const CALLS: u32 = 2;

/// What a message says by its role: a tool's nothing, a system's the client's own words.
pub(in crate::source::proxy::provider) fn spoken_by_role(message: &Value) -> Spoken {
    let content = message.get("content").unwrap_or(&Value::Null);
    match str_field(message, "role") {
        "tool" => Spoken::default(),
        "system" => client_said(content),
        _ => spoken(content),
    }
}

/// Messages of a conversation.
pub(in crate::source::proxy::provider) struct Messages;

impl Grammar for Messages {
    fn is_user(message: &Value) -> bool {
        str_field(message, "role") != "assistant"
    }

    fn spoken(message: &Value) -> Spoken {
        let content = message.get("content").unwrap_or(&Value::Null);
        match str_field(message, "role") {
            "tool" | "function" => Spoken::default(),
            "system" | "developer" => client_said(content),
            _ => spoken(content),
        }
    }

    fn returned(_: &[Value], message: &Value) -> Vec<Returned> {
        if !matches!(str_field(message, "role"), "tool" | "function") {
            return Vec::new();
        }
        let call = match str_field(message, "tool_call_id") {
            "" => str_field(message, "name"),
            id => id,
        };
        let output = output(message.get("content").unwrap_or(&Value::Null));
        vec![Returned { call: short(call), output, failed: false }]
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let Some(last) = history.last() else { return Default::default() };
        let calls = items(last, "tool_calls").iter().map(|call| short(str_field(call, "id")));
        let text = plain(last.get("content").unwrap_or(&Value::Null));
        (text, calls.filter(|id| !id.is_empty()).collect())
    }
}

/// What a request's `body` says.
pub(in crate::source::proxy::provider) fn read(mut body: Value) -> Asking {
    let mut messages = take_items(&mut body, "messages");
    // What stands before everything else is the system prompt.
    let is_system = |message: &Value| matches!(str_field(message, "role"), "system" | "developer");
    let first = messages.iter().position(|message| !is_system(message)).unwrap_or(messages.len());
    let system: Vec<_> = messages
        .drain(..first)
        .map(|message| plain(message.get("content").unwrap_or(&Value::Null)))
        .filter(|text| !text.is_empty())
        .collect();
    let metadata = body.get("metadata").unwrap_or(&Value::Null);
    Asking {
        model: str_field(&body, "model").to_owned(),
        session: client::id_at(metadata, "sessionId")
            .or_else(|| client::id_at(metadata, "session_id")),
        system: system.join("\n"),
        tools: tools(&mut body),
        messages,
        ..Asking::default()
    }
}

/// Reads one answer: its first choice.
#[derive(Debug, Default)]
pub(in crate::source::proxy::provider) struct Answers {
    thinking: String,
    text: String,
    calls: BTreeMap<u64, OpenCall>,
}

#[derive(Debug, Default)]
struct OpenCall {
    id: String,
    name: String,
    input: String,
}

impl Answers {
    /// Takes more of the message: a delta of a stream, or all of it.
    fn take(&mut self, said: &Value) {
        // The names of what a model thinks, by provider.
        let thinking = ["reasoning_content", "reasoning"].into_iter();
        let thinking = thinking.map(|name| str_field(said, name)).find(|text| !text.is_empty());
        self.thinking.push_str(thinking.unwrap_or_default());
        match said.get("content") {
            Some(Value::String(text)) => self.text.push_str(text),
            // Mistral tells parts, thinking among them.
            Some(Value::Array(parts)) => {
                for part in parts {
                    self.text.push_str(str_field(part, "text"));
                    for thought in items(part, "thinking") {
                        self.thinking.push_str(str_field(thought, "text"));
                    }
                }
            }
            _ => self.text.push_str(str_field(said, "refusal")),
        }
        for (position, call) in (0..).zip(items(said, "tool_calls")) {
            let index = call.get("index").and_then(Value::as_u64).unwrap_or(position);
            if self.calls.len() >= BLOCKS_MAX && !self.calls.contains_key(&index) {
                continue;
            }
            let open = self.calls.entry(index).or_default();
            let function = call.get("function").or_else(|| call.get("custom"));
            let function = function.unwrap_or(&Value::Null);
            // Some repeat the id and the name in every chunk.
            if open.id.is_empty() {
                str_field(call, "id").clone_into(&mut open.id);
            }
            if open.name.is_empty() {
                str_field(function, "name").clone_into(&mut open.name);
            }
            match function.get("arguments").or_else(|| function.get("input")) {
                Some(Value::String(piece)) => open.input.push_str(piece),
                Some(whole @ Value::Object(_)) => open.input = whole.to_string(),
                _ => {}
            }
        }
    }

    /// The blocks that are there, once nothing more will come to them.
    fn blocks(&mut self, reply: &mut Reply) -> Vec<Block> {
        let mut blocks = Vec::new();
        let thinking = std::mem::take(&mut self.thinking);
        if !thinking.is_empty() {
            blocks.push(Block { index: THINKING, kind: BlockKind::Thinking(thinking) });
        }
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            blocks.push(reply.text(TEXT, text));
        }
        for (position, call) in (CALLS..).zip(std::mem::take(&mut self.calls).into_values()) {
            let id = if call.id.is_empty() { &call.name } else { &call.id };
            blocks.push(reply.tool_use(position, id, &call.name, call.input));
        }
        blocks
    }
}

impl Reader for Answers {
    fn event(&mut self, chunk: Value, reply: &mut Reply) -> Step {
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            reply.fails(error);
            return Step::Nothing;
        }
        let Some(choices) = chunk.get("choices").and_then(Value::as_array) else {
            return Step::Unknown;
        };
        // Azure begins with a chunk about the prompt alone, which has neither id nor model.
        let (id, model) = (str_field(&chunk, "id"), str_field(&chunk, "model"));
        if !id.is_empty() || !choices.is_empty() {
            reply.begins(id, model);
        }
        // Groq puts the tokens elsewhere.
        let counts = chunk.get("x_groq").and_then(|groq| groq.get("usage"));
        if let Some(counts) = chunk.get("usage").filter(|usage| usage.is_object()).or(counts) {
            reply.usage = usage::chat(counts);
        }
        let is_first =
            |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let Some(choice) = choices.iter().find(is_first) else { return Step::Nothing };
        if let Some(said) = choice.get("delta").or_else(|| choice.get("message")) {
            self.take(said);
        }
        let reason = str_field(choice, "finish_reason");
        if reason.is_empty() {
            return Step::Nothing;
        }
        reply.stops(reason);
        reply.stopped = true;
        Step::Blocks(self.blocks(reply))
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        self.event(answer, reply)
    }

    fn end(&mut self, reply: &mut Reply) -> Vec<Block> {
        self.blocks(reply)
    }
}
