use serde_json::{Value, json};

use super::{super::heard::hear, Asked, call, read};

fn asked(client: &str, said: &Value) -> [String; 4] {
    let Asked::Command(call) = call(client, said) else { panic!("no command: {said}") };
    let none = || "-".to_owned();
    [
        call.session.unwrap_or_else(none),
        call.call.unwrap_or_else(none),
        call.command,
        call.cwd.unwrap_or_else(none),
    ]
}

#[test]
fn each_client_names_the_same_things_its_own_way() {
    let of_claude = json!({
        "session_id": "s1", "transcript_path": "/t", "cwd": "/w", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": {"command": "npm i x", "description": "d"},
        "tool_use_id": "t1",
    });
    assert_eq!(asked("claude-code", &of_claude), ["s1", "t1", "npm i x", "/w"]);

    let of_codex = json!({
        "session_id": "s1", "cwd": "/w", "tool_name": "shell",
        "tool_input": {"command": ["bash", "-lc", "npm i x"]}, "tool_use_id": "call_1",
    });
    let [session, id, command, _] = asked("codex", &of_codex);
    assert_eq!([session.as_str(), id.as_str()], ["s1", "call_1"]);
    assert!(command.contains("npm i x"), "{command}");

    let of_qwen = json!({
        "session_id": "s1", "cwd": "/w", "tool_name": "run_shell_command",
        "tool_input": {"command": "npm i x"}, "tool_use_id": "toolu_1", "tool_call_id": "call_1",
    });
    assert_eq!(asked("qwen-code", &of_qwen), ["s1", "call_1", "npm i x", "/w"]);

    let of_copilot = json!({
        "sessionId": "s1", "timestamp": 1, "cwd": "/w", "toolName": "bash",
        "toolArgs": "{\"command\": \"npm i x\"}",
    });
    assert_eq!(asked("copilot-cli", &of_copilot), ["s1", "-", "npm i x", "/w"]);

    let of_cursor = json!({
        "conversation_id": "s1", "hook_event_name": "beforeShellExecution",
        "command": "npm i x", "cwd": "/w",
    });
    assert_eq!(asked("cursor", &of_cursor), ["s1", "-", "npm i x", "/w"]);
}

#[test]
fn other_tools_are_nobodys_command() {
    for (tool, input) in [
        ("Write", json!({"command": "npm i x"})),
        ("apply_patch", json!({"command": "*** Begin Patch"})),
        ("mcp__server__bash", json!({"command": "npm i x"})),
    ] {
        let said = json!({"session_id": "s", "tool_name": tool, "tool_input": input});
        assert!(matches!(call("claude-code", &said), Asked::Other), "{tool}");
    }
    for odd in [json!(null), json!([]), json!({}), json!({"tool_name": 1, "command": "x"})] {
        assert!(matches!(call("codex", &odd), Asked::Other), "{odd}");
    }
}

#[test]
fn a_command_that_cannot_be_read_is_not_passed_over() {
    for input in [json!({"description": "none"}), json!({"command": "x ".repeat(1 << 18)})] {
        let said = json!({"session_id": "s", "tool_name": "Bash", "tool_input": input});
        let asked = call("claude-code", &said);
        let Asked::Unreadable(Some(call)) = asked else { panic!("{asked:?}") };
        assert_eq!((call.session.as_deref(), call.command.as_str()), (Some("s"), ""));
        assert!(call.input.len() < 100, "{}", call.input);
    }
}

#[test]
fn what_a_model_writes_beside_its_command_does_not_hide_it() {
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    for odd in [r#""\ud800""#, "1e999", &deep] {
        for said in [
            format!(r#"{{"tool_name":"Bash","tool_input":{{"a":{odd},"command":"npm i x"}}}}"#),
            format!(r#"{{"x":{odd},"tool_name":"Bash","tool_input":{{"command":"npm i x"}}}}"#),
        ] {
            let asked = read("claude-code", &hear(said.as_bytes(), 1 << 20));
            let Asked::Command(call) = asked else { panic!("{asked:?}: {said}") };
            assert_eq!(call.command, "npm i x");
        }
    }
}

#[test]
fn of_what_is_too_long_the_tool_is_known() {
    let of = |tool: &str| {
        let long = "x ".repeat(1 << 19);
        let said = json!({"session_id": "s", "tool_name": tool, "u": {"command": long}});
        // The tool is told before its input, which is what is long.
        let said = said.to_string().replace("\"u\"", "\"tool_input\"");
        read("qwen-code", &hear(said.as_bytes(), 1 << 20))
    };
    assert!(matches!(of("write_file"), Asked::Other));
    assert!(matches!(of("run_shell_command"), Asked::Unreadable(Some(_))));
    let unnamed = json!({"a": "x ".repeat(1 << 19), "tool_name": "write_file"}).to_string();
    let asked = read("qwen-code", &hear(unnamed.as_bytes(), 1 << 20));
    assert!(matches!(asked, Asked::Unreadable(None)), "it is behind the cut");
    assert!(matches!(read("codex", &hear(&b"[]"[..], 9)), Asked::Unreadable(None)));
}
