//! A client's own telemetry beside its transcript and the proxy: the real clients, led by nothing but
//! what `vigil route` writes, and every call and every token counted once.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use vigil_proto::telemetry::{KEY_FILE, token};
use vigil_tests::{
    claude, codex,
    model::{Model, Setting},
    vigil::{Home, Running, eventually, settles},
};

const HOSTS: &[&str] = &["api.anthropic.com", "api.openai.com", "chatgpt.com"];

/// A model that is every provider, and a Vigil that is led to it.
struct World {
    home: Home,
    vigil: Running,
    model: Model,
}

impl World {
    fn start() -> Self {
        let home = Home::default();
        let setting = Setting {
            hosts: HOSTS,
            at: ([127, 0, 0, 1], 0).into(),
            refuses_sockets: false,
            counts_calls: false,
        };
        let model = Model::start_as(setting, home.root());
        let upstreams = model.upstreams(home.root());
        // Whatever else a client connects to is behind a proxy that is not there: it ends here.
        let nowhere = home.root().join("nowhere");
        fs::write(&nowhere, "http://127.0.0.1:1\n").unwrap();
        private(&nowhere, 0o600);
        let config = home.vigil().join("config");
        fs::create_dir_all(&config).unwrap();
        private(&home.vigil(), 0o700);
        private(&config, 0o700);
        let text = format!("[proxy]\nupstream = {:?}\n", nowhere.display().to_string());
        fs::write(config.join("config.toml"), text).unwrap();
        let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
        Self { home, vigil, model }
    }

    fn vigil_says(&self, arguments: &[&str]) -> String {
        let output = self.home.run(arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "vigil {arguments:?}: {said}");
        said
    }

    /// The events, once all three witnesses have told of every call.
    fn settled(&self) -> Vec<Value> {
        settles("three witnesses told of every call", || {
            let events = self.home.jsonl(&["events", "--jsonl", "--text"]);
            let calls = of(&events, "model_call");
            let tools = of(&events, "tool_call");
            let served = self.model.calls();
            let all = [&calls[..], &tools[..]].concat();
            let by_all = all.iter().filter(|event| witnesses(event).len() == 3).count();
            if calls.len() as u64 == served && by_all == all.len() && !tools.is_empty() {
                return Ok(events);
            }
            Err(format!("served {served}\n{all:#?}"))
        })
    }

    /// Every total is that of what was served.
    fn totals_are_those_of_the_model(&self) {
        let served = self.model.served();
        let total = self.home.json(&["usage", "--json"])["total"].clone();
        let sum = |of: &dyn Fn(usize) -> u64| (0..served.len()).map(of).sum::<u64>();
        assert_eq!(total["calls"], json!(served.len()), "{total}");
        for (name, sum) in [
            ("input", sum(&|at| served[at].tokens.input)),
            ("cache_read", sum(&|at| served[at].tokens.cache_read)),
            ("cache_write", sum(&|at| served[at].tokens.cache_write)),
            ("output", sum(&|at| served[at].tokens.output)),
            ("reasoning", sum(&|at| served[at].tokens.reasoning)),
        ] {
            assert_eq!(total[name], json!(sum), "{name}: {total}\n{served:#?}");
        }
    }

    fn nothing_contradicts(&self) {
        let findings = self.home.json(&["findings", "--json"]);
        let conflicts: Vec<_> = findings["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["rule"] == "witness-conflict")
            .collect();
        assert!(conflicts.is_empty(), "{conflicts:#?}");
    }

    fn telemetry_is_evidence_of(&self, client: &str) {
        let status = self.home.json(&["status", "--json"]);
        assert_eq!(status["agent"]["telemetry"], self.vigil.ready["telemetry"]);
        let surfaces = status["surfaces"].as_array().unwrap();
        let surface = surfaces.iter().find(|surface| surface["client"] == client).unwrap();
        assert!(surface["witnesses"]["telemetry"]["count"].as_u64().unwrap() > 0, "{surface:#}");
        let lost: Vec<_> = status["drops"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| name.contains("telemetry"))
            .collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

/// Runs the client to the end of its conversation.
fn converse(mut client: Command) {
    let output = client.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("CONVERSATION-ENDS"), "{}\n{said}\n{words}", output.status);
}

fn private(path: &std::path::Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, mode).unwrap();
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["kind"] == kind).collect()
}

