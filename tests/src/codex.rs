//! The real Codex, run through one whole scripted conversation.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::vigil::{Home, binary};

/// The client, if it is installed.
///
/// # Panics
/// In continuous integration, when it is not.
pub fn installed() -> Option<PathBuf> {
    let agents = binary("vigil").parent()?.parent()?.join("agents/node_modules/.bin");
    let path = agents.join("codex");
    if !path.exists() {
        eprintln!("SKIPPED: Codex is not installed; `cargo xtask test` installs it");
        assert!(std::env::var_os("CI").is_none(), "CI must run the real client");
        return None;
    }
    Some(path)
}

/// Settings that have it speak to its model alone.
pub fn settle(home: &Home) {
    let text = "model = \"gpt-5-codex\"\ncheck_for_update_on_startup = false\n\n\
                [analytics]\nenabled = false\n";
    write(home, "config.toml", text);
}

/// Has a hook deny every tool call.
pub fn deny_all(home: &Home) {
    let says = r#"{"hookSpecificOutput": {"hookEventName": "PreToolUse",
        "permissionDecision": "deny", "permissionDecisionReason": "not here"}}"#;
    let script =
        write(home, "deny.sh", &format!("#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{says}\nEND\n"));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    let hook = serde_json::json!({"type": "command", "command": script});
    let hooks = serde_json::json!({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [hook]}]}});
    write(home, "hooks.json", &hooks.to_string());
}

fn write(home: &Home, name: &str, text: &str) -> PathBuf {
    let folder = home.user().join(".codex");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

/// The client asking for `conversation` in the folder `work`; how it reaches the model is for the
/// caller to add.
pub fn asking(home: &Home, codex: PathBuf, work: &Path, conversation: &str) -> Command {
    let prompt = format!("[[conversation:{conversation}]] FOLDER={} Do the steps.", work.display());
    let mut command = home.clean(
        codex,
        &[
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
            "--dangerously-bypass-hook-trust",
            &prompt,
        ],
    );
    let key = ["sk-", "dummy"].concat();
    command
        .current_dir(work)
        .stdin(Stdio::null())
        .env("CODEX_API_KEY", &key)
        .env("OPENAI_API_KEY", &key)
        .env("LANG", "C.UTF-8")
        .env("TERM", "dumb");
    command
}
