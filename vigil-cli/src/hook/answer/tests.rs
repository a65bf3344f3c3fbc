use serde_json::json;
use vigil_proto::guard::{CLIENTS, Decision, HookAnswer};

use super::form;

fn answer(decision: Decision) -> HookAnswer {
    HookAnswer { decision, reason: Some("why".to_owned()), ..HookAnswer::default() }
}

#[test]
fn no_opinion_is_an_empty_object_and_nobody_is_told_to_allow() {
    for client in CLIENTS {
        assert_eq!(form(client, &answer(Decision::None)), json!({}), "{client}");
        for decision in Decision::ALL {
            let said = form(client, &answer(*decision)).to_string();
            assert!(!said.contains("allow") && !said.contains("approve"), "{client}: {said}");
        }
    }
}

#[test]
fn a_refusal_has_the_clients_form() {
    let deny = answer(Decision::Deny);
    let like_claude = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse",
        "permissionDecision": "deny", "permissionDecisionReason": "why"}});

    for client in ["claude-code", "codex", "qwen-code"] {
        assert_eq!(form(client, &deny), like_claude, "{client}");
    }
    for client in ["gemini-cli", "opencode", "pi"] {
        assert_eq!(form(client, &deny), json!({"decision": "deny", "reason": "why"}), "{client}");
    }
    let copilot = json!({"permissionDecision": "deny", "permissionDecisionReason": "why"});
    assert_eq!(form("copilot-cli", &deny), copilot);
    assert_eq!(form("cursor", &deny)["permission"], "deny");
}

#[test]
fn who_cannot_ask_is_not_made_to() {
    let asks = |client| form(client, &answer(Decision::Ask)).to_string().contains("\"ask\"");

    for client in CLIENTS {
        let can = !["codex", "opencode", "pi"].contains(client);
        assert_eq!(asks(client), can, "{client}");
    }
}
