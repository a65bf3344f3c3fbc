//! The shapes of a session's lines.

use serde::Deserialize;
use serde_json::Value;

use crate::source::claude_code::{Output, Part};

/// A line, of whatever type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) id: String,
    pub(super) timestamp: Option<String>,
    pub(super) cwd: Option<String>,
    /// The file of the session that this one was made from.
    pub(super) parent_session: Option<String>,
    pub(super) message: Option<Message>,
    pub(super) summary: Option<String>,
    pub(super) content: Option<Content>,
    pub(super) name: Option<String>,
}

/// A message of any role.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub(super) role: String,
    #[serde(default)]
    pub(super) content: Content,
    pub(super) api: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    pub(super) response_model: Option<String>,
    /// The provider's own id of the answer.
    pub(super) response_id: Option<String>,
    pub(super) usage: Option<Used>,
    pub(super) stop_reason: Option<String>,
    #[serde(rename = "errorMessage")]
    pub(super) error: Option<String>,
    pub(super) tool_call_id: Option<String>,
    pub(super) tool_name: Option<String>,
    #[serde(default)]
    pub(super) is_error: bool,
    pub(super) command: Option<String>,
    pub(super) output: Option<String>,
    pub(super) exit_code: Option<i64>,
    #[serde(default)]
    pub(super) cancelled: bool,
}

/// A text, or blocks.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    /// A text.
    Text(String),
    /// Blocks.
    Blocks(Vec<Block>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Blocks(Vec::new())
    }
}

impl Content {
    /// Its blocks; none of a text.
    pub(super) fn blocks(&self) -> &[Block] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }

    /// What it says, with what is not text named.
    pub(super) fn parts(&self) -> Vec<Part<'_>> {
        match self {
            Self::Text(text) => vec![Part::Text(text)],
            Self::Blocks(blocks) => blocks.iter().map(Block::part).collect(),
        }
    }

    /// The same as one text.
    pub(super) fn shown(&self) -> String {
        Output::of(&self.parts()).shown
    }
}

/// A block of a message.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) text: Option<String>,
    pub(super) thinking: Option<String>,
    pub(super) data: Option<String>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: Option<Value>,
}

impl Block {
    fn part(&self) -> Part<'_> {
        match (self.kind.as_str(), &self.text) {
            ("text", Some(text)) => Part::Text(text),
            (kind, _) => {
                Part::Other { kind, data: self.data.as_ref().map_or(0, String::len), place: None }
            }
        }
    }
}

/// What an answer used. Cached tokens stand beside the input.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Used {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cache_read: u64,
    pub(super) cache_write: u64,
    pub(super) cost: Costs,
}

/// What it cost, in USD.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Costs {
    pub(super) total: f64,
}
