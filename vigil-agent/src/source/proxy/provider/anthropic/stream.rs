//! The answer: server-sent events, and the message they add up to. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use vigil_proto::{Usage, usage::AnthropicUsage};

use super::text::{flatten, str_field};
use crate::source::claude_code::{self, Output};

/// The most bytes of one event.
const EVENT_MAX: usize = 16 * 1024 * 1024;
/// The most content blocks of one answer.
const BLOCKS_MAX: usize = 1024;

/// Cuts a stream into the JSON documents of its events.
#[derive(Debug, Default)]
pub(super) struct Stream {
    line: Vec<u8>,
    data: Vec<u8>,
    after_cr: bool,
}

impl Stream {
    /// Takes the next bytes and gives every whole event to `each`.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(Value),
    ) -> Result<(), &'static str> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // CR LF is one line end, also when the two come apart.
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.line.extend_from_slice(rest.get(..end).unwrap_or_default());
            self.after_cr = rest.get(end) == Some(&b'\r');
            rest = rest.get(end + 1..).unwrap_or_default();
            self.end_line(each);
        }
        if self.line.len() + self.data.len() > EVENT_MAX {
            return Err("event-too-large");
        }
        Ok(())
    }

    fn end_line(&mut self, each: &mut dyn FnMut(Value)) {
        if self.line.is_empty() {
            if !self.data.is_empty() {
                // What is no JSON is no event of this API (`[DONE]` of its imitators).
                if let Ok(value) = serde_json::from_slice(&self.data) {
                    each(value);
                }
                self.data.clear();
            }
        } else if let Some(value) = self.line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        self.line.clear();
    }
}

/// What an event added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// A content block is complete.
    Block(Block),
    /// An event of a type that is not known.
    Unknown,
}

/// A complete content block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) index: u32,
    pub(super) kind: BlockKind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Text(String),
    Thinking(String),
    /// `input` is JSON with sorted keys and no spaces.
    ToolUse {
        id: String,
        name: String,
        input: String,
    },
    /// The result of a tool that the provider ran itself.
    ToolResult {
        call: String,
        output: Output,
        failed: bool,
    },
    /// A block of another type, as JSON.
    Other {
        name: String,
        text: String,
    },
}

/// The message so far.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) stop_reason: Option<String>,
    /// True once the message was said to be complete.
    pub(super) stopped: bool,
    /// The provider's error, when it sent one.
    pub(super) error: Option<String>,
    /// The text blocks that are complete, trimmed and joined, as histories will show them.
    pub(super) text: String,
    /// Ids of the tool calls that are complete.
    pub(super) calls: Vec<String>,
    usage: serde_json::Map<String, Value>,
    open: BTreeMap<u64, (Value, String)>,
}

impl Message {
    /// Its tokens: what the beginning said, with what later events said instead.
    pub(super) fn usage(&self) -> Usage {
        serde_json::from_value::<AnthropicUsage>(Value::Object(self.usage.clone()))
            .map(Usage::from)
            .unwrap_or_default()
    }

    /// Takes one event of the stream.
    pub(super) fn apply(&mut self, mut event: Value) -> Step {
        let index = event.get("index").and_then(Value::as_u64).unwrap_or(0);
        match str_field(&event, "type") {
            "message_start" => {
                if let Some(message) = event.get("message") {
                    self.start(message);
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
                    return Step::Block(self.finish(index, &block, text));
                }
            }
            "message_delta" => {
                let reason = event.get("delta").map(|delta| str_field(delta, "stop_reason"));
                if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                    self.stop_reason = Some(reason.to_owned());
                }
                self.merge_usage(event.get("usage"));
            }
            "message_stop" => self.stopped = true,
            "error" => self.read_error(&event),
            "ping" => {}
            _ => return Step::Unknown,
        }
        Step::Nothing
    }

    /// Takes an answer that came in one piece; gives its blocks.
    pub(super) fn whole(&mut self, mut answer: Value) -> Vec<Block> {
        if str_field(&answer, "type") == "error" {
            self.read_error(&answer);
            return Vec::new();
        }
        if str_field(&answer, "type") != "message" {
            return Vec::new();
        }
        self.start(&answer);
        let reason = str_field(&answer, "stop_reason");
        self.stop_reason = (!reason.is_empty()).then(|| reason.to_owned());
        self.stopped = true;
        let Some(Value::Array(blocks)) = answer.get_mut("content").map(Value::take) else {
            return Vec::new();
        };
        (0..).zip(blocks).map(|(index, block)| self.finish(index, &block, String::new())).collect()
    }

    fn start(&mut self, message: &Value) {
        self.id = claude_code::short_id(str_field(message, "id").into()).into_owned();
        self.model = str_field(message, "model").chars().take(128).collect();
        self.merge_usage(message.get("usage"));
    }

    fn merge_usage(&mut self, usage: Option<&Value>) {
        if let Some(Value::Object(usage)) = usage {
            for (name, value) in usage.iter().filter(|(_, value)| !value.is_null()) {
                self.usage.insert(name.clone(), value.clone());
            }
        }
    }

    fn read_error(&mut self, event: &Value) {
        let error = event.get("error").unwrap_or(&Value::Null);
        self.error = Some(format!("{}: {}", str_field(error, "type"), str_field(error, "message")));
    }

    /// The block that began as `block` and went on with `text`.
    fn finish(&mut self, index: u64, block: &Value, text: String) -> Block {
        let with = |name: &str| format!("{}{text}", str_field(block, name));
        let kind = match str_field(block, "type") {
            "text" => {
                let whole = with("text");
                let shown = whole.trim();
                if !shown.is_empty() {
                    if !self.text.is_empty() {
                        self.text.push('\n');
                    }
                    self.text.push_str(shown);
                }
                BlockKind::Text(whole)
            }
            "thinking" => BlockKind::Thinking(with("thinking")),
            "redacted_thinking" => BlockKind::Thinking(String::new()),
            kind @ ("tool_use" | "server_tool_use" | "mcp_tool_use") => {
                let id = claude_code::short_id(str_field(block, "id").into()).into_owned();
                if kind == "tool_use" {
                    self.calls.push(id.clone());
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
                call: claude_code::short_id(str_field(block, "tool_use_id").into()).into_owned(),
                output: flatten(block.get("content").unwrap_or(&Value::Null)),
                failed: block.get("is_error").and_then(Value::as_bool).unwrap_or(false),
            },
            other => BlockKind::Other { name: other.to_owned(), text: block.to_string() + &text },
        };
        Block { index: u32::try_from(index).unwrap_or(u32::MAX), kind }
    }
}
