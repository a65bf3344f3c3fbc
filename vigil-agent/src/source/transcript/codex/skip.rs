//! Records that repeat what other records say, or that the client writes for its own use. They
//! are recognised by type and counted, never parsed.

/// The counter of a boilerplate line, or none when the line is to be read.
pub(super) fn record(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "world_state" => "skip.world-state",
        "state" => "skip.state",
        "inter_agent_communication_metadata" => "skip.inter-agent-metadata",
        _ => return None,
    })
}

/// The counter of an event that says what items say, or what only the screen shows.
pub(super) fn message(kind: &str) -> Option<&'static str> {
    Some(match kind {
        // Every item once more, with the output of commands.
        "item_completed" => "skip.item-completed",
        "item_started" => "skip.item-started",
        "user_message" | "agent_message" | "agent_reasoning" | "agent_reasoning_raw_content" => {
            "skip.message-repeated"
        }
        "exec_command_begin"
        | "exec_command_end"
        | "patch_apply_begin"
        | "patch_apply_end"
        | "mcp_tool_call_begin"
        | "mcp_tool_call_end"
        | "web_search_begin"
        | "web_search_end"
        | "image_generation_end"
        | "view_image_tool_call"
        | "collab_agent_spawn_end"
        | "collab_agent_interaction_end"
        | "collab_waiting_end"
        | "collab_close_end"
        | "collab_resume_end"
        | "dynamic_tool_call_request"
        | "dynamic_tool_call_response"
        | "sub_agent_activity" => "skip.tool-repeated",
        "task_complete"
        | "turn_complete"
        | "context_compacted"
        | "thread_settings_applied"
        | "session_configured"
        | "agent_reasoning_section_break"
        | "turn_diff"
        | "plan_update" => "skip.progress",
        _ => return None,
    })
}

/// The counter of an item that says nothing to people.
pub(super) fn item(kind: &str) -> Option<&'static str> {
    Some(match kind {
        // Sealed, and opened by the provider alone.
        "compaction" | "compaction_summary" | "context_compaction" | "compaction_trigger" => {
            "skip.compaction-sealed"
        }
        "ghost_snapshot" => "skip.ghost-snapshot",
        "additional_tools" => "skip.additional-tools",
        _ => return None,
    })
}

/// Completed items that stand as items of the conversation too.
pub(super) fn is_repeated(item: &str) -> bool {
    matches!(
        item,
        "UserMessage"
            | "AgentMessage"
            | "Reasoning"
            | "CommandExecution"
            | "FileChange"
            | "McpToolCall"
            | "DynamicToolCall"
            | "CollabAgentToolCall"
            | "SubAgentActivity"
            | "WebSearch"
            | "ImageView"
            | "ImageGeneration"
            | "ContextCompaction"
    )
}

/// Events that are kept as they are, and are no news.
pub(super) fn is_kept(kind: &str) -> bool {
    matches!(
        kind,
        "turn_aborted"
            | "error"
            | "stream_error"
            | "warning"
            | "thread_rolled_back"
            | "entered_review_mode"
            | "exited_review_mode"
            | "thread_goal_updated"
            | "guardian_assessment"
            | "guardian_warning"
            | "model_reroute"
            | "hook_completed"
            | "exec_approval_request"
            | "apply_patch_approval_request"
    )
}
