//! What a client's hook asks before a command runs, and what it is answered.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Severity, finding::words};

words! {
    /// How far Vigil goes with a client.
    #[derive(Default)]
    Mode {
        /// It never interferes; what it finds is on record.
        #[default]
        Observe = "observe",
        /// It has the client ask its user.
        Ask = "ask",
        /// It refuses.
        Deny = "deny",
    }
}

words! {
    /// What a hook answers. Consent is none of it: that would keep the client from asking its user.
    #[derive(Default)]
    Decision {
        /// No opinion: the client does what it would do.
        #[default]
        None = "none",
        /// The client is to ask its user.
        Ask = "ask",
        /// The command is not to run.
        Deny = "deny",
    }
}

/// The clients that have hooks of which Vigil knows the form, by their words.
pub const CLIENTS: &[&str] =
    &["claude-code", "codex", "gemini-cli", "qwen-code", "copilot-cli", "opencode", "pi", "cursor"];

/// What clients' tools are called that run a command, in small letters.
pub const SHELLS: &[&str] = &[
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

/// True when a tool of that name runs a command.
pub fn is_shell(tool: &str) -> bool {
    SHELLS.iter().any(|shell| shell.eq_ignore_ascii_case(tool))
}

/// The client of that word.
pub fn client(word: &str) -> Option<&'static str> {
    CLIENTS.iter().copied().find(|known| *known == word)
}

/// Why a mode does less than its name says, with a client whose hooks cannot have its user asked.
pub const CANNOT_ASK: &str = "its hooks cannot have the user asked, so it is observed";

/// True for a client whose hooks can have its user asked.
pub fn can_ask(client: &str) -> bool {
    matches!(client, "claude-code" | "gemini-cli" | "qwen-code" | "copilot-cli" | "cursor")
}

/// A command that a client is about to run. It is clear text: it is never written down as it is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookCall {
    /// The client, by its word.
    pub client: String,
    /// Its own id of the session.
    pub session: Option<String>,
    /// The id of the tool call, where the hook is told it.
    pub call: Option<String>,
    /// The tool's name.
    pub tool: String,
    /// The tool's input: JSON.
    pub input: String,
    /// The command in it.
    pub command: String,
    /// Where it is to run.
    pub cwd: Option<String>,
}

impl fmt::Debug for HookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCall").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a hook is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAnswer {
    /// How far Vigil goes with the client.
    pub mode: Mode,
    /// What it is to do.
    pub decision: Decision,
    /// How bad the command is; none where nothing speaks against it.
    pub severity: Option<Severity>,
    /// Why, in words that hold nothing of others but names, and these cut and cleaned.
    pub reason: Option<String>,
}

/// What a change is called that is not Vigil's own: somebody took a client's hook away, or changed what
/// Vigil knows of it.
pub const GONE: &str = "guard gone";
