//! What became of tool calls.

use serde_json::{Value, json};

use super::{answer, header, parse, place, returned, user, with_calls};

fn outcome(status: &str, response: &Value) -> String {
    let call = ("x1", "run_shell_command", json!({"command": "touch x"}), status, response.clone());
    let records = [header(), with_calls(answer("g1", 1, "", [1, 1, 0, 0]), &[call])];
    let lines = parse(&records, &place(None), &[]).lines();
    let result = lines.into_iter().find(|line| line.contains("tool_result"));
    result.map_or_else(String::new, |line| line.split(' ').skip(3).collect::<Vec<_>>().join(" "))
}

#[test]
fn refusals_are_told_from_failures() {
    let said = |text: &str| json!({"error": text});
    for (status, response, wanted) in [
        ("success", json!({"output": "ok"}), r#"executed by=None paired=true "ok""#),
        ("error", said("exit 1"), r#"failed by=None paired=true "exit 1""#),
        (
            "error",
            said("Tool execution blocked: not this"),
            r#"denied by=Some("hook") paired=true "Tool execution blocked: not this""#,
        ),
        (
            "error",
            said("Tool execution denied by policy."),
            r#"denied by=Some("rule") paired=true "Tool execution denied by policy.""#,
        ),
        (
            "cancelled",
            said("[Operation Cancelled] Reason: User denied execution."),
            r#"denied by=Some("user") paired=true "[Operation Cancelled] Reason: User denied execution.""#,
        ),
        (
            "cancelled",
            said("[Operation Cancelled] Reason: the user stopped it"),
            r#"interrupted by=None paired=true "[Operation Cancelled] Reason: the user stopped it""#,
        ),
        // The client runs no such command, and calls that a success.
        (
            "success",
            json!({"output": "Command injection detected: x. The command was blocked."}),
            r#"denied by=Some("rule") paired=true "Command injection detected: x. The command was blocked.""#,
        ),
        // A command that ended badly is a success to the client.
        (
            "success",
            json!({"output": "Output: x\nExit Code: 3\nProcess Group PGID: 7"}),
            r#"failed by=None paired=true "Output: x\nExit Code: 3\nProcess Group PGID: 7""#,
        ),
        (
            "success",
            json!({"output": "Output: Exit Code: 3\nend\nProcess Group PGID: 7"}),
            r#"executed by=None paired=true "Output: Exit Code: 3\nend\nProcess Group PGID: 7""#,
        ),
        // What a tool says of itself when it ran is no refusal.
        (
            "success",
            json!({"output": "Tool execution blocked: x"}),
            r#"executed by=None paired=true "Tool execution blocked: x""#,
        ),
        ("executing", json!({}), ""),
    ] {
        assert_eq!(outcome(status, &response), wanted, "{status} {response}");
    }
}

#[test]
fn a_result_that_stands_nowhere_else_is_taken_from_what_the_model_was_given() {
    let given = returned("x9", "read_file", &json!({"output": "text"}));
    let records =
        [header(), user("u1", 1, &json!([given.clone()])), user("u2", 2, &json!([given]))];
    let committed = parse(&records, &place(None), &[]);

    let wanted =
        [r#"2026-11-26T01:04:01.100000Z tool_result call=x9 executed by=None paired=false "text""#];
    assert_eq!(committed.lines(), wanted);
}
