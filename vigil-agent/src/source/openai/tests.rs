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
