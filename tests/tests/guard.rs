//! `vigil guard` and `vigil hook` without any client: what is written and taken out again, what a hook
//! answers when nobody helps it, and what the agent tells of hooks that are gone.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use vigil_tests::vigil::{Home, Running, settles};

/// The folders in which clients keep their files.
const FOLDERS: &[&str] = &[
    ".claude",
    ".codex",
    ".gemini",
    ".qwen",
    ".copilot",
    ".config/opencode",
    ".pi/agent",
    ".cursor",
];

const REFUSED: &str = "[guard]\ndeny = [\"command:*forbidden*\"]\n";

/// A home with clients, one of which has settings, and a configuration of Vigil's.
fn home(config: &str) -> Home {
    let home = Home::default();
    for folder in FOLDERS {
        fs::create_dir_all(home.user().join(folder)).unwrap();
    }
    fs::write(home.user().join(".claude/settings.json"), SETTINGS).unwrap();
    let folder = home.vigil().join("config");
    fs::create_dir_all(&folder).unwrap();
    for folder in [home.vigil(), folder.clone()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::write(folder.join("config.toml"), config).unwrap();
    home
}

const SETTINGS: &str = "{\n\t\"model\": \"x\",\n\t\"hooks\": {\"Stop\": []} }\n";

/// Every file below a folder, with what is in it.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

fn clients_files(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in FOLDERS {
        files(&home.user().join(folder), &mut found);
    }
    found
}

fn told(home: &Home, arguments: &[&str]) {
    let output = home.run(arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "vigil {arguments:?}: {words}");
}

/// What the hook of Claude Code says to what stands on its stdin. It always ends well.
fn hook(home: &Home, said: &str) -> Value {
    let mut command = home.command(&["hook", "claude-code"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who has heard enough hears the rest no more.
    let _ = child.stdin.take().unwrap().write_all(said.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn call(command: &str) -> String {
    json!({
        "session_id": "s", "cwd": "/w", "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": {"command": command}, "tool_use_id": "t1",
    })
    .to_string()
}

fn decision(answer: &Value) -> &Value {
    &answer["hookSpecificOutput"]["permissionDecision"]
}

#[test]
fn every_clients_files_are_what_they_were_once_guard_is_off() {
    let home = home("");
    let before = clients_files(&home);
    let shown = home.json(&["guard", "on", "all", "--dry-run", "--json"]);
    assert_eq!(shown["changes"].as_array().unwrap().len(), FOLDERS.len(), "{shown:#}");
    assert_eq!(clients_files(&home), before, "that was only shown");

    told(&home, &["guard", "on", "all", "--yes"]);

    let on = clients_files(&home);
    let status = home.json(&["guard", "--json"]);
    for row in status["clients"].as_array().unwrap() {
        assert_eq!((&row["hook"], &row["mode"]), (&json!("on"), &json!("observe")), "{row:#}");
        assert!(on.contains_key(Path::new(row["file"].as_str().unwrap())), "{row:#}");
    }
    told(&home, &["guard", "on", "all", "--mode", "deny", "--yes"]);
    assert_eq!(clients_files(&home), on, "a mode is none of the clients' affairs");

    told(&home, &["guard", "off", "all"]);
    assert_eq!(clients_files(&home), before);
    assert!(!home.user().join(".copilot/hooks").exists(), "a folder that was made is left");
}

#[test]
fn what_others_wrote_since_stays() {
    let home = home("");
    let file = home.user().join(".claude/settings.json");
    told(&home, &["guard", "on", "claude-code", "--yes"]);
    let mut settings: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    settings["theirs"] = json!(true);
    fs::write(&file, format!("{settings:#}")).unwrap();

    told(&home, &["guard", "off", "claude-code"]);

    let left: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(left, json!({"model": "x", "hooks": {"Stop": []}, "theirs": true}));
}

#[test]
fn a_hook_judges_by_itself_where_there_is_no_agent() {
    let home = home(REFUSED);
    let said = call("echo forbidden");
    assert_eq!(hook(&home, &said), json!({}), "who is not guarded is not refused");
    told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);

    let refused = hook(&home, &said);
    assert_eq!(decision(&refused), "deny", "{refused:#}");
    assert_eq!(hook(&home, &call("echo fine")), json!({}));
    told(&home, &["guard", "on", "claude-code", "--mode", "ask", "--yes"]);
    assert_eq!(decision(&hook(&home, &said)), "ask");
    told(&home, &["guard", "on", "claude-code", "--mode", "observe", "--yes"]);
    assert_eq!(hook(&home, &said), json!({}));
}

#[test]
fn an_agent_that_does_not_answer_holds_nobody() {
    let home = home(REFUSED);
    told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let run = home.vigil().join("run");
    fs::create_dir_all(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    let file = run.join("agent.json");
    let api = format!("http://{}", deaf.local_addr().unwrap());
    let agent = json!({"pid": std::process::id(), "api": api, "token": "none"});
    fs::write(&file, agent.to_string()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    assert_eq!(decision(&hook(&home, &call("echo forbidden"))), "deny");
}

#[test]
fn what_cannot_be_judged_is_refused_only_where_that_is_wanted() {
    let endless = call(&"x ".repeat(1 << 20));
    for (fail, expected) in [("open", json!(null)), ("closed", json!("deny"))] {
        let home = home(&format!("[guard]\nfail = \"{fail}\"\n"));
        told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);

        for odd in ["", "not json", endless.as_str()] {
            let answer = hook(&home, odd);
            assert_eq!(decision(&answer), &expected, "{fail}: {odd:.20}");
        }
        let other = json!({"tool_name": "Read", "tool_input": {"command": "x"}}).to_string();
        assert_eq!(hook(&home, &other), json!({}), "another tool is nobody's business");
    }
}

#[test]
fn a_journal_that_cannot_be_read_does_not_end_refusals_where_they_are_wanted() {
    for (fail, expected) in [("open", json!(null)), ("closed", json!("deny"))] {
        let home = home(&format!("{REFUSED}fail = \"{fail}\"\n"));
        told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);
        let journal = home.vigil().join("state/guards.json");
        fs::set_permissions(&journal, fs::Permissions::from_mode(0o644)).unwrap();

        assert_eq!(decision(&hook(&home, &call("echo forbidden"))), &expected, "{fail}");
        assert!(!home.run(&["guard"]).status.success(), "it cannot be read");
    }
}

#[test]
fn a_configuration_with_an_error_still_refuses() {
    let home = home("");
    told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);
    let file = home.vigil().join("config/config.toml");
    for config in [format!("nonsense = 1\n{REFUSED}"), format!("nonsense =\n{REFUSED}")] {
        fs::write(&file, &config).unwrap();
        assert_eq!(decision(&hook(&home, &call("echo forbidden"))), "deny", "{config}");
    }
}

#[test]
fn a_hook_that_is_taken_away_is_a_finding_and_what_guard_does_is_on_record() {
    let home = home(REFUSED);
    let vigil = Running::start(&home, &["--no-proxy"]);
    told(&home, &["guard", "on", "claude-code", "--mode", "deny", "--yes"]);
    assert_eq!(decision(&hook(&home, &call("echo forbidden"))), "deny");

    fs::write(home.user().join(".claude/settings.json"), SETTINGS).unwrap();

    settles("the finding is there, and the status says so", || {
        let findings = home.json(&["findings", "--json"])["findings"].clone();
        let found = findings
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["rule"] == "guard-gone" && finding["severity"] == "medium");
        let status = home.json(&["guard", "status", "claude-code", "--json"]);
        let row = &status["clients"][0];
        if found && row["hook"] == "gone" && row["next"][0] == "vigil guard on claude-code" {
            return Ok(());
        }
        Err(format!("{findings:#}\n{status:#}"))
    });
    told(&home, &["guard", "on", "claude-code", "--yes"]);
    assert_eq!(home.json(&["guard", "status", "--json"])["clients"][0]["mode"], "deny");
    told(&home, &["guard", "off", "claude-code"]);
    settles("each change is an event", || {
        let changes = home.jsonl(&["events", "--jsonl", "--kind", "config_change"]);
        let has = |name: &str| changes.iter().filter(|event| event["name"] == name).count();
        let seen = ["guard on", "guard gone", "guard off"].map(has);
        if seen == [2, 1, 1] { Ok(()) } else { Err(format!("{changes:#?}")) }
    });
    settles("the refusal is on record", || {
        let events = home.jsonl(&["events", "--jsonl", "--kind", "tool_call"]);
        let [call] = events.as_slice() else { return Err(format!("{events:#?}")) };
        let good = call["witnesses"] == json!(["hook"]) && call["outcome"] == "denied";
        if good { Ok(()) } else { Err(format!("{call:#}")) }
    });
    assert!(vigil.end().success());
}
