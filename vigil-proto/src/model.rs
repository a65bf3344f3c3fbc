//! What is known of models by their names: how many tokens fit into their context. Never a
//! guess: a model that is not listed here is not known.

/// The context window of `model` in tokens; none when it is not known.
///
/// The figures are the providers' own, from their tables of models as of late 2025:
/// platform.claude.com (Models overview), platform.openai.com (Models, "context window") and
/// ai.google.dev (Gemini models, "input token limit").
pub fn context_window(model: &str) -> Option<u64> {
    // A gateway puts its own name in front: `anthropic/claude-...`, `us.anthropic.claude-...`.
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let name = name.find("claude").and_then(|at| name.get(at..)).unwrap_or(&name);
    if name.starts_with("claude") {
        return Some(if name.ends_with("[1m]") { 1_000_000 } else { 200_000 });
    }
    WINDOWS.iter().find(|(prefix, _)| begins(name, prefix)).map(|(_, window)| *window)
}

/// By the beginning of the name, longer ones before shorter ones that they begin with.
const WINDOWS: &[(&str, u64)] = &[
    ("gpt-5-chat", 128_000),
    ("gpt-5", 400_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("codex-mini", 200_000),
    ("o1-mini", 128_000),
    ("o1-preview", 128_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4-mini", 200_000),
    ("gemini-3-pro", 1_048_576),
    ("gemini-2.5-pro", 1_048_576),
    ("gemini-2.5-flash", 1_048_576),
    ("gemini-2.0-flash", 1_048_576),
    ("gemini-1.5-pro", 2_097_152),
    ("gemini-1.5-flash", 1_048_576),
];

/// `o3-2025-04-16` and `o3` begin with `o3`, `o30` does not.
fn begins(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests;
