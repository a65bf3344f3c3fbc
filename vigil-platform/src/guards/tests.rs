use std::{fs, path::Path};

use vigil_proto::guard::Mode;

use super::{NAME, on};
use crate::private;

fn journal(state: &Path, file: &Path) {
    let value = r#"{"matcher":"Bash","hooks":[{"command":"vigil hook codex"}]}"#;
    let journal = serde_json::json!({"codex": {
        "mode": "deny", "since": "2026-11-26T10:00:00Z", "path": file, "form": "hooks",
        "entries": [{"name": "PreToolUse", "value": value}],
    }});
    private::write(&state.join(NAME), journal.to_string().as_bytes()).unwrap();
}

#[test]
fn a_client_is_told_with_its_mode_and_whether_its_file_says_so_still() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("hooks.json");
    assert!(on(state.path()).unwrap().is_empty());
    journal(state.path(), &file);

    let guarded = on(state.path()).unwrap().remove("codex").unwrap();
    assert_eq!(guarded.mode, Mode::Deny);
    assert!(!guarded.is_said(), "there is no file");

    let spaced = "{ \"hooks\": [ {\n \"matcher\": \"Bash\",\n \"hooks\": [ \
                  {\"command\": \"vigil hook codex\"} ] } ] }";
    fs::write(&file, spaced).unwrap();
    assert!(guarded.is_said());
    fs::write(&file, "{}").unwrap();
    assert!(!guarded.is_said());
}

#[test]
fn what_vigil_did_not_write_says_nothing() {
    let state = tempfile::tempdir().unwrap();
    private::write(&state.path().join(NAME), b"[1]").unwrap();

    assert!(on(state.path()).unwrap().is_empty());
}
