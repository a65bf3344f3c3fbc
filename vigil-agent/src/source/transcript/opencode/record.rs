//! The shapes of the log's records.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A record of the log.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) data: Option<Box<RawValue>>,
}

/// A session or a message as it is from now on.
#[derive(Debug, Deserialize)]
pub(super) struct Change<T> {
    pub(super) info: T,
}

/// A session.
#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) id: String,
    #[serde(default)]
    pub(super) directory: String,
    pub(super) title: Option<String>,
    pub(super) version: Option<String>,
    #[serde(rename = "parentID")]
    pub(super) parent_id: Option<String>,
    pub(super) time: Option<Times>,
}

/// Times in milliseconds since 1970.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Times {
    pub(super) created: Option<i64>,
    pub(super) completed: Option<i64>,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
}

/// A message of the user or an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session_id: String,
    #[serde(default)]
    pub(super) role: String,
    #[serde(rename = "providerID")]
    pub(super) provider_id: Option<String>,
    #[serde(rename = "modelID")]
    pub(super) model_id: Option<String>,
    pub(super) error: Option<Box<RawValue>>,
    pub(super) time: Option<Times>,
}

/// A part of a message as it is from now on.
#[derive(Debug, Deserialize)]
pub(super) struct PartChange {
    pub(super) part: Part,
    pub(super) time: Option<i64>,
}

/// A part of a message, of any kind.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session_id: String,
    #[serde(rename = "messageID")]
    pub(super) message_id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) text: Option<String>,
    /// True for text that the client wrote in the user's name.
    #[serde(default)]
    pub(super) synthetic: bool,
    pub(super) time: Option<Times>,
    pub(super) tool: Option<String>,
    #[serde(rename = "callID")]
    pub(super) call_id: Option<String>,
    pub(super) state: Option<ToolState>,
    pub(super) tokens: Option<Tokens>,
    pub(super) cost: Option<f64>,
    pub(super) reason: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) error: Option<Box<RawValue>>,
}

/// How far a tool call has come.
#[derive(Debug, Deserialize)]
pub(super) struct ToolState {
    #[serde(default)]
    pub(super) status: String,
    pub(super) input: Option<Box<RawValue>>,
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
    /// What the tool tells beside its output; none before it has begun.
    pub(super) metadata: Option<Box<RawValue>>,
    pub(super) time: Option<Times>,
}

/// What a tool tells beside its output.
#[derive(Debug, Deserialize)]
struct Metadata {
    /// A command's exit code.
    exit: Option<i64>,
}

impl ToolState {
    /// The exit code of a command. Tools write what they like beside their output.
    pub(super) fn exit(&self) -> Option<i64> {
        serde_json::from_str::<Metadata>(self.metadata.as_ref()?.get()).ok()?.exit
    }
}

/// What a step used.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    pub(super) total: Option<u64>,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) reasoning: u64,
    pub(super) cache: Cache,
}

/// What it had from the provider's cache.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cache {
    pub(super) read: u64,
    pub(super) write: u64,
}
