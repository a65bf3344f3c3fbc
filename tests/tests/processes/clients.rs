//! The real Claude Code, whose commands a scripted model names: each has its process.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use vigil_tests::{
    claude,
    model::Model,
    vigil::{Running, eventually},
};

use super::rig::{Rig, chain, is_told};

/// Runs one whole conversation.
fn converse(rig: &Rig, vigil: &Running, claude: PathBuf, conversation: &str) {
    let mut client = claude::asking(&rig.home, claude, &rig.work(), conversation);
    client.env("HTTPS_PROXY", vigil.field("proxy")).env("NODE_EXTRA_CA_CERTS", vigil.field("ca"));
    claude::finish(client);
}

/// A model, and what leads the proxy to it.
fn model(rig: &Rig) -> (Model, String) {
    let model = Model::start("api.anthropic.com", rig.home.root());
    let upstreams = model.upstreams(rig.home.root());
    (model, upstreams)
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
    let Some(claude) = claude::installed().filter(|_| is_told()) else { return };
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
    let Some(claude) = claude::installed() else { return };
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
