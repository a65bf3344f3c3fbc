use serde_json::json;

use super::*;

#[test]
fn an_item_names_its_call() {
    for (item, wanted) in [
        (
            json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "run", "namespace": "box_", "arguments": "{}"}),
            ("c", "box_run", "{}", true),
        ),
        (
            json!({"type": "custom_tool_call", "id": "ct_1", "call_id": "c", "name": "apply_patch", "input": "*** Begin"}),
            ("c", "apply_patch", "*** Begin", true),
        ),
        (
            json!({"type": "local_shell_call", "id": "ls_1", "call_id": "c", "action": {"type": "exec"}}),
            ("c", "local_shell", "{\"type\":\"exec\"}", true),
        ),
        (
            json!({"type": "web_search_call", "id": "ws_1", "action": {"query": "q"}}),
            ("ws_1", "web_search", "{\"query\":\"q\"}", false),
        ),
        (
            json!({"type": "image_generation_call", "id": "ig_1"}),
            ("ig_1", "image_generation", "{}", false),
        ),
    ] {
        let call = call(&item).unwrap();
        let found = (call.id, call.name.as_ref(), call.input.as_ref(), call.by_client);
        assert_eq!(found, wanted, "{item}");
    }
    assert_eq!(call(&json!({"type": "message"})), None);
}

#[test]
fn what_a_client_puts_in_the_users_name_is_not_the_users() {
    let content = json!([
        {"type": "input_text", "text": "<environment_context>here</environment_context>"},
        {"type": "input_text", "text": "Do it."},
    ]);
    let spoken = spoken(&content);
    assert_eq!(spoken.said, "Do it.");
    assert_eq!(spoken.own.len(), 1);
}

#[test]
fn a_person_may_begin_like_a_client() {
    for text in [
        "<environment_context> is a tag of yours?",
        "<environment_context>here</environment_context> What is that?",
        "# AGENTS.md instructions are not followed. Why?",
        "<session_context>\nWhere does it come from?",
        "This is the Gemini CLI. We are setting up the context for our chat. Why so slowly?",
        "First, reason in your <analysis> block. Then, produce the <state_snapshot> that I want.",
        "You are the component that summarizes a conversation of two people.",
        "First, reason in your scratchpad. Then, generate the migration.",
        "Critically evaluate the <state_snapshot> you just generated for my parser.",
        "You are performing a CONTEXT CHECKPOINT COMPACTION. What is that?",
    ] {
        assert_eq!(injected(text), None, "{text}");
    }
}

#[test]
fn what_clients_write_is_theirs() {
    for text in [
        "# AGENTS.md instructions for /home/me\n\n<INSTRUCTIONS>\nx\n</INSTRUCTIONS>",
        "You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary for another \
         LLM that will resume the task.\n\nInclude:",
        "First, reason in your <analysis> block. Then, produce the <state_snapshot> XML.",
        "First, reason in your scratchpad. Then, generate the <state_snapshot>.",
        "Generate a new <state_snapshot> based on the provided history.\n\nFirst, reason in your \
         scratchpad. Then, generate the updated <state_snapshot>.",
    ] {
        assert_eq!(injected(text), Some(INJECTED), "{text}");
    }
}
