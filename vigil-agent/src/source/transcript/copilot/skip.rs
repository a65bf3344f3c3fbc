//! Records that say nothing new, by the names of their counters.

/// The counter of a record of this type, when it says nothing to people or stands elsewhere too.
pub(super) fn record(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "system.message" => "skip.system-message",
        "assistant.turn_start"
        | "assistant.turn_end"
        | "assistant.idle"
        | "assistant.intent"
        | "session.idle" => "skip.progress",
        // Sums of what each call's own record says.
        "session.shutdown" | "session.usage_checkpoint" | "session.usage_info" => "skip.usage-sum",
        "hook.start" => "skip.hook",
        "permission.requested" => "skip.tool-repeated",
        "tool.execution_progress" | "tool.execution_partial_result" => "skip.tool-progress",
        "subagent.configured"
        | "subagent.selected"
        | "subagent.deselected"
        | "subagent.completed" => "skip.subagent-progress",
        "session.compaction_start"
        | "session.tools_updated"
        | "session.skills_loaded"
        | "session.mcp_servers_loaded"
        | "session.extensions_loaded"
        | "session.custom_agents_updated" => "skip.settings",
        _ => return None,
    })
}

/// Records that are kept as they are, and are no news.
pub(super) fn is_kept(kind: &str) -> bool {
    matches!(
        kind,
        "abort"
            | "permission.completed"
            | "session.error"
            | "session.handoff"
            | "session.info"
            | "session.mode_changed"
            | "session.model_change"
            | "session.truncation"
            | "session.warning"
            | "skill.invoked"
            | "subagent.failed"
            | "system.notification"
    )
}
