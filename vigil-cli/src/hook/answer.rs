//! What clients understand as an answer: one line of JSON, whatever the answer is. None of them is
//! told that a command may run: that would keep the client from asking its user. Pure.

use serde_json::{Value, json};
use vigil_proto::guard::{Decision, HookAnswer, can_ask};

/// The answer in the form of `client`.
pub(super) fn form(client: &str, answer: &HookAnswer) -> Value {
    let word = match answer.decision {
        Decision::Deny => "deny",
        Decision::Ask if can_ask(client) => "ask",
        Decision::Ask | Decision::None => return json!({}),
    };
    let reason = answer.reason.as_deref().unwrap_or("Vigil refused this command.");
    match client {
        "gemini-cli" if answer.decision == Decision::Ask => {
            json!({ "decision": word, "reason": reason, "systemMessage": reason })
        }
        "gemini-cli" | "opencode" | "pi" => json!({ "decision": word, "reason": reason }),
        "copilot-cli" => {
            json!({ "permissionDecision": word, "permissionDecisionReason": reason })
        }
        "cursor" => {
            json!({ "permission": word, "user_message": reason, "agent_message": reason })
        }
        _ => json!({ "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": word,
            "permissionDecisionReason": reason,
        } }),
    }
}

#[cfg(test)]
mod tests;
