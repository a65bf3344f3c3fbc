//! Records that repeat what other records say, or that the client writes for its own use. They
//! are recognised by type and counted, never parsed.

/// The counter of a boilerplate record, or none when the record is to be read.
pub(super) fn record(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "progress" => "skip.progress",
        "file-history-snapshot" => "skip.file-history-snapshot",
        "queue-operation" => "skip.queue-operation",
        "last-prompt" => "skip.last-prompt",
        "tools-used" => "skip.tools-used",
        "atis-latch" => "skip.atis-latch",
        "api-request" => "skip.api-request",
        "api-request-shape" => "skip.api-request-shape",
        // Repeats every tool result: reading it would find each secret twice.
        "api-request-blob" => "skip.api-request-blob",
        "prompt_snapshot" | "prompt-snapshot" => "skip.prompt-snapshot",
        _ => return None,
    })
}

/// The counter of a boilerplate attachment.
pub(super) fn attachment(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "prompt_snapshot" => "skip.attachment.prompt_snapshot",
        "agent_listing_delta" => "skip.attachment.agent_listing_delta",
        "deferred_tools_delta" => "skip.attachment.deferred_tools_delta",
        "skill_listing" => "skip.attachment.skill_listing",
        "total_tokens_reminder" => "skip.attachment.total_tokens_reminder",
        "session_context" => "skip.attachment.session_context",
        "environment" => "skip.attachment.environment",
        "model" => "skip.attachment.model",
        "date" => "skip.attachment.date",
        "remote_session_change" => "skip.attachment.remote_session_change",
        "todo_reminder" | "task_reminder" => "skip.attachment.reminder",
        _ => return None,
    })
}

/// The counter of a boilerplate system record.
pub(super) fn system(subtype: &str) -> Option<&'static str> {
    (subtype == "turn_duration").then_some("skip.system.turn_duration")
}
