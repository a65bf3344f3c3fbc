//! The real Claude Code, whose commands a scripted model names: each has its process.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use vigil_tests::{
    model::Model,
    vigil::{Running, binary, eventually},
};

use super::rig::{Rig, chain, is_told};

/// The client's own binary, if it is installed.
fn claude() -> Option<PathBuf> {
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let system = std::env::consts::OS.replace("macos", "darwin");
    let agents = binary("vigil").parent()?.parent()?.join("agents/node_modules/@anthropic-ai");
    let path = agents.join(format!("claude-code-{system}-{machine}/claude"));
    if !path.exists() {
        eprintln!("SKIPPED: Claude Code is not installed; `cargo xtask test` installs it");
        assert!(std::env::var_os("CI").is_none(), "CI must run the real client");
        return None;
    }
    Some(path)
}

/// Runs one whole conversation.
fn converse(rig: &Rig, vigil: &Running, claude: PathBuf, conversation: &str) {
    let work = rig.work();
    let prompt = format!("[[conversation:{conversation}]] FOLDER={} Do the steps.", work.display());
    let output = rig
        .home
        .clean(claude, &["-p", &prompt, "--model", "claude-sonnet-4-5", "--output-format", "json"])
        .args(["--allowedTools", "Bash,Read,Write"])
        .current_dir(&work)
        .env("HTTPS_PROXY", vigil.field("proxy"))
        .env("NODE_EXTRA_CA_CERTS", vigil.field("ca"))
        .env("ANTHROPIC_API_KEY", ["sk-ant-", "api03-dummy"].concat())
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("DISABLE_AUTOUPDATER", "1")
        .env("DISABLE_TELEMETRY", "1")
        .env("IS_SANDBOX", "1")
        .env("TERM", "dumb")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("CONVERSATION-ENDS"), "the client did not finish: {}", output.status);
}

/// A model, and what leads the proxy to it.
fn model(rig: &Rig) -> (Model, String) {
    let model = Model::start("api.anthropic.com", rig.home.root());
    let upstreams = rig.home.root().join("upstreams.toml");
    let text = format!(
        "roots = [\"{}\"]\npins = {{ \"api.anthropic.com:443\" = \"{}\" }}\n",
        model.ca().display(),
        model.addr()
    );
    fs::write(&upstreams, text).unwrap();
    (model, upstreams.to_str().unwrap().to_owned())
}

/// Every `Bash` call has a process that runs its command, ends with 0, and stands below the client.
fn each_command_has_its_process(rig: &Rig, commands: &[&str]) {
    for command in commands {
        let process = eventually(&format!("`{command}` has a process"), || {
            let ran = |process: &Value| {
                process["tool_call"].is_string() && process["detail"]["exit"] == json!({"code": 0})
            };
            rig.with(&format!("eval '\\''{command}'\\''")).into_iter().find(ran)
        });
        let calls = rig.home.jsonl(&["events", "--jsonl", "--text", "--kind", "tool_call"]);
        let call = calls.iter().find(|call| call["tool_call"] == process["tool_call"]).unwrap();
        assert!(call.to_string().contains(command), "{call:#}");
        assert_eq!(call["session"], process["session"]);
        assert_eq!(call["turn"], process["turn"]);
        assert_eq!(process["detail"]["cwd"], json!(rig.work()));

        let all = rig.processes();
        let chain = chain(&all, &process);
        assert!(chain.last().unwrap().contains("[[conversation:"), "{chain:#?}");
        let client = eventually("the client has ended", || {
            let is_it = |other: &Value| {
                other["process"] == process["detail"]["root"]
                    && other["detail"]["ended"].is_string()
            };
            rig.processes().into_iter().find(is_it)
        });
        assert_eq!(client["client"], "claude-code");
        assert_eq!(client["session"], process["session"]);
        assert_eq!(client["detail"]["exit"], json!({"code": 0}));
    }
}

#[test]
fn each_command_of_claude_code_has_its_process() {
    let Some(claude) = claude().filter(|_| is_told()) else { return };
    let rig = Rig::new();
    let (_model, upstreams) = model(&rig);
    let (_daemon, vigil) = rig.up_with_daemon(&["--test-upstreams", &upstreams]);
    fs::write(rig.work().join("settings.env"), "COLOUR=blue\n").unwrap();

    converse(&rig, &vigil, claude, "default");

    each_command_has_its_process(&rig, &["echo first-step", "echo second-step", "ls -la"]);
    // What the shell began is the call's as well.
    let listing = rig.with("ls -la").into_iter().find(|process| process["text"] == "ls -la");
    assert!(listing.unwrap()["tool_call"].is_string());
}

#[test]
fn a_command_that_takes_its_time_has_its_process_without_the_daemon() {
    let Some(claude) = claude() else { return };
    let rig = Rig::new();
    let (_model, upstreams) = model(&rig);
    let vigil = rig.up(&["--test-upstreams", &upstreams]);
    eventually("processes are followed", || rig.feed());

    converse(&rig, &vigil, claude, "slow");

    // The table tells of no exit code.
    if rig.feed().as_deref() == Some("kernel") {
        each_command_has_its_process(&rig, &["sleep 4; echo slow-step"]);
    } else {
        eprintln!("the kernel does not tell of processes here: looking at the table alone");
        let process = rig.ended("sleep 4");
        assert_eq!(process["client"], "claude-code");
    }
}
