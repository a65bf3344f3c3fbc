//! What each client reads. All rows but Cursor's were tried with the real client; docs/GUARD.md says
//! which version and how.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::route::{
    clients::Lookup,
    edit::{Entry, Form},
};

/// A client that can be made to ask.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its word everywhere in Vigil.
    pub(crate) word: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// The command that starts it.
    pub(crate) program: &'static str,
    /// Folder below the home that it keeps its files in.
    folder: &'static str,
    /// Variable that moves that folder.
    moved_by: Option<&'static str>,
    /// The file within it.
    file: &'static str,
    hook: Hook,
    /// What the user has to know or do.
    pub(crate) note: Option<&'static str>,
}

/// How a client is told.
#[derive(Clone, Copy, Debug)]
enum Hook {
    /// A list of hooks of this event for tools of this name.
    Listed { event: &'static str, matcher: &'static str },
    /// Cursor's own: a list of commands.
    Commands { event: &'static str },
    /// A file of hooks that is ours.
    OwnHooks,
    /// A program in the client's own language that is ours.
    Program(&'static str),
}

/// What stands for the command in a program.
const COMMAND: &str = "\"@COMMAND@\"";

/// All of them.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        word: "claude-code",
        title: "Claude Code",
        program: "claude",
        folder: ".claude",
        moved_by: Some("CLAUDE_CONFIG_DIR"),
        file: "settings.json",
        hook: Hook::Listed { event: "PreToolUse", matcher: "Bash" },
        note: None,
    },
    Client {
        word: "codex",
        title: "Codex",
        program: "codex",
        folder: ".codex",
        moved_by: Some("CODEX_HOME"),
        file: "hooks.json",
        // What its tools are called varies.
        hook: Hook::Listed { event: "PreToolUse", matcher: "*" },
        note: Some(
            "in Codex, run `/hooks` once and trust the hook: until then Codex leaves it out without a \
             word",
        ),
    },
    Client {
        word: "gemini-cli",
        title: "Gemini CLI",
        program: "gemini",
        folder: ".gemini",
        moved_by: None,
        file: "settings.json",
        hook: Hook::Listed { event: "BeforeTool", matcher: "run_shell_command" },
        note: None,
    },
    Client {
        word: "qwen-code",
        title: "Qwen Code",
        program: "qwen",
        folder: ".qwen",
        moved_by: None,
        file: "settings.json",
        hook: Hook::Listed { event: "PreToolUse", matcher: "*" },
        note: None,
    },
    Client {
        word: "copilot-cli",
        title: "Copilot CLI",
        program: "copilot",
        folder: ".copilot",
        moved_by: Some("COPILOT_HOME"),
        file: "hooks/vigil.json",
        hook: Hook::OwnHooks,
        note: None,
    },
    Client {
        word: "opencode",
        title: "opencode",
        program: "opencode",
        folder: ".config/opencode",
        moved_by: None,
        file: "plugin/vigil.js",
        hook: Hook::Program(include_str!("opencode.js")),
        note: None,
    },
    Client {
        word: "pi",
        title: "pi",
        program: "pi",
        folder: ".pi/agent",
        moved_by: None,
        file: "extensions/vigil.ts",
        hook: Hook::Program(include_str!("pi.ts")),
        note: None,
    },
    Client {
        word: "cursor",
        title: "Cursor",
        program: "cursor",
        folder: ".cursor",
        moved_by: None,
        file: "hooks.json",
        hook: Hook::Commands { event: "beforeShellExecution" },
        note: Some("written by Cursor's documentation; Vigil was never tried with Cursor itself"),
    },
];

/// How Vigil is called by a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The program `vigil`.
    pub(crate) vigil: PathBuf,
    /// Where Vigil keeps its files, when that is not the usual place.
    pub(crate) home: Option<String>,
}

impl Call {
    /// A line for a shell. It says where Vigil keeps its files even when that is the usual place: a
    /// project that sets the client's environment must not lead its hook elsewhere.
    fn line(&self, client: &str) -> String {
        let usual = if self.home.is_none() { "VIGIL_HOME= " } else { "" };
        format!("{usual}{}", self.with(&format!("hook {client}")))
    }

    /// The call with these words, for a shell or for `env`.
    pub(crate) fn with(&self, words: &str) -> String {
        let vigil = quoted(&self.vigil.display().to_string());
        let home = self.home.as_deref().map(|home| format!("VIGIL_HOME={} ", quoted(home)));
        format!("{}{vigil} {words}", home.unwrap_or_default())
    }
}

impl Client {
    /// The client of that word, or of that command.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CLIENTS.iter().find(|client| client.word == name || client.program == name)
    }

    /// The file that has it ask, and how that is written.
    pub(crate) fn settings(&self, home: &Path, lookup: Lookup<'_>) -> (PathBuf, Form) {
        let form = match self.hook {
            Hook::Listed { .. } => Form::Hooks,
            Hook::Commands { .. } => Form::VersionedHooks,
            Hook::OwnHooks | Hook::Program(_) => Form::Whole,
        };
        (self.folder(home, lookup).join(self.file), form)
    }

    /// What is to stand there.
    pub(crate) fn entry(&self, call: &Call) -> Entry {
        let line = call.line(self.word);
        match self.hook {
            Hook::Listed { event, matcher } => {
                let hook = json!({
                    "matcher": matcher,
                    "hooks": [{ "type": "command", "command": line }],
                });
                Entry::new(event, &hook.to_string())
            }
            Hook::Commands { event } => Entry::new(event, &json!({ "command": line }).to_string()),
            Hook::OwnHooks => {
                let hook = json!({ "type": "command", "bash": line, "timeoutSec": 10 });
                let all = json!({ "version": 1, "hooks": { "preToolUse": [hook] } });
                Entry::new("the file", &format!("{all:#}\n"))
            }
            Hook::Program(text) => {
                let command = json!({
                    "vigil": call.vigil.display().to_string(),
                    "arguments": ["hook", self.word],
                    // Empty is as if it were not set.
                    "home": call.home.as_deref().unwrap_or_default(),
                });
                Entry::new("the file", &text.replace(COMMAND, &command.to_string()))
            }
        }
    }

    fn folder(&self, home: &Path, lookup: Lookup<'_>) -> PathBuf {
        let moved = self.moved_by.and_then(lookup).filter(|value| !value.is_empty());
        moved.map_or_else(|| home.join(self.folder), PathBuf::from)
    }

    /// True when there is a sign of it: its program, or its folder.
    pub(crate) fn is_installed(&self, home: &Path, lookup: Lookup<'_>) -> bool {
        let path = lookup("PATH").unwrap_or_default();
        let mut folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        folders.any(|folder| folder.join(self.program).is_file())
            || self.folder(home, lookup).is_dir()
    }
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
