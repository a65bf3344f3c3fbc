//! The answer: events, and the message they add up to. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use vigil_proto::{Usage, usage::AnthropicUsage};

use super::super::{
    reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, short},
    text::{flatten, str_field, taken},
};
use crate::source::claude_code;

/// Reads one answer.
#[derive(Debug, Default)]
pub(in crate::source::proxy::provider) struct Messages {
    usage: serde_json::Map<String, Value>,
    open: BTreeMap<u64, (Value, String)>,
}

impl Reader for Messages {
    /// Takes one event of the stream.
    fn event(&mut self, mut event: Value, reply: &mut Reply) -> Step {
        let index = event.get("index").and_then(Value::as_u64).unwrap_or(0);
        match str_field(&event, "type") {
            "message_start" => {
                if let Some(message) = event.get("message") {
                    self.start(message, reply);
                }
            }
            "content_block_start" => {
                if self.open.len() < BLOCKS_MAX
                    && let Some(block) = event.get_mut("content_block").map(Value::take)
                {
                    self.open.insert(index, (block, String::new()));
                }
            }
            "content_block_delta" => {
                if let (Some((_, text)), Some(delta)) =
                    (self.open.get_mut(&index), event.get("delta"))
                {
                    let piece = match str_field(delta, "type") {
                        "text_delta" => str_field(delta, "text"),
                        "thinking_delta" => str_field(delta, "thinking"),
                        "input_json_delta" => str_field(delta, "partial_json"),
                        _ => "",
                    };
                    text.push_str(piece);
                }
            }
            "content_block_stop" => {
                if let Some((block, text)) = self.open.remove(&index) {
                    return Step::Blocks(vec![finish(index, &block, text, reply)]);
                }
            }
            "message_delta" => {
                let reason = event.get("delta").map(|delta| str_field(delta, "stop_reason"));
                if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                    reply.stop_reason = Some(reason.to_owned());
                }
                self.merge_usage(event.get("usage"), reply);
            }
            "message_stop" => reply.stopped = true,
            "error" => read_error(&event, reply),
            "ping" => {}
            _ => return Step::Unknown,
        }
        Step::Nothing
    }

    fn whole(&mut self, mut answer: Value, reply: &mut Reply) -> Step {
        match str_field(&answer, "type") {
            "error" => {
                read_error(&answer, reply);
                return Step::Nothing;
            }
            "message" => {}
            _ => return Step::Unknown,
        }
        self.start(&answer, reply);
        let reason = str_field(&answer, "stop_reason");
        reply.stop_reason = (!reason.is_empty()).then(|| reason.to_owned());
        reply.stopped = true;
        let Some(Value::Array(blocks)) = answer.get_mut("content").map(Value::take) else {
            return Step::Nothing;
        };
        let whole = |(index, block)| finish(index, &block, String::new(), reply);
        Step::Blocks((0..).zip(blocks).map(whole).collect())
    }
}

impl Messages {
    fn start(&mut self, message: &Value, reply: &mut Reply) {
        reply.id = short(str_field(message, "id"));
        reply.model = taken(str_field(message, "model"));
        self.merge_usage(message.get("usage"), reply);
    }

    /// The tokens are what the beginning said, with what later events said instead.
    fn merge_usage(&mut self, usage: Option<&Value>, reply: &mut Reply) {
        if let Some(Value::Object(usage)) = usage {
            for (name, value) in usage.iter().filter(|(_, value)| !value.is_null()) {
                self.usage.insert(name.clone(), value.clone());
            }
            reply.usage = serde_json::from_value::<AnthropicUsage>(self.usage.clone().into())
                .map(Usage::from)
                .unwrap_or_default();
        }
    }
}

fn read_error(event: &Value, reply: &mut Reply) {
    let error = event.get("error").unwrap_or(&Value::Null);
    reply.error = Some(format!("{}: {}", str_field(error, "type"), str_field(error, "message")));
}

/// The block that began as `block` and went on with `text`.
fn finish(index: u64, block: &Value, text: String, reply: &mut Reply) -> Block {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let with = |name: &str| format!("{}{text}", str_field(block, name));
    let kind = match str_field(block, "type") {
        "text" => {
            return reply.text(index, with("text"));
        }
        "thinking" => BlockKind::Thinking(with("thinking")),
        "redacted_thinking" => BlockKind::Thinking(String::new()),
        kind @ ("tool_use" | "server_tool_use" | "mcp_tool_use") => {
            let id = short(str_field(block, "id"));
            if kind == "tool_use" {
                reply.calls.push(id.clone());
            }
            let input = if text.is_empty() {
                block.get("input").map_or_else(|| "{}".to_owned(), Value::to_string)
            } else {
                // What is no JSON stays as it came.
                claude_code::canonical_input(&text).unwrap_or(text)
            };
            BlockKind::ToolUse { id, name: str_field(block, "name").to_owned(), input }
        }
        kind if kind.ends_with("tool_result") => BlockKind::ToolResult {
            call: short(str_field(block, "tool_use_id")),
            output: flatten(block.get("content").unwrap_or(&Value::Null)),
            failed: block.get("is_error").and_then(Value::as_bool).unwrap_or(false),
        },
        other => BlockKind::Other { name: other.to_owned(), text: block.to_string() + &text },
    };
    Block { index, kind }
}