fn witnesses(event: &Value) -> Vec<&str> {
    event["witnesses"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn claude_code_is_told_of_by_three_witnesses() {
    let Some(program) = claude::installed() else { return };
    let world = World::start();
    let settings = world.home.user().join(".claude/settings.json");
    fs::write(&settings, "{\"model\": \"opus\"}").unwrap();
    let shown = world.vigil_says(&["route", "on", "claude-code", "--telemetry", "--dry-run"]);
    assert!(shown.contains("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"), "{shown}");
    let key = fs::read(world.home.vigil().join("data").join(KEY_FILE)).unwrap();
    let key: [u8; 32] = key.try_into().unwrap();
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{\"model\": \"opus\"}");

    world.vigil_says(&["route", "on", "claude-code", "--telemetry", "--yes"]);
    world.vigil_says(&["route", "off", "claude-code"]);
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{\"model\": \"opus\"}");
    world.vigil_says(&["route", "on", "claude-code", "--telemetry", "--yes"]);
    // Once more, as after an update: what it tells stays.
    world.vigil_says(&["route", "on", "claude-code", "--yes"]);
    let written = fs::read_to_string(&settings).unwrap();
    assert!(written.contains(&token(&key, "claude-code")), "the client has its token");
    assert!(!written.contains(&token(&key, "codex")), "and no other's");
    let work = claude::work(&world.home, "PLAIN=1\n");
    converse(claude::asking(&world.home, program, &work, "default"));

    let events = world.settled();
    world.totals_are_those_of_the_model();
    world.nothing_contradicts();
    world.telemetry_is_evidence_of("claude-code");
    for tool in of(&events, "tool_call") {
        assert_eq!(tool["outcome"], "executed", "{tool:#}");
    }
    let total = world.home.json(&["usage", "--json"])["total"].clone();
    assert_eq!(total["estimated"], json!(false), "the client's own figure: {total}");
    assert!(total["cost_usd"].as_f64().unwrap() > 0.0, "{total}");
    for file in fs::read_dir(world.home.vigil().join("data")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap_or_default();
        let token = token(&key, "claude-code");
        assert!(!bytes.windows(64).any(|text| text == token.as_bytes()), "it is in no record");
    }
    // The client has written the file anew meanwhile, as it does with settings of its own.
    world.vigil_says(&["route", "off", "claude-code"]);
    let left = fs::read_to_string(&settings).unwrap();
    assert!(!left.contains("OTEL_") && !left.contains("HTTPS_PROXY"), "{left}");
    assert!(world.vigil.end().success());
}

/// A hook refuses every tool: telemetry says by whom, and nobody says that anything ran.
#[test]
fn a_refusal_is_told_alike() {
    let Some(program) = claude::installed() else { return };
    let world = World::start();
    let says = r#"{"hookSpecificOutput": {"hookEventName": "PreToolUse",
        "permissionDecision": "deny", "permissionDecisionReason": "not here"}}"#;
    let script = world.home.user().join("deny.sh");
    fs::write(&script, format!("#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{says}\nEND\n")).unwrap();
    private(&script, 0o700);
    let hook = json!({"type": "command", "command": script});
    let hooks = json!({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [hook]}]}});
    fs::write(world.home.user().join(".claude/settings.json"), hooks.to_string()).unwrap();
    world.vigil_says(&["route", "on", "claude-code", "--telemetry", "--yes"]);
    let work = claude::work(&world.home, "PLAIN=1\n");

    converse(claude::asking(&world.home, program, &work, "default"));

    let events = world.settled();
    for tool in of(&events, "tool_call") {
        // This version's transcript does not tell the two apart; the worst that anybody told stays.
        assert!(tool["outcome"] == "denied" || tool["outcome"] == "failed", "{tool:#}");
        let told = events.iter().find(|event| {
            event["name"] == "tool-refused" && event["tool_call"] == tool["tool_call"]
        });
        let told = told.unwrap_or_else(|| panic!("nobody says who refused {tool:#}"));
        assert!(told["text"].as_str().unwrap().ends_with("refused by hook"), "{told:#}");
    }
    for result in of(&events, "tool_result") {
        assert!(witnesses(result).contains(&"telemetry"), "{result:#}");
    }
    world.totals_are_those_of_the_model();
    world.nothing_contradicts();
    assert!(world.vigil.end().success());
}

