//! What Codex says by itself of the tools that it runs. Pure.

use serde::Deserialize;
use vigil_proto::Outcome;

/// The client's name in every event.
pub(in crate::source) const CLIENT: &str = "codex";

/// The provider in the keys of its model calls, whoever answers: ids of the Responses API. Its
/// files name a provider by the user's own word, which no other witness knows.
pub(in crate::source) const PROVIDER: &str = "openai";

/// The most lines that Codex puts before a command's output.
const HEAD_LINES: usize = 8;

/// What became of a tool call, as far as the words tell that were given to the model for it; and
/// who denied it. The head of an output is the client's own: a command cannot write there.
pub(in crate::source) fn fate(output: &str) -> (Outcome, Option<&'static str>) {
    if let Some(by) = denied_by(output) {
        return (Outcome::Denied, Some(by));
    }
    if is_aborted(output) {
        return (Outcome::Interrupted, None);
    }
    match exit_code(output) {
        None | Some(0) => (Outcome::Executed, None),
        Some(_) => (Outcome::Failed, None),
    }
}

fn denied_by(output: &str) -> Option<&'static str> {
    const HOOKS: [&str; 2] =
        ["Command blocked by PreToolUse hook", "Tool call blocked by PreToolUse hook"];
    const USERS: [&str; 4] = [
        "exec command rejected by user",
        "patch rejected by user",
        "rejected by user",
        "user rejected MCP tool call",
    ];
    if HOOKS.iter().any(|start| output.starts_with(start)) {
        return Some("hook");
    }
    // The client wraps some of its refusals: `execution error: Rejected("...")`.
    let refused = output.split_once("Rejected(\"").filter(|(before, _)| {
        before.starts_with("execution error") || before.starts_with("exec_command failed")
    });
    let words = refused.map_or(output, |(_, words)| words);
    if USERS.iter().any(|start| words.starts_with(start)) {
        return Some("user");
    }
    let is_policy = |rest: &str| {
        let (command, reason) = rest.split_once("` rejected: ").unwrap_or_default();
        !command.contains('\n')
            && (reason.starts_with("blocked by policy") || reason.starts_with("policy forbids"))
    };
    words.strip_prefix('`').is_some_and(is_policy).then_some("rule")
}

/// True for what stands in the place of a result that never came.
fn is_aborted(output: &str) -> bool {
    let said = match output.split_once('\n') {
        Some((head, said)) if head.starts_with("Wall time: ") => said,
        _ => output,
    };
    said == "aborted" || said == "aborted by user" || said.starts_with("aborted by user after ")
}

/// The exit code in the head of a command's output.
fn exit_code(output: &str) -> Option<i64> {
    /// How older versions gave it.
    #[derive(Deserialize)]
    struct Whole {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        exit_code: i64,
    }
    if output.starts_with("{\"output\":") {
        return Some(serde_json::from_str::<Whole>(output).ok()?.metadata.exit_code);
    }
    let head = output.lines().take(HEAD_LINES).take_while(|line| *line != "Output:");
    let mut codes = head.filter_map(|line| {
        line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "))
    });
    let begins = ["Chunk ID: ", "Exit code: ", "Wall time: "];
    let code = begins.iter().any(|start| output.starts_with(start)).then(|| codes.next())??;
    code.trim().parse().ok()
}

#[cfg(test)]
mod tests;
