//! The main job: the real Claude Code talks to a model through Vigil's proxy, and what both
//! witnesses saw is stored exactly once.
//!
//! Needs the clients that `cargo xtask test` installs from `tests/agents`; where one could not be
//! installed its tests say so and stop.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use vigil_tests::{
    claude,
    model::Model,
    vigil::{Home, Running, eventually},
};

#[path = "two_witnesses/codex.rs"]
mod codex;
#[path = "two_witnesses/installs.rs"]
mod installs;

/// Amazon's documented example key id, in two parts.
fn planted_key() -> String {
    ["AKIA", "IOSFODNN7EXAMPLE"].concat()
}

fn planted_secret() -> String {
    ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat()
}

struct Run {
    home: Home,
    vigil: Running,
    model: Model,
}

/// Runs one whole conversation of the real client through Vigil.
fn converse(conversation: &str) -> Option<Run> {
    converse_as(conversation, |_, _| ())
}

/// The same, once `prepare` has done something for the client in its home.
fn converse_as(conversation: &str, prepare: fn(&Home, &mut Command)) -> Option<Run> {
    let claude = claude::installed()?;
    let home = Home::default();
    let model = Model::start("api.anthropic.com", home.root());
    let upstreams = model.upstreams(home.root());
    let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
    let settings = format!(
        "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n",
        planted_key(),
        planted_secret()
    );
    let work = claude::work(&home, &settings);
    let mut client = claude::asking(&home, claude, &work, conversation);
    client.env("HTTPS_PROXY", vigil.field("proxy")).env("NODE_EXTRA_CA_CERTS", vigil.field("ca"));
    prepare(&home, &mut client);
    claude::finish(client);
    Some(Run { home, vigil, model })
}

/// The model calls, once both witnesses have named each of them.
fn calls_with_both_witnesses(run: &Run) -> Vec<Value> {
    eventually("every model call is named by transcript and proxy", || {
        let calls = run.home.jsonl(&["events", "--jsonl", "--kind", "model_call"]);
        let both = |call: &Value| call["witnesses"] == serde_json::json!(["transcript", "proxy"]);
        (calls.len() as u64 == run.model.calls() && calls.iter().all(both)).then_some(calls)
    })
}

fn total(home: &Home) -> [u64; 5] {
    let total = home.json(&["usage", "--json"])["total"].clone();
    ["calls", "input", "cache_write", "cache_read", "output"]
        .map(|key| total[key].as_u64().unwrap())
}

#[test]
fn a_conversation_is_stored_once_with_both_witnesses() {
    let Some(run) = converse("default") else { return };

    assert_eq!(calls_with_both_witnesses(&run).len(), 5);
    assert_eq!(total(&run.home), [5, 1680, 1190, 8900, 305]);

    let both = serde_json::json!(["transcript", "proxy"]);
    let events = run.home.jsonl(&["events", "--jsonl"]);
    let of = |kind: &str| -> Vec<&Value> { events.iter().filter(|e| e["kind"] == kind).collect() };
    for (kind, count) in
        [("prompt", 1), ("thinking", 1), ("response", 5), ("tool_call", 5), ("tool_result", 5)]
    {
        assert_eq!(of(kind).len(), count, "{kind}");
        assert!(of(kind).iter().all(|e| e["witnesses"] == both), "{kind}: {:?}", of(kind));
    }
    assert!(of("tool_call").iter().all(|call| call["outcome"] == "executed"));

    let findings = run.home.json(&["findings", "--json"])["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings:#}");
    assert_eq!(findings[0]["rule"], "aws_access_key");
    assert_eq!(findings[0]["turn"], 1);
    assert!(run.vigil.end().success());
    assert!(!run.home.holds(&planted_key()), "the key id is at rest in clear");
    assert!(!run.home.holds(&planted_secret()), "the secret key is at rest in clear");
}

/// The transcript that the client wrote.
fn transcript(home: &Home) -> PathBuf {
    let project = fs::read_dir(home.projects()).unwrap().next().unwrap().unwrap().path();
    let mut files = fs::read_dir(project).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.extension().is_some_and(|e| e == "jsonl")).unwrap()
}

#[test]
fn a_line_forged_afterwards_contradicts_the_proxy_and_absorbs_nothing() {
    let Some(run) = converse("default") else { return };
    calls_with_both_witnesses(&run);
    let file = transcript(&run.home);
    let lines = fs::read_to_string(&file).unwrap();
    let honest = lines.lines().find(|line| line.contains("First a harmless command.")).unwrap();
    let forged = honest.replace("First a harmless command.", "I have looked at nothing.");

    fs::write(&file, format!("{lines}{forged}\n")).unwrap();

    let finding = eventually("the contradiction is a finding", || {
        let findings = run.home.json(&["findings", "--json"])["findings"].clone();
        findings.as_array()?.iter().find(|f| f["rule"] == "witness-conflict").cloned()
    });
    assert_eq!(finding["severity"], "high");
    let answers = run.home.jsonl(&["events", "--jsonl", "--text", "--kind", "response"]);
    let of = |text: &str| answers.iter().find(|answer| answer["text"] == text).cloned().unwrap();
    assert_eq!(
        of("First a harmless command.")["witnesses"],
        serde_json::json!(["transcript", "proxy"])
    );
    let forged = of("I have looked at nothing.");
    assert_eq!(forged["witnesses"], serde_json::json!(["transcript"]));
    assert_eq!(forged["conflicts_with"], of("First a harmless command.")["id"]);
    assert_eq!(total(&run.home), [5, 1680, 1190, 8900, 305]);
}

#[test]
fn a_sub_agent_is_a_link_within_its_session() {
    let Some(run) = converse("delegate") else { return };

    assert_eq!(calls_with_both_witnesses(&run).len(), 4);
    assert_eq!(total(&run.home), [4, 1750, 0, 1500, 105]);
    let sessions = run.home.json(&["sessions", "--json"])["sessions"].clone();
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions:#}");
    assert_eq!(sessions[0]["subagents"].as_array().map(Vec::len), Some(1));
    assert_eq!(sessions[0]["tool_calls"], 2);
    assert_eq!(sessions[0]["turns"], 1);
    assert_eq!(run.home.json(&["findings", "--json"])["findings"], serde_json::json!([]));
}
