//! The command that a tool call hands to a shell, from its input alone. Clients and servers call
//! such tools by many names; the names of their arguments are few.

use std::fmt;

use serde::de::{Deserializer as _, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::mended::mended;

/// Longer inputs hold no command that anybody reads, in bytes.
const LONGEST: usize = 256 * 1024;

/// The arguments that hold commands, whole or a word each; what is typed into a shell that runs
/// already is one.
const ONE: &[&str] = &["command", "cmd", "CommandLine", "shell_command", "bash_command", "chars"];

/// The argument that holds a list of them.
const MANY: &str = "commands";

/// How many commands are one call's.
const MOST: usize = 64;

/// The command in the JSON `input` of a tool call, as a shell would be given it: a list of
/// arguments is quoted where it must be. Which of several arguments the tool heeds is its affair, so
/// that they are all of it, a line each. None when there is none.
pub fn command(input: &str) -> Option<String> {
    let input = input.trim_start_matches('\u{feff}').trim();
    if input.len() > LONGEST || !input.starts_with('{') {
        return None;
    }
    let commands = read(input).or_else(|_| read(&mended(input))).ok()?;
    (!commands.is_empty()).then(|| commands.join("\n"))
}

fn read(input: &str) -> serde_json::Result<Vec<String>> {
    let mut reader = serde_json::Deserializer::from_str(input);
    let commands = reader.deserialize_map(Commands)?;
    reader.end()?;
    Ok(commands)
}

/// Takes what may be a command; a name that is there twice is two.
struct Commands;

impl<'de> Visitor<'de> for Commands {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the arguments of a tool")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found: Vec<String> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if !ONE.contains(&name.as_str()) && name != MANY {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let command = match map.next_value()? {
                Value::String(command) => command,
                Value::Array(lines) if name == MANY => strings(&lines).join("\n"),
                Value::Array(words) => quoted(&strings(&words)),
                _ => continue,
            };
            if !command.trim().is_empty() && !found.contains(&command) {
                found.push(command);
            }
            if found.len() > MOST {
                return Err(A::Error::custom("too many commands"));
            }
        }
        Ok(found)
    }
}

fn strings(words: &[Value]) -> Vec<&str> {
    words.iter().filter_map(Value::as_str).collect()
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
            (" {\"command\":\"npm i x\"} ", "npm i x"),
        ] {
            assert_eq!(command(input).as_deref(), Some(expected), "{input}");
        }
    }

    #[test]
    fn no_command_hides_behind_another_or_behind_what_is_hard_to_read() {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        for (input, expected) in [
            (r#"{"cmd":"npm i x","command":"ls"}"#.to_owned(), "npm i x\nls"),
            (r#"{"command":"npm i x","command":"ls"}"#.to_owned(), "npm i x\nls"),
            (r#"{"command":"ls","commands":["npm i x"]}"#.to_owned(), "ls\nnpm i x"),
            (r#"{"command":{"a":1},"cmd":"npm i x"}"#.to_owned(), "npm i x"),
            (r#"{"command":["npm",7,"i","x"]}"#.to_owned(), "npm i x"),
            (r#"{"command":"npm i x","a":"\ud800"}"#.to_owned(), "npm i x"),
            (r#"{"command":"npm i x #\ud800"}"#.to_owned(), "npm i x #\u{fffd}"),
            (r#"{"command":"npm i x","cmd":1e999}"#.to_owned(), "npm i x"),
            (format!(r#"{{"cmd":{deep},"command":"npm i x"}}"#), "npm i x"),
            (format!(r#"{{"a":{deep},"command":"npm i x"}}"#), "npm i x"),
        ] {
            assert_eq!(command(&input).as_deref(), Some(expected), "{input}");
        }
    }

    #[test]
    fn what_is_no_command_is_none() {
        for input in [
            "",
            "{",
            "[]",
            "{}",
            "npm i x",
            r#"{"path":"/a"}"#,
            r#"{"command":" "}"#,
            "{\"command\":7}",
        ] {
            assert_eq!(command(input), None, "{input}");
        }
    }
}
