use proptest::prelude::*;

use super::super::{Entry, Form, Made, Unfit, add, apply, has, remove, undo};

fn entry() -> Entry {
    Entry::new("PreToolUse", r#"{"matcher":"Bash","hooks":[{"command":"vigil hook codex"}]}"#)
}

/// The file with the hook; taking that out again gives the file, whether it is undone or looked for.
fn with(form: Form, old: &str) -> String {
    let entries = [entry()];
    let inserted = add(form, old.as_bytes(), &entries).unwrap();
    let new = apply(old.as_bytes(), &inserted);
    assert_eq!(undo(&new, &inserted).unwrap(), old.as_bytes());
    let removed = remove(form, &new, &entries, Made::by(form, &inserted)).unwrap();
    if old.trim().is_empty() {
        assert!(removed.is_empty, "{:?}", String::from_utf8_lossy(&removed.bytes));
    } else {
        // White space may stay where an empty list was.
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&String::from_utf8_lossy(&removed.bytes)), bare(old));
    }
    assert!(removed.changed.is_empty());
    let again = add(form, &new, &entries).unwrap();
    assert!(again.is_empty(), "it is there already");
    String::from_utf8(new).unwrap()
}

#[test]
fn a_new_file_says_nothing_else() {
    let new = with(Form::Hooks, "");

    let expected = "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\":\"Bash\",\"hooks\":\
                    [{\"command\":\"vigil hook codex\"}]}\n    ]\n  }\n}\n";
    assert_eq!(new, expected);
    let versioned = with(Form::VersionedHooks, "");
    assert!(versioned.starts_with("{\n  \"version\": 1,\n  \"hooks\": {"), "{versioned}");
}

#[test]
fn whatever_is_there_stays_as_it_is_written() {
    for old in [
        "{}",
        "{\n}\n",
        "{\"model\": \"x\"}",
        "{\n    \"model\": \"x\", // mine\n    \"env\": {}\n}\n",
        "{\"hooks\": {}}",
        "{\n\t\"hooks\": {\n\t\t\"Stop\": []\n\t}\n}",
        "{\"hooks\": {\"PreToolUse\": []}}",
        "{\"hooks\": {\"PreToolUse\": [{\"matcher\": \"Edit\"}]}}",
        "{\r\n  \"hooks\": {\r\n    \"PreToolUse\": [\r\n      { \"matcher\": \"*\" },\r\n    ]\r\n  }\r\n}\r\n",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"x\"\n      }\n    ]\n  }\n}\n",
    ] {
        let new = with(Form::Hooks, old);
        let strict: Result<serde_json::Value, _> = serde_json::from_str(&new);
        if let Ok(value) = strict {
            let list = value["hooks"]["PreToolUse"].as_array().unwrap();
            assert!(list.contains(&serde_json::from_str(&entry().value).unwrap()), "{new}");
        }
    }
}

#[test]
fn a_hook_of_somebody_else_is_not_taken_out() {
    let entries = [entry()];
    let theirs =
        r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"command": "mine"}]}]}}"#;

    let removed = remove(Form::Hooks, theirs.as_bytes(), &entries, true).unwrap();

    assert_eq!(removed.bytes, theirs.as_bytes());
    assert!(removed.changed.is_empty());
}

#[test]
fn a_hook_that_was_written_anew_by_the_client_is_ours_and_a_changed_one_is_told() {
    let entries = [entry()];
    let spaced = r#"{ "hooks": { "PreToolUse": [ { "hooks": [ { "command": "vigil hook codex" } ],
        "matcher": "Bash" } ], "Stop": [] } }"#;
    assert!(has(Form::Hooks, spaced.as_bytes(), &entry()).unwrap());
    let removed = remove(Form::Hooks, spaced.as_bytes(), &entries, true).unwrap();
    assert!(!String::from_utf8_lossy(&removed.bytes).contains("vigil"));

    let changed = r#"{"hooks": {"PreToolUse": [{"matcher": "Never",
        "hooks": [{"command": "vigil hook codex"}]}]}}"#;
    assert!(!has(Form::Hooks, changed.as_bytes(), &entry()).unwrap());
    let removed = remove(Form::Hooks, changed.as_bytes(), &entries, true).unwrap();
    assert_eq!(removed.bytes, changed.as_bytes());
    assert_eq!(removed.changed, ["PreToolUse"]);
}

#[test]
fn what_is_no_list_of_hooks_is_left_alone() {
    for odd in ["[]", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}"] {
        let refused = add(Form::Hooks, odd.as_bytes(), &[entry()]);
        assert!(matches!(refused, Err(Unfit::NotAnObject(_))), "{odd}: {refused:?}");
    }
}

#[test]
fn a_file_of_ours_is_written_once_and_taken_away_whole() {
    let ours = [Entry::new("the file", "export default 1;\n")];
    let inserted = add(Form::Whole, b"", &ours).unwrap();
    let new = apply(b"", &inserted);

    assert_eq!(new, b"export default 1;\n");
    assert!(add(Form::Whole, &new, &ours).unwrap().is_empty());
    assert!(remove(Form::Whole, &new, &ours, false).unwrap().is_empty);
    let changed = remove(Form::Whole, b"export default 2;\n", &ours, false).unwrap();
    assert_eq!(changed.bytes, b"export default 2;\n");
    assert_eq!(changed.changed, ["the file"]);
    assert!(matches!(add(Form::Whole, b"theirs", &ours), Err(Unfit::Taken(_))));
}

proptest! {
    #[test]
    fn any_text_is_edited_as_it_should_or_not_at_all(old in r#"[{}\[\]",: \n\thoksPre/*a1]{0,80}"#) {
        let entries = [entry()];
        if let Ok(inserted) = add(Form::Hooks, old.as_bytes(), &entries) {
            let new = apply(old.as_bytes(), &inserted);
            prop_assert_eq!(undo(&new, &inserted).unwrap(), old.as_bytes());
            prop_assert!(has(Form::Hooks, &new, &entries[0]).unwrap());
        }
        let _ = remove(Form::Hooks, old.as_bytes(), &entries, true);
    }
}
