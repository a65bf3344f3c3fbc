//! The tools that a client offers, and how it is asked for what the model wishes.

use serde_json::{Map, Value, json};

use super::script::{Reached, Wish};

/// A tool that a client offers.
#[derive(Clone, Debug, Default)]
pub(super) struct Offered {
    pub(super) name: String,
    /// The group that it is in, where the API has such.
    pub(super) namespace: Option<String>,
    /// The JSON schema of its input; null when its input is text.
    pub(super) schema: Value,
}

/// What a tool is given.
#[derive(Clone, Debug)]
pub(super) enum Input {
    Fields(Value),
    Text(String),
}

/// A tool that the model asks for.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Unique, and the same before its last `_` for all calls of an answer.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) input: Input,
}

/// What clients call their tools: by the first word, the others are older or other clients'.
const SHELLS: &[&str] =
    &["Bash", "bash", "run_shell_command", "exec_command", "shell_command", "shell", "exec"];
const READERS: &[&str] = &["Read", "read", "read_file", "view"];
const WRITERS: &[&str] = &["Write", "write", "write_file", "create"];
const DELEGATES: &[&str] = &["Agent", "Task", "task", "agent", "spawn_agent", "invoke_agent"];
const WAITERS: &[&str] = &["wait_agent"];
const REPORTERS: &[&str] = &["complete_task"];

/// The call by which a client that offers `tools` does what is wished for in `folder`.
pub(super) fn call(wish: &Wish, tools: &[Offered], reached: &Reached, id: String) -> Option<Call> {
    let folder = reached.folder();
    let named =
        |names: &[&str]| names.iter().find_map(|name| tools.iter().find(|tool| tool.name == *name));
    let path = |name: &str| format!("{folder}/{name}");
    let as_command = |command: String| {
        let tool = named(SHELLS)?;
        Some((tool, filled(tool, &[(COMMANDS, &command), (NOTES, "a scripted step")])))
    };
    let (tool, input) = match wish {
        Wish::Run(command) => as_command((*command).to_owned())?,
        Wish::Read(file) => match named(READERS) {
            Some(tool) => (tool, filled(tool, &[(PATHS, &path(file))])),
            None => as_command(format!("cat {}", path(file)))?,
        },
        Wish::Write(file, content) => match named(WRITERS) {
            Some(tool) => (tool, filled(tool, &[(PATHS, &path(file)), (CONTENTS, content)])),
            None => as_command(format!("printf '{}' > {}", content.trim_end(), path(file)))?,
        },
        Wish::HandOver(conversation) => {
            let tool = named(DELEGATES)?;
            let prompt = format!("[[conversation:{conversation}]] FOLDER={folder} Run one echo.");
            // As opencode and Gemini CLI call it, and as others do.
            let kind = match tool.name.as_str() {
                "task" => "general",
                "invoke_agent" => "generalist",
                _ => "general-purpose",
            };
            let values = [(PROMPTS, prompt.as_str()), (NOTES, "one echo"), (KINDS, kind)];
            (tool, filled(tool, &values))
        }
        Wish::Wait => {
            let tool = named(WAITERS)?;
            (tool, Input::Fields(json!({"targets": [reached.sub_agent()], "timeout_ms": 60_000})))
        }
        Wish::Report(said) => {
            let tool = named(REPORTERS)?;
            (tool, filled(tool, &[(REPORTS, said)]))
        }
    };
    Some(Call { id, name: tool.name.clone(), namespace: tool.namespace.clone(), input })
}

/// What clients call the fields of their tools' inputs.
const COMMANDS: &[&str] = &["command", "cmd"];
const PATHS: &[&str] = &["file_path", "filePath", "path", "absolute_path"];
const CONTENTS: &[&str] = &["content", "file_text"];
const PROMPTS: &[&str] = &["prompt", "message"];
const NOTES: &[&str] = &["description"];
const KINDS: &[&str] = &["subagent_type", "agent_name"];
const REPORTS: &[&str] = &["result", "response", "report"];

/// The input of `tool` with these values, each in the field that the client has for it, and
/// something in every other field that it must have.
fn filled(tool: &Offered, values: &[(&[&str], &str)]) -> Input {
    if tool.schema.is_null() {
        return Input::Text(values[0].1.to_owned());
    }
    let none = Map::new();
    let fields = tool.schema["properties"].as_object().unwrap_or(&none);
    let must = |name: &str| {
        let required = tool.schema["required"].as_array();
        required.is_some_and(|names| names.iter().any(|required| required == name))
    };
    let mut input = Map::new();
    for (name, schema) in fields {
        let value = values.iter().find(|(names, _)| names.contains(&name.as_str()));
        let value = match value {
            Some((_, value)) if kind(schema) == "array" => json!(["bash", "-lc", value]),
            Some((_, value)) if kind(schema) == "object" => {
                let fields = schema["properties"].as_object().unwrap_or(&none);
                fields.keys().map(|name| (name.clone(), json!(value))).collect::<Map<_, _>>().into()
            }
            Some((_, value)) => json!(value),
            None if must(name) => anything(schema),
            None => continue,
        };
        input.insert(name.clone(), value);
    }
    Input::Fields(input.into())
}

/// The plainest value that `schema` allows.
fn anything(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match kind(schema).as_str() {
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(false),
        "array" => json!([]),
        "object" => json!({}),
        _ => json!("as scripted"),
    }
}

/// The type that `schema` names; Gemini's are in capitals.
fn kind(schema: &Value) -> String {
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("string");
    kind.to_ascii_lowercase()
}
