use super::touched;
use crate::text::Masked;

fn ask(tool: &str, input: &str) -> Option<(String, bool)> {
    touched(tool, &Masked::from_scan(input.to_owned()))
        .map(|file| (file.path.into_string(), file.written))
}

fn file(path: &str, written: bool) -> (String, bool) {
    (path.to_owned(), written)
}

#[test]
fn a_tool_that_names_one_file_reads_or_writes_it() {
    for (tool, input, expected) in [
        ("Read", r#"{"file_path":"/a/b.rs","limit":5}"#, Some(file("/a/b.rs", false))),
        (
            "Edit",
            r#"{"file_path":"a.rs","new_string":"x","old_string":"y"}"#,
            Some(file("a.rs", true)),
        ),
        (
            "Write",
            r#"{"content":"{\"path\":\"no\"}","file_path":"a.rs"}"#,
            Some(file("a.rs", true)),
        ),
        ("MultiEdit", r#"{"edits":[{"path":"no"}],"file_path":"a.rs"}"#, Some(file("a.rs", true))),
        ("NotebookEdit", r#"{"notebook_path":"n.ipynb"}"#, Some(file("n.ipynb", true))),
        ("create_file", r#"{"path":"new.rs"}"#, Some(file("new.rs", true))),
        ("mcp__filesystem__read_file", r#"{"path":"/etc/hosts"}"#, Some(file("/etc/hosts", false))),
        ("str_replace_based_edit_tool", r#"{"command":"view","path":"a"}"#, Some(file("a", false))),
        (
            "str_replace_based_edit_tool",
            r#"{"command":"insert","path":"a"}"#,
            Some(file("a", true)),
        ),
        ("Read", r#"{"path":"worse","file_path":"better"}"#, Some(file("better", false))),
        ("Read", r#"{"file_path":"caf\u00e9 \"x\""}"#, Some(file("café \"x\"", false))),
    ] {
        assert_eq!(ask(tool, input), expected, "{tool} {input}");
    }
}

#[test]
fn a_patch_counts_when_it_changes_one_file() {
    let one =
        r#"{"input":"*** Begin Patch\n*** Update File: src/a.rs\n@@\n-x\n+y\n*** End Patch"}"#;
    let two = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** End Patch";

    assert_eq!(ask("apply_patch", one), Some(file("src/a.rs", true)));
    assert_eq!(ask("apply_patch", two), None);
    assert_eq!(ask("apply_patch", &two.replace("File: b", "File: a")), Some(file("a", true)));
}

#[test]
fn searches_shells_and_nonsense_name_no_file() {
    for (tool, input) in [
        ("Grep", r#"{"path":"src","pattern":"x"}"#),
        ("Glob", r#"{"path":"src"}"#),
        ("LS", r#"{"path":"src"}"#),
        ("Bash", r#"{"command":"cat a.rs"}"#),
        ("Read", r#"{"file_path":["a"]}"#),
        ("Read", r#"{"file_path":""}"#),
        ("Read", r#"{"file_path":"a\u0000b"}"#),
        ("Read", r#"["file_path","a"]"#),
        ("Read", "not JSON"),
        ("Read", ""),
        ("", r#"{"file_path":"a"}"#),
    ] {
        assert_eq!(ask(tool, input), None, "{tool} {input}");
    }
    let long = format!(r#"{{"file_path":"{}"}}"#, "a/".repeat(3000));
    assert_eq!(ask("Read", &long), None);
}
