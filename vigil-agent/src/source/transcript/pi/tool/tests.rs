use super::is_blocked;

#[test]
fn an_extensions_refusal_is_told_from_a_commands_failure() {
    for (tool, said, wanted) in [
        ("bash", "not on my machine", true),
        ("bash", "not on my machine\n\nCommand exited with code 1", false),
        ("bash", "Command aborted", false),
        ("bash", "x\nCommand timed out after 5 seconds", false),
        ("bash", "Validation failed for tool \"bash\"", false),
        ("bash", "", false),
        // Other tools fail with words of any kind.
        ("read", "not on my machine", false),
        ("read", "Tool execution was blocked", true),
        ("edit", "Extension failed, blocking execution: Error: x", true),
    ] {
        assert_eq!(is_blocked(Some(tool), said), wanted, "{tool}: {said}");
    }
}
