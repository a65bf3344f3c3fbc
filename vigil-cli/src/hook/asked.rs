//! What clients say to their hooks. Each has names of its own for the same things; what is looked for
//! is a tool that runs a command. Pure.

use serde_json::Value;
use vigil_proto::{event, guard::HookCall};

/// What the tools are called that run a command.
const SHELLS: &[&str] = &[
    "bash",
    "shell",
    "local_shell",
    "shell_command",
    "exec_command",
    "unified_exec",
    "run_shell_command",
    "powershell",
    "shelltool",
];

/// What a hook is told.
#[derive(Debug)]
pub(super) enum Asked {
    /// A command that is about to run.
    Command(Box<HookCall>),
    /// Another tool.
    Other,
    /// A command, and none of what the client says of one: it may be too long.
    Unreadable,
}

/// What `client` is about to do, as its hook is told.
pub(super) fn call(client: &str, said: &Value) -> Asked {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| said.get(name).and_then(Value::as_str)).map(str::to_owned)
    };
    // Cursor's hook is about commands alone, and names no tool.
    let event = text(&["hook_event_name"]).unwrap_or_default();
    let tool = text(&["tool_name", "toolName", "tool"]);
    let tool = match tool {
        Some(tool) if SHELLS.contains(&tool.to_ascii_lowercase().as_str()) => tool,
        None if event == "beforeShellExecution" => "Shell".to_owned(),
        _ => return Asked::Other,
    };
    let input = ["tool_input", "toolArgs", "args"].iter().find_map(|name| said.get(name));
    let input = match input {
        // Some put JSON into a string.
        Some(Value::String(text)) => text.clone(),
        Some(input) => input.to_string(),
        None => serde_json::json!({ "command": said.get("command") }).to_string(),
    };
    let Some(command) = event::command(&input) else { return Asked::Unreadable };
    Asked::Command(Box::new(HookCall {
        client: client.to_owned(),
        session: text(&["session_id", "sessionId", "sessionID", "conversation_id"]),
        // Qwen Code has an id of its own beside that of the model.
        call: text(&["tool_call_id", "tool_use_id", "toolCallId", "toolUseId", "callID"]),
        tool,
        input,
        command,
        cwd: text(&["cwd"]),
    }))
}

#[cfg(test)]
mod tests;
