//! The Converse API: requests, and answers in events or in one piece. It names no answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{failed, whole_or_failed};
use crate::source::{
    claude_code::{Output, Part, Spoken},
    proxy::provider::{
        dialogue::{Asking, Grammar, Returned},
        reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, index, short},
        text::{items, str_field, take_items, text_of, tools},
        usage,
    },
};

/// Messages of a conversation.
pub(in crate::source::proxy::provider) struct Messages;

impl Grammar for Messages {
    fn is_user(message: &Value) -> bool {
        str_field(message, "role") != "assistant"
    }

    fn spoken(message: &Value) -> Spoken {
        let said = items(message, "content").iter().filter(|it| it.get("toolResult").is_none());
        Spoken::of(&said.map(part).collect::<Vec<_>>())
    }

    fn returned(_: &[Value], message: &Value) -> Vec<Returned> {
        items(message, "content")
            .iter()
            .filter_map(|block| block.get("toolResult"))
            .map(|result| {
                let json: Vec<_> = items(result, "content")
                    .iter()
                    .map(|it| it.get("json").map(Value::to_string))
                    .collect();
                let parts: Vec<_> = items(result, "content")
                    .iter()
                    .zip(&json)
                    .map(|(it, json)| json.as_deref().map_or_else(|| part(it), Part::Text))
                    .collect();
                Returned {
                    call: short(str_field(result, "toolUseId")),
                    output: Output::of(&parts),
                    failed: str_field(result, "status") == "error",
                }
            })
            .collect()
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let Some(last) = history.last() else { return Default::default() };
        let blocks = items(last, "content").iter();
        let texts: Vec<_> = blocks
            .clone()
            .filter_map(text_of)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .collect();
        let calls = blocks.filter_map(|block| block.get("toolUse"));
        (texts.join("\n"), calls.map(|call| short(str_field(call, "toolUseId"))).collect())
    }
}

fn part(block: &Value) -> Part<'_> {
    if let Some(text) = text_of(block) {
        return Part::Text(text);
    }
    let (kind, inner) = block
        .as_object()
        .and_then(|fields| fields.iter().next())
        .map_or(("unknown", &Value::Null), |(kind, inner)| (kind.as_str(), inner));
    let data = inner.get("source").map_or(0, |source| str_field(source, "bytes").len());
    let place = str_field(inner, "name");
    Part::Other { kind, data, place: (!place.is_empty()).then_some(place) }
}

/// What a request's `body` says. The model stands in the path.
pub(in crate::source::proxy::provider) fn read(mut body: Value) -> Asking {
    let system: Vec<_> = items(&body, "system").iter().filter_map(text_of).collect();
    let system = system.join("\n");
    Asking {
        system,
        tools: body.get_mut("toolConfig").and_then(tools),
        messages: take_items(&mut body, "messages"),
        ..Asking::default()
    }
}

/// Reads one answer.
#[derive(Debug, Default)]
pub(in crate::source::proxy::provider) struct Converse {
    open: BTreeMap<u64, Open>,
}

#[derive(Debug, Default)]
struct Open {
    call: Option<(String, String)>,
    is_thought: bool,
    text: String,
}

impl Converse {
    fn open(&mut self, index: u64) -> Option<&mut Open> {
        let has_room = self.open.len() < BLOCKS_MAX || self.open.contains_key(&index);
        has_room.then(|| self.open.entry(index).or_default())
    }
}

impl Reader for Converse {
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step {
        if failed(&event, reply) {
            return Step::Nothing;
        }
        let body = event.get("body").unwrap_or(&Value::Null);
        let index = body.get("contentBlockIndex").and_then(Value::as_u64).unwrap_or(0);
        match str_field(&event, "type") {
            "messageStart" => reply.begins("", ""),
            "contentBlockStart" => {
                let call = body.get("start").and_then(|start| start.get("toolUse"));
                if let (Some(call), Some(open)) = (call, self.open(index)) {
                    let text = |name| str_field(call, name).to_owned();
                    open.call = Some((text("toolUseId"), text("name")));
                }
            }
            "contentBlockDelta" => {
                let delta = body.get("delta").unwrap_or(&Value::Null);
                let thought = delta.get("reasoningContent");
                let call = delta.get("toolUse").map_or("", |call| str_field(call, "input"));
                if let Some(open) = self.open(index) {
                    open.is_thought |= thought.is_some();
                    let thought = thought.map_or("", |thought| str_field(thought, "text"));
                    for piece in [thought, call, str_field(delta, "text")] {
                        open.text.push_str(piece);
                    }
                }
            }
            "contentBlockStop" => {
                let Some(Open { call, is_thought, text }) = self.open.remove(&index) else {
                    return Step::Nothing;
                };
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                return Step::Blocks(vec![match call {
                    Some((id, name)) => reply.tool_use(index, &id, &name, text),
                    None if is_thought => Block { index, kind: BlockKind::Thinking(text) },
                    None => reply.text(index, text),
                }]);
            }
            "messageStop" => {
                reply.stops(str_field(body, "stopReason"));
                reply.stopped = true;
            }
            "metadata" => {
                if let Some(counts) = body.get("usage") {
                    reply.usage = usage::converse(counts);
                }
            }
            _ => return Step::Unknown,
        }
        Step::Nothing
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        whole_or_failed(answer, reply, |answer, reply| {
            let Some(message) = answer.get("output").and_then(|output| output.get("message"))
            else {
                return Step::Unknown;
            };
            reply.begins("", "");
            if let Some(counts) = answer.get("usage") {
                reply.usage = usage::converse(counts);
            }
            reply.stops(str_field(&answer, "stopReason"));
            reply.stopped = true;
            let blocks = items(message, "content").iter().enumerate();
            Step::Blocks(blocks.map(|(at, it)| block(index(at), it, reply)).collect())
        })
    }
}

fn block(index: u32, block: &Value, reply: &mut Reply) -> Block {
    if let Some(text) = text_of(block) {
        return reply.text(index, text.to_owned());
    }
    if let Some(call) = block.get("toolUse") {
        let input = call.get("input").map_or_else(|| "{}".to_owned(), Value::to_string);
        return reply.tool_use(index, str_field(call, "toolUseId"), str_field(call, "name"), input);
    }
    if let Some(thought) = block.get("reasoningContent") {
        let text = thought.get("reasoningText").and_then(text_of).unwrap_or_default();
        return Block { index, kind: BlockKind::Thinking(text.to_owned()) };
    }
    let name = block.as_object().and_then(|fields| fields.keys().next());
    let name = name.map_or("unknown", String::as_str).to_owned();
    Block { index, kind: BlockKind::Other { name, text: String::new() } }
}
