//! The command that a tool call hands to a shell, from its input alone. Clients and servers call
//! such tools by many names; the names of their arguments are few.

use serde::Deserialize;
use serde_json::Value;

/// Longer inputs hold no command that anybody reads, in bytes.
const LONGEST: usize = 256 * 1024;

/// The arguments that hold commands, the most telling first; what is typed into a shell that runs
/// already comes last.
#[derive(Deserialize)]
struct Input {
    command: Option<Value>,
    cmd: Option<Value>,
    #[serde(rename = "CommandLine")]
    command_line: Option<Value>,
    shell_command: Option<Value>,
    bash_command: Option<Value>,
    commands: Option<Value>,
    chars: Option<Value>,
}

/// The command in the JSON `input` of a tool call, as a shell would be given it: a list of
/// arguments is quoted where it must be. None when there is none.
pub fn command(input: &str) -> Option<String> {
    if input.len() > LONGEST || !input.starts_with('{') {
        return None;
    }
    let input: Input = serde_json::from_str(input).ok()?;
    let one = [
        input.command,
        input.cmd,
        input.command_line,
        input.shell_command,
        input.bash_command,
        input.chars,
    ];
    let found = one.into_iter().flatten().find_map(|value| match value {
        Value::String(command) => Some(command),
        Value::Array(words) => Some(quoted(&strings(&words)?)),
        _ => None,
    });
    let lines = || match input.commands? {
        Value::String(command) => Some(command),
        Value::Array(lines) => Some(strings(&lines)?.join("\n")),
        _ => None,
    };
    found.or_else(lines).filter(|command| !command.trim().is_empty())
}

fn strings(words: &[Value]) -> Option<Vec<&str>> {
    words.iter().map(Value::as_str).collect()
}

/// Words as one line that a shell takes apart into the same words.
pub fn quoted(words: &[&str]) -> String {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            line.push_str(word);
        } else {
            line.push('\'');
            line.push_str(&word.replace('\'', r"'\''"));
            line.push('\'');
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn each_clients_shell_names_its_command() {
        for (input, expected) in [
            (r#"{"command":"npm i x","description":"d"}"#, "npm i x"),
            (r#"{"cmd":"npm i x","workdir":"/w"}"#, "npm i x"),
            (r#"{"CommandLine":"npm i x","Cwd":"/w"}"#, "npm i x"),
            (r#"{"command":["bash","-lc","npm i x"]}"#, "bash -lc 'npm i x'"),
            (r#"{"command":["echo","it's"]}"#, r"echo 'it'\''s'"),
            (r#"{"commands":["cd a","npm i x"]}"#, "cd a\nnpm i x"),
            (r#"{"chars":"npm i x\n","session_id":1}"#, "npm i x\n"),
        ] {
            assert_eq!(command(input).as_deref(), Some(expected), "{input}");
        }
    }

    #[test]
    fn what_is_no_command_is_none() {
        for input in
            ["", "{", "[]", "npm i x", r#"{"path":"/a"}"#, r#"{"command":" "}"#, "{\"command\":7}"]
        {
            assert_eq!(command(input), None, "{input}");
        }
    }
}
