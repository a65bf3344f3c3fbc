//! A line of a session. What it holds is read when its type says that it is wanted.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The frame of a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) uuid: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) timestamp: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) subtype: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) version: Option<String>,
    pub(super) git_branch: Option<String>,
    pub(super) model: Option<String>,
    pub(super) message: Option<Box<RawValue>>,
    pub(super) usage_metadata: Option<Box<RawValue>>,
    pub(super) tool_call_result: Option<Box<RawValue>>,
    pub(super) system_payload: Option<Box<RawValue>>,
}

/// The counter of a line that the client writes for its own use, or none when it is to be read.
pub(super) fn skipped(subtype: &str) -> Option<&'static str> {
    Some(match subtype {
        "attribution_snapshot" | "file_history_snapshot" => "skip.file-snapshot",
        "session_artifact_event" | "session_artifact_snapshot" | "session_sources_snapshot" => {
            "skip.session-artifact"
        }
        "branch_checkpoint"
        | "session_approval_mode"
        | "session_execution_engine"
        | "session_model"
        | "session_source"
        | "turn_result"
        | "user_text_elements" => "skip.session-state",
        _ => return None,
    })
}