/// Without a proxy nothing but the telemetry is led: no certificate, no variable for a proxy.
#[test]
fn telemetry_can_be_led_alone() {
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);

    let on = home.run(&["route", "on", "claude-code", "--telemetry", "--yes"]);
    let said = [on.stdout, on.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(on.status.success(), "{said}");
    assert!(said.contains("claude-code: its telemetry is led to Vigil from"), "{said}");
    assert!(!said.contains("calls fail") && !said.contains("led through the proxy"), "{said}");
    let row = |home: &Home| home.json(&["route", "--json"])["clients"][0].clone();
    let led = row(&home);
    assert_eq!((&led["telemetry"], &led["routed"]), (&json!("yes"), &json!("no")), "{led}");

    let written = fs::read_to_string(home.user().join(".claude/settings.json")).unwrap();
    assert!(written.contains(vigil.field("telemetry")), "{written}");
    assert!(!written.contains("HTTPS_PROXY"), "{written}");
    let plain = home.run(&["route", "on", "codex", "--yes"]);
    assert!(!plain.status.success(), "the proxy itself is not there");
    assert!(home.run(&["route", "off", "claude-code", "--yes"]).status.success());
    assert!(!home.user().join(".claude/settings.json").exists(), "it was made for this");
    assert_eq!(row(&home)["telemetry"], "no");
    assert!(vigil.end().success());
    // Whatever the agent had not taken in before its end is there after the next read.
    assert!(home.run(&["ingest", "--once"]).status.success());
    let changes = home.jsonl(&["events", "--jsonl", "--text", "--kind", "config_change"]);
    for (name, words) in [
        ("route on", "Claude Code's telemetry is led to http://127.0.0.1:"),
        ("route off", "Claude Code's telemetry is no longer led to Vigil"),
    ] {
        let change = changes.iter().find(|change| change["name"] == name).unwrap();
        assert!(change["text"].as_str().unwrap().starts_with(words), "{change:#}");
    }
}

/// Its settings hold a token then.
#[test]
fn whose_settings_can_be_read_by_others_is_warned() {
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);
    let settings = home.user().join(".claude/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "{}").unwrap();
    for (mode, is_warned) in [(0o644, true), (0o600, false)] {
        private(&settings, mode);

        let shown = home.run(&["route", "on", "claude-code", "--telemetry", "--dry-run"]);

        let said = String::from_utf8_lossy(&shown.stderr).into_owned();
        assert!(shown.status.success(), "{said}");
        assert_eq!(said.contains("chmod 600"), is_warned, "{mode:o}: {said}");
    }
    assert!(vigil.end().success());
}

/// For one command nothing is written.
#[test]
fn one_command_is_given_the_variables() {
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);
    let claude = home.root().join("claude");
    fs::write(&claude, "#!/bin/sh\necho $OTEL_EXPORTER_OTLP_LOGS_ENDPOINT $HTTPS_PROXY\n").unwrap();
    private(&claude, 0o700);
    let claude = claude.to_str().unwrap().to_owned();

    let output = home.run(&["route", "exec", "--telemetry", "--", &claude]);

    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.trim(), format!("{}/v1/logs", vigil.field("telemetry")));
    assert!(!home.user().join(".claude/settings.json").exists());
    assert!(vigil.end().success());
}

