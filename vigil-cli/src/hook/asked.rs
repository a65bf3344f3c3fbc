//! What clients say to their hooks. Each has names of its own for the same things; what is looked for
//! is a tool that runs a command. Pure.

use serde_json::Value;
use vigil_proto::{
    event,
    guard::{HookCall, is_shell},
};

use super::heard::Heard;

/// Where clients name the tool.
const TOOL: &[&str] = &["tool_name", "toolName", "tool"];

/// The longest input of a command that could not be read, as it is told, in bytes.
const TOLD: usize = 64 * 1024;

/// What a hook is told.
#[derive(Debug)]
pub(super) enum Asked {
    /// A command that is about to run.
    Command(Box<HookCall>),
    /// Another tool.
    Other,
    /// A command that cannot be read, as far as the rest can: its words are empty.
    Unreadable(Option<Box<HookCall>>),
}

/// What `client` is about to do, by what was heard of it. The model chose what stands in there.
pub(super) fn read(client: &str, heard: &Heard) -> Asked {
    let text = heard.text.trim_start_matches('\u{feff}');
    let said = serde_json::from_str::<Value>(text);
    let Ok(said) = said.or_else(|_| serde_json::from_str(&event::mended(text))) else {
        return Asked::Unreadable(None);
    };
    match call(client, &said) {
        Asked::Other if !said.is_object() => Asked::Unreadable(None),
        // The tool may be named behind the cut.
        Asked::Other if !heard.is_whole && !TOOL.iter().any(|name| said.get(name).is_some()) => {
            Asked::Unreadable(None)
        }
        // What is behind the cut may be anything.
        Asked::Command(call) if !heard.is_whole => Asked::Unreadable(Some(unreadable(call))),
        asked => asked,
    }
}

fn unreadable(mut call: Box<HookCall>) -> Box<HookCall> {
    call.command = String::new();
    if call.input.len() > TOLD {
        "{}".clone_into(&mut call.input);
    }
    call
}

/// What `client` is about to do, as its hook is told.
pub(super) fn call(client: &str, said: &Value) -> Asked {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| said.get(name).and_then(Value::as_str)).map(str::to_owned)
    };
    // Cursor's hook is about commands alone, and names no tool.
    let event = text(&["hook_event_name"]).unwrap_or_default();
    let tool = text(TOOL);
    let tool = match tool {
        Some(tool) if is_shell(&tool) => tool,
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
    let command = event::command(&input);
    let is_read = command.is_some();
    let call = Box::new(HookCall {
        client: client.to_owned(),
        session: text(&["session_id", "sessionId", "sessionID", "conversation_id"]),
        // Qwen Code has an id of its own beside that of the model.
        call: text(&["tool_call_id", "tool_use_id", "toolCallId", "toolUseId", "callID"]),
        tool,
        input,
        command: command.unwrap_or_default(),
        cwd: text(&["cwd"]),
    });
    if is_read { Asked::Command(call) } else { Asked::Unreadable(Some(unreadable(call))) }
}

#[cfg(test)]
mod tests;
