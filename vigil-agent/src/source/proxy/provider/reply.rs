//! An answer while it comes, in the form that all APIs share, and what reads it. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use vigil_proto::Usage;

use super::text::{str_field, taken};
use crate::source::claude_code::{self, Output};

/// The most content blocks of one answer.
pub(super) const BLOCKS_MAX: usize = 1024;

/// Reads the answers of one API, one answer each.
pub(super) trait Reader {
    /// Takes one event of a streamed answer.
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step;

    /// Takes an answer that came in one piece.
    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step;

    /// The answer ended as its framing says: gives the blocks that only now are known to be whole.
    fn end(&mut self, _: &mut Reply) -> Vec<Block> {
        Vec::new()
    }
}

/// What an event added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// These content blocks are complete.
    Blocks(Vec<Block>),
    /// An event or an answer of a shape that is not known.
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
    /// `input` is JSON with sorted keys and no spaces, where it is JSON.
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

/// The answer so far.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The provider's id of it; empty as long as nothing of an answer came.
    pub(super) id: String,
    /// A name for an answer whose provider gives it none.
    pub(super) nameless: String,
    pub(super) model: String,
    pub(super) stop_reason: Option<String>,
    /// True once the answer was said to be complete.
    pub(super) stopped: bool,
    /// The provider's error, when it sent one.
    pub(super) error: Option<String>,
    /// The text blocks that are complete, trimmed and joined, as histories will show them.
    pub(super) text: String,
    /// Ids of the tool calls that are complete.
    pub(super) calls: Vec<String>,
    /// The provider's ids of the items that are blocks, by their index.
    pub(super) items: BTreeMap<u32, String>,
    /// The blocks that the tool calls are.
    pub(super) called: Vec<u32>,
    pub(super) usage: Usage,
    /// Parts of shapes that are not known.
    pub(super) unknown: u64,
}

impl Reply {
    /// It has begun under this id, or under none.
    pub(super) fn begins(&mut self, id: &str, model: &str) {
        if self.id.is_empty() {
            self.id = if id.is_empty() { self.nameless.clone() } else { short(id) };
        }
        if !model.is_empty() {
            self.model = taken(model);
        }
    }

    /// It stops for this reason, unless that is empty.
    pub(super) fn stops(&mut self, reason: &str) {
        if !reason.is_empty() {
            self.stop_reason = Some(taken(reason));
        }
    }

    /// Its provider says that it failed; `error` has a type (or code) and a message.
    pub(super) fn fails(&mut self, error: &Value) {
        let text = |name| str_field(error, name);
        let code = error.get("code").and_then(Value::as_i64).map(|code| code.to_string());
        let kind = [text("type"), text("status"), text("code")];
        let kind = kind.into_iter().find(|kind| !kind.is_empty());
        let kind = kind.or(code.as_deref()).unwrap_or("error");
        let message = error.as_str().unwrap_or_else(|| text("message"));
        self.error = Some(format!("{kind}: {message}"));
    }

    /// A block of text is complete.
    pub(super) fn text(&mut self, index: u32, whole: String) -> Block {
        let shown = whole.trim();
        if !shown.is_empty() {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(shown);
        }
        Block { index, kind: BlockKind::Text(whole) }
    }

    /// A call of a tool of the client's is complete. `input` is JSON, or not.
    pub(super) fn tool_use(&mut self, index: u32, id: &str, name: &str, input: String) -> Block {
        let id = short(id);
        self.calls.push(id.clone());
        self.called.push(index);
        let input = claude_code::canonical_input(&input).unwrap_or(input);
        Block { index, kind: BlockKind::ToolUse { id, name: name.to_owned(), input } }
    }
}

/// An id as it is kept.
pub(super) fn short(id: &str) -> String {
    claude_code::short_id(id.into()).into_owned()
}

/// A position as a block's index.
pub(super) fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