#[test]
fn codex_is_told_of_by_three_witnesses() {
    let Some(program) = codex::installed() else { return };
    let world = World::start();
    codex::settle(&world.home);
    let settings = world.home.user().join(".codex/config.toml");
    let before = fs::read_to_string(&settings).unwrap();

    let said = world.vigil_says(&["route", "on", "codex", "--telemetry", "--yes"]);
    assert!(said.contains("codex: its telemetry is led to Vigil"), "{said}");
    assert!(!said.contains("codex-telemetry"), "{said}");
    assert_eq!(world.home.json(&["route", "--json"])["clients"][1]["telemetry"], "yes");
    let work = claude::work(&world.home, "PLAIN=1\n");
    converse(codex::asking(&world.home, program, &work, "default"));

    let events = world.settled();
    world.totals_are_those_of_the_model();
    world.nothing_contradicts();
    world.telemetry_is_evidence_of("codex");
    for tool in of(&events, "tool_call") {
        assert_eq!(tool["outcome"], "executed", "{tool:#}");
    }
    let noted = events.iter().any(|event| event["name"] == "conversation-starts");
    assert!(noted, "what the conversation may do");
    world.vigil_says(&["route", "off", "codex"]);
    assert_eq!(fs::read_to_string(&settings).unwrap(), before);
    assert!(world.vigil.end().success());
}

/// One call, as Claude Code tells it.
fn call(request: &str) -> String {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let count = |key: &str, value: u64| json!({"key": key, "value": {"intValue": value}});
    let told = [
        text("session.id", "0b5f1f6e-1111-4222-8333-444455556666"),
        text("event.name", "api_request"),
        text("request_id", request),
        text("model", "claude-sonnet-4-5"),
        count("input_tokens", 1000),
        count("output_tokens", 10),
    ];
    let record = json!({"timeUnixNano": "1795666663519000000", "attributes": told});
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).to_string()
}

/// Tells it, and gives the status of the answer.
fn tell(home: &Home, vigil: &Running, body: &str) -> u16 {
    let key = fs::read(home.vigil().join("data").join(KEY_FILE)).unwrap();
    let token = token(&key.try_into().unwrap(), "claude-code");
    let at = vigil.field("telemetry").strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&at).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_is_counted_once_when_told_again() {
    let home = Home::default();
    let mut told = 0;
    for round in 0..4 {
        let vigil = Running::start(&home, &["--no-proxy"]);
        for request in [format!("req_{round}"), "req_again".to_owned()] {
            assert_eq!(tell(&home, &vigil, &call(&request)), 200);
        }
        told += 1;
        vigil.kill();

        let total = home.json(&["usage", "--json"])["total"].clone();
        assert_eq!(total["calls"], json!(told + 1), "{total}");
        assert_eq!(total["input"], json!((told + 1) * 1000), "{total}");
    }
}

#[test]
fn what_is_refused_is_seen_in_the_status() {
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);
    assert_eq!(tell(&home, &vigil, "{"), 400);

    eventually("the drop is in the status", || {
        let status = home.json(&["status", "--json"]);
        (status["drops"]["drop.telemetry-unreadable"] == 1).then_some(())
    });
    assert!(vigil.end().success());
}

#[test]
fn a_busy_port_is_named_with_a_remedy() {
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);
    let port = vigil.field("telemetry").rsplit(':').next().unwrap().to_owned();
    let other = Home::default();

    let output = other
        .command(&["up", "--no-proxy", "--port", "0", "--telemetry-port", &port])
        .output()
        .unwrap();

    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains(&format!("telemetry's port {port}")), "{words}");
    assert!(words.contains("--telemetry-port"), "{words}");
    assert!(vigil.end().success());
}

#[test]
fn a_port_that_nobody_chose_keeps_no_agent_from_beginning() {
    // Whoever holds it: another Vigil on this machine, or this one.
    let holder = std::net::TcpListener::bind("127.0.0.1:9082");
    let home = Home::default();

    let vigil = Running::on_usual_telemetry_port(&home, &["--no-proxy"]);

    if let Err(error) = holder.as_ref() {
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }
    let status = home.json(&["status", "--json"]);
    assert!(status["agent"]["telemetry"].is_null(), "{status}");
    assert!(vigil.end().success());
}
