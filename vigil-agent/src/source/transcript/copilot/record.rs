//! The shapes of the log's records.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A record of the log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    #[serde(default)]
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) timestamp: Option<String>,
    /// The sub-agent that it is about.
    pub(super) agent_id: Option<String>,
    pub(super) data: Option<Box<RawValue>>,
}

/// A session begins or goes on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    pub(super) session_id: Option<String>,
    pub(super) copilot_version: Option<String>,
    #[serde(rename = "detachedFromSpawningParentSessionId")]
    pub(super) parent: Option<String>,
    pub(super) context: Option<Folder>,
}

/// Where it works.
#[derive(Debug, Deserialize)]
pub(super) struct Folder {
    pub(super) cwd: Option<String>,
    pub(super) branch: Option<String>,
}

/// A message to the model.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    #[serde(default)]
    pub(super) content: String,
    /// The same as it goes to the model, with what the client puts around it.
    #[serde(default)]
    pub(super) transformed_content: String,
    /// Who says it, when it is not the user.
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) is_autopilot_continuation: bool,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
}

/// What the user puts beside a message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) path: Option<String>,
    pub(super) display_name: Option<String>,
}

/// An answer of the model, or a part of one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    pub(super) message_id: Option<String>,
    /// The provider's own id of the answer.
    pub(super) api_call_id: Option<String>,
    pub(super) content: Option<String>,
    pub(super) reasoning_text: Option<String>,
    #[serde(default)]
    pub(super) tool_requests: Vec<Request>,
}

/// A tool call within an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) tool_call_id: String,
    pub(super) name: String,
    pub(super) arguments: Option<Box<RawValue>>,
}

/// What the model thought, told by itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thought {
    pub(super) reasoning_id: String,
    pub(super) content: String,
}

/// A tool is about to run.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asking {
    pub(super) tool_call_id: String,
    pub(super) tool_name: String,
    pub(super) arguments: Option<Box<RawValue>>,
}

/// A tool has ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    pub(super) tool_call_id: String,
    pub(super) success: bool,
    pub(super) result: Option<Given>,
    pub(super) error: Option<Error>,
    pub(super) shell_execution: Option<Shell>,
}

/// What a tool gave back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Given {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default, rename = "binaryResultsForLlm")]
    pub(super) binary: Vec<Binary>,
}

/// What is no text.
#[derive(Debug, Deserialize)]
pub(super) struct Binary {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) data: Option<String>,
}

/// Why a tool failed, or did not run.
#[derive(Debug, Deserialize)]
pub(super) struct Error {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) code: String,
}

/// How a command ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shell {
    pub(super) exit_code: Option<i64>,
}

/// What a hook said.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hook {
    #[serde(default)]
    pub(super) hook_type: String,
    #[serde(default)]
    pub(super) output: Value,
}

/// How a question for permission ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Decided {
    pub(super) tool_call_id: Option<String>,
    pub(super) result: Decision,
}

/// The answer to it.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    pub(super) kind: String,
}

/// A sub-agent begins.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    pub(super) tool_call_id: Option<String>,
    pub(super) agent_type: Option<String>,
    pub(super) agent_name: Option<String>,
}

/// The conversation was cut short.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compaction {
    pub(super) summary_content: Option<String>,
    /// What asking for the summary used.
    #[serde(rename = "compactionTokensUsed")]
    pub(super) spent: Option<Spent>,
    /// The provider's id of that request.
    pub(super) request_id: Option<String>,
}

/// One call of the model.
#[derive(Debug, Deserialize)]
pub(super) struct Used {
    pub(super) usage: Spent,
}

/// What it used, and whose model it was.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spent {
    pub(super) model: String,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cache_read_tokens: u64,
    pub(super) cache_write_tokens: u64,
    pub(super) reasoning_tokens: Option<u64>,
    pub(super) is_byok: bool,
    pub(super) model_provider: Option<String>,
    pub(super) provider_type: Option<String>,
    pub(super) api_endpoint: Option<String>,
    pub(super) api_call_id: Option<String>,
    pub(super) provider_call_id: Option<String>,
    pub(super) finish_reason: Option<String>,
    /// Of how many calls this is the sum, where it may be of several.
    pub(super) request_count: Option<u64>,
}
