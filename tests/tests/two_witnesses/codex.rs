//! The same with the real Codex: what its rollout says and what the proxy saw is one record,
//! although the rollout names an answer only when that is over.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};
use vigil_tests::{
    claude, codex,
    model::{Model, Setting},
    vigil::{Home, Running, eventually},
};

use super::{planted_key, planted_secret, total};

/// The hosts of its model and of its maker.
const HOSTS: &[&str] = &["api.openai.com", "chatgpt.com"];

struct Run {
    home: Home,
    vigil: Running,
    model: Model,
}

/// Runs one whole conversation of the real client through Vigil.
fn converse(conversation: &str, refuses_sockets: bool, prepare: fn(&Home)) -> Option<Run> {
    let client = codex::installed()?;
    let home = Home::default();
    codex::settle(&home);
    prepare(&home);
    let setting = Setting {
        hosts: HOSTS,
        at: ([127, 0, 0, 1], 0).into(),
        refuses_sockets,
        counts_calls: false,
    };
    let model = Model::start_as(setting, home.root());
    let upstreams = model.upstreams(home.root());
    nothing_else_is_reached(&home);
    let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
    let settings = format!(
        "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n",
        planted_key(),
        planted_secret()
    );
    let work = claude::work(&home, &settings);
    let mut client = codex::asking(&home, client, &work, conversation);
    client.env("HTTPS_PROXY", vigil.field("proxy")).env("SSL_CERT_FILE", vigil.field("ca"));
    claude::finish(client);
    Some(Run { home, vigil, model })
}

/// Whatever else the client connects to is behind a proxy that is not there.
fn nothing_else_is_reached(home: &Home) {
    let private = |mode| fs::Permissions::from_mode(mode);
    let nowhere = home.root().join("nowhere");
    fs::write(&nowhere, "http://127.0.0.1:1\n").unwrap();
    fs::set_permissions(&nowhere, private(0o600)).unwrap();
    let config = home.vigil().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::set_permissions(home.vigil(), private(0o700)).unwrap();
    fs::set_permissions(&config, private(0o700)).unwrap();
    let text = format!("[proxy]\nupstream = {:?}\n", nowhere.display().to_string());
    fs::write(config.join("config.toml"), text).unwrap();
}

/// What is on record of the conversation, once both witnesses have told all of it.
fn told_by_both(run: &Run, results: usize) -> Vec<Value> {
    let parts = ["prompt", "thinking", "response", "tool_call", "tool_result", "model_call"]
        .map(Value::from);
    eventually("both witnesses have told the conversation", || {
        let mut events = run.home.jsonl(&["events", "--jsonl"]);
        events.retain(|event| parts.contains(&event["kind"]));
        let of = |kind: &str| events.iter().filter(|event| event["kind"] == kind).count();
        let is_all = of("model_call") as u64 == run.model.calls()
            && of("tool_result") == results
            && events.iter().all(|event| event["witnesses"] == json!(["transcript", "proxy"]));
        is_all.then_some(events)
    })
}

fn is_one_record(run: Run) {
    let events = told_by_both(&run, 5);

    assert_eq!(total(&run.home), [5, 2870, 0, 8900, 305]);
    let of = |kind: &'static str| events.iter().filter(move |event| event["kind"] == kind);
    for (kind, count) in [("prompt", 1), ("thinking", 1), ("response", 5), ("tool_call", 5)] {
        assert_eq!(of(kind).count(), count, "{kind}: {events:#?}");
    }
    assert!(of("tool_call").all(|call| call["outcome"] == "executed"), "{events:#?}");
    let sessions = run.home.json(&["sessions", "--json"])["sessions"].clone();
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions:#}");
    assert_eq!((&sessions[0]["client"], &sessions[0]["turns"]), (&json!("codex"), &json!(1)));
    assert_eq!(sessions[0]["tool_calls"], 5);
    let findings = run.home.json(&["findings", "--json"])["findings"].clone();
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings:#}");
    assert_eq!(findings[0]["rule"], "aws_access_key");
    assert!(run.vigil.end().success());
    assert!(!run.home.holds(&planted_key()), "the key id is at rest in clear");
    assert!(!run.home.holds(&planted_secret()), "the secret key is at rest in clear");
}

#[test]
fn a_conversation_of_codex_over_a_websocket_is_stored_once() {
    let Some(run) = converse("default", false, |_| {}) else { return };
    is_one_record(run);
}

#[test]
fn a_conversation_of_codex_without_websockets_is_stored_once() {
    let Some(run) = converse("default", true, |_| {}) else { return };
    is_one_record(run);
}

#[test]
fn a_call_that_a_hook_of_codex_denies_is_denied_to_both() {
    let Some(run) = converse("slow", false, codex::deny_all) else { return };

    let events = told_by_both(&run, 1);

    for kind in ["tool_call", "tool_result"] {
        let [event] = events.iter().filter(|event| event["kind"] == kind).collect::<Vec<_>>()[..]
        else {
            panic!("one {kind}: {events:#?}")
        };
        assert_eq!(event["outcome"], "denied", "{event:#}");
    }
    assert_eq!(total(&run.home), [2, 960, 0, 900, 40]);
}
