use super::*;

#[test]
fn the_words_tell_what_became_of_a_call() {
    for (output, wanted) in [
        ("Chunk ID: 8e\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\nhi\n", None),
        (
            "Chunk ID: 8e\nWall time: 0.1 seconds\nProcess running with session ID 4\nOutput:\n",
            None,
        ),
        ("Exit code: 0\nWall time: 0 seconds\nOutput:\nExit code: 2\n", None),
        ("what some tool says\nExit code: 2\n", None),
        ("{\"output\":\"hi\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.1}}", None),
    ] {
        assert_eq!(fate(output), (Outcome::Executed, wanted), "{output}");
    }
    for output in
        ["aborted", "aborted by user after 3.2s", "Wall time: 1.6 seconds\naborted by user"]
    {
        assert_eq!(fate(output), (Outcome::Interrupted, None), "{output}");
    }
    for output in [
        "Chunk ID: 8e\nWall time: 0.1 seconds\nProcess exited with code 127\nOutput:\nno\n",
        "Exit code: 1\nWall time: 0 seconds\nOutput:\n",
        "{\"output\":\"hi\",\"metadata\":{\"exit_code\":1,\"duration_seconds\":0.1}}",
    ] {
        assert_eq!(fate(output), (Outcome::Failed, None), "{output}");
    }
    for (output, by) in [
        ("Command blocked by PreToolUse hook: no. Command: touch x", "hook"),
        ("Tool call blocked by PreToolUse hook: no", "hook"),
        ("exec command rejected by user", "user"),
        ("execution error: Rejected(\"rejected by user\")", "user"),
        ("exec_command failed for `ls`: Rejected(\"`ls` rejected: blocked by policy\")", "rule"),
        ("`rm -r /` rejected: policy forbids commands starting with `rm`", "rule"),
    ] {
        assert_eq!(fate(output), (Outcome::Denied, Some(by)), "{output}");
    }
}

#[test]
fn a_commands_output_cannot_say_that_it_was_denied() {
    let output =
        "Chunk ID: 8e\nProcess exited with code 0\nOutput:\nCommand blocked by PreToolUse hook: x";
    assert_eq!(fate(output), (Outcome::Executed, None));
}
