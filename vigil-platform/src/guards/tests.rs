use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

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

    let element = r#"{ "matcher": "Bash",
        "hooks": [ {"command": "vigil hook codex"} ] }"#;
    let listed = |event: &str, more: &str| {
        format!("{{ \"hooks\": {{ \"{event}\": [ {element} ] }}{more} }}").into_bytes()
    };
    let mut odd = listed("PreToolUse", ", \"x\": \"?\"");
    let at = odd.iter().position(|byte| *byte == b'?').unwrap();
    odd[at] = 0xff;
    let commented = [b"// mine\n".to_vec(), listed("PreToolUse", "")].concat();
    for (text, expected) in [
        (listed("PreToolUse", ""), true),
        (odd, true),
        (commented, true),
        (listed("Stop", ""), false),
        (listed("PreToolUse", ", \"disableAllHooks\": true"), false),
        (b"{}".to_vec(), false),
    ] {
        fs::write(&file, &text).unwrap();
        assert_eq!(guarded.is_said(), expected, "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("hooks.json");
    journal(state.path(), &file);
    let guarded = on(state.path()).unwrap().remove("codex").unwrap();
    pipe(&file);
    assert!(!guarded.is_said());

    fs::remove_file(state.path().join(NAME)).unwrap();
    pipe(&state.path().join(NAME));
    on(state.path()).unwrap_err();
}

fn pipe(path: &Path) {
    assert!(
        std::process::Command::new("mkfifo").arg("-m600").arg(path).status().unwrap().success()
    );
}

#[test]
fn a_journal_that_others_may_read_says_nothing() {
    let state = tempfile::tempdir().unwrap();
    journal(state.path(), Path::new("/none"));
    let path = state.path().join(NAME);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

    on(state.path()).unwrap_err();
}

#[test]
fn what_vigil_did_not_write_says_nothing() {
    let state = tempfile::tempdir().unwrap();
    private::write(&state.path().join(NAME), b"[1]").unwrap();

    on(state.path()).unwrap_err();
}
