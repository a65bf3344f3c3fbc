use super::{Part, denied_by};

fn refused(tool: &str, error: &str, metadata: &str) -> Option<&'static str> {
    let state = format!(r#"{{"status": "error", "error": "x"{metadata}}}"#);
    let part = format!(
        r#"{{"id": "p", "sessionID": "s", "messageID": "m", "tool": "{tool}", "state": {state}}}"#
    );
    let part: Part = serde_json::from_str(&part).unwrap();
    denied_by(&part, part.state.as_ref().unwrap(), error)
}

#[test]
fn a_plugins_refusal_is_told_from_a_failure() {
    assert_eq!(refused("bash", "not on my machine", ""), Some("hook"));
    let rejected = "The user rejected permission to use this specific tool call.";
    assert_eq!(refused("bash", rejected, ""), Some("user"));
    let rule = "The user has specified a rule which prevents you from using this";
    assert_eq!(refused("bash", rule, ""), Some("rule"));
    // It had begun, or was broken off by the client itself.
    assert_eq!(refused("bash", "not on my machine", r#", "metadata": {"output": ""}"#), None);
    assert_eq!(refused("bash", "Tool execution aborted", ""), None);
    // Other tools fail with words of any kind.
    assert_eq!(refused("read", "File not found: x", ""), None);
}

#[test]
fn an_exit_code_is_read_whatever_else_tools_write_there() {
    let exit = |metadata: &str| {
        let state = format!(r#"{{"status": "completed", "metadata": {metadata}}}"#);
        let state: super::ToolState = serde_json::from_str(&state).unwrap();
        state.exit()
    };
    assert_eq!(exit(r#"{"exit": 3, "output": "x"}"#), Some(3));
    assert_eq!(exit(r#"{"exit": "soon"}"#), None);
    assert_eq!(exit(r#"{"files": [1]}"#), None);
}
