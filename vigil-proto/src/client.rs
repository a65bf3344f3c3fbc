//! What people call the clients. The words stand in every event, query and configuration; the
//! names are for reading alone.

/// Every client that Vigil can tell from others, by its word, with its name.
pub const NAMES: &[(&str, &str)] = &[
    ("claude-code", "Claude Code"),
    ("codex", "Codex"),
    ("gemini-cli", "Gemini CLI"),
    ("qwen-code", "Qwen Code"),
    ("opencode", "opencode"),
    ("copilot-cli", "Copilot CLI"),
    ("pi", "pi"),
    ("aider", "aider"),
    ("cursor-agent", "Cursor Agent"),
    ("cursor", "Cursor"),
    ("claude-desktop", "Claude Desktop"),
    ("vscode-chat", "VS Code chat"),
    ("cline", "Cline"),
    ("roo-code", "Roo Code"),
    ("kilo-code", "Kilo Code"),
    ("zed", "Zed"),
    ("continue", "Continue"),
    ("windsurf", "Windsurf"),
    ("claude-web", "claude.ai"),
    ("chatgpt-web", "chatgpt.com"),
    ("gemini-web", "gemini.google.com"),
    ("perplexity-web", "perplexity.ai"),
    ("copilot-web", "copilot.microsoft.com"),
    ("deepseek-web", "chat.deepseek.com"),
];

/// The name of the client `word`; none for one that Vigil does not know.
pub fn name(word: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
}

/// The word of the client that somebody calls `given`: its word or its name, in any case, with
/// blanks for hyphens or without.
pub fn word(given: &str) -> Option<&'static str> {
    let given = plain(given);
    NAMES
        .iter()
        .find(|(word, name)| plain(word) == given || plain(name) == given)
        .map(|(word, _)| *word)
}

fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests;
