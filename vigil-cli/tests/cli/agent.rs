//! What is asked of a running agent, and what happens when it is not there.

use std::{fs, os::unix::fs::PermissionsExt, sync::Mutex};

use serde_json::{Value, json};

use crate::{
    home::Home,
    stand_in::{StandIn, end, waiting_process, write_run_file},
};

fn status() -> Value {
    json!({
        "schema": "vigil.status/1",
        "version": "9.9.9",
        "agent": {
            "running": true, "pid": 42, "started": "2026-11-22T20:00:00Z",
            "dashboard": "http://localhost:9081", "paused_since": null
        },
        "proxy": {
            "running": true, "url": "http://127.0.0.1:9080", "ca": "/x/ca.pem",
            "test_upstreams": true, "open": 2, "hosts": ["api.anthropic.com"]
        },
        "daemon": {
            "state": "running", "since": "2026-11-22T20:00:00Z", "why": null,
            "started": "2026-11-22T19:00:00Z", "administrator": false,
            "sees": "every process as it begins and ends",
            "can": {
                "ca": {"yes": false, "why": "this build leaves it out\u{1b}[2J"},
                "watch": {"yes": true, "why": "by the process connector"}
            },
            "leases": [{"of": "proxy", "port": 9080, "seconds": 30}],
            "anchor": {"state": "ahead", "count": 1234, "number": 7, "at": "2026-11-22T20:00:00Z"},
            "test": true
        },
        "surfaces": [{
            "client": "claude-code", "version": "2.1.330", "pid": null,
            "witnesses": {
                "transcript": {"count": 12345, "last": "2026-11-22T20:00:00Z"},
                "proxy": {"count": 7, "last": "2026-11-22T20:00:00Z"}
            },
            "coverage": {
                "seen": null, "captured": null, "unknown": null,
                "method": "none", "window": "24h", "ratio": null
            },
            "verdict": "witnessed",
            "next": ["HTTPS_PROXY=x claude\u{1b}[2J"]
        }],
        "drops": {"gap.line-too-long": 3},
        "store": {"events": 60000, "bytes": 38_535_168, "path": "/x/data", "findings": {"high": 2}},
        "warnings": ["test upstreams are on\u{202e}"]
    })
}

#[test]
fn without_an_agent_what_needs_one_exits_3_and_says_how_to_start_it() {
    let home = Home::new();
    for command in ["down", "pause", "resume"] {
        let ran = home.vigil([command]).exits(3);
        assert_eq!(
            ran.stderr,
            "error: the agent is not running\n\nhint: start it with `vigil up`\n"
        );
    }
}

#[test]
fn the_run_file_of_an_agent_that_has_gone_is_stale() {
    let home = Home::new();
    let gone = Mutex::new(waiting_process());
    write_run_file(&home, gone.lock().unwrap().id(), "http://127.0.0.1:9");
    end(&gone);

    home.vigil(["down"]).exits(3);
    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    assert_eq!(status["agent"]["running"], false);
}

#[test]
fn another_process_with_the_agents_number_is_not_the_agent() {
    let home = Home::new();
    let other = Mutex::new(waiting_process());
    write_run_file(&home, other.lock().unwrap().id(), "http://127.0.0.1:9");

    home.vigil(["pause"]).exits(3);
    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    assert_eq!(status["agent"]["running"], false);
    end(&other);
}

#[test]
fn status_is_the_agents_own_when_it_runs() {
    let home = Home::new();
    let agent = StandIn::start(&home, &status());

    let document = home.vigil(["status", "--json"]).exits(0).document("status");

    assert_eq!(document["agent"]["pid"], 42);
    assert_eq!(document["surfaces"][0]["witnesses"]["proxy"]["count"], 7);
    assert_eq!(document["surfaces"][0]["coverage"]["ratio"], Value::Null);
    assert_eq!(document["drops"]["gap.line-too-long"], 3);
    assert_eq!(agent.asked(), ["GET /api/v1/status HTTP/1.1"]);
}

#[test]
fn status_for_people_has_warnings_first_and_every_witness_with_its_standing() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &status());

    let words = home.vigil(["status"]).exits(0).stdout;

    assert!(words.starts_with("warning: test upstreams are on\\u{202e}\n"), "{words}");
    for part in [
        "recording, pid 42",
        "http://127.0.0.1:9080, 2 open, decrypts api.anthropic.com  test upstreams",
        "36.7 MiB",
        "2 high open",
        "gap.line-too-long 3",
        "claude-code 2.1.330  witnessed",
        "unknown: nothing independent counts this client's connections",
        "HTTPS_PROXY=x claude\\u{1b}[2J",
        "warning: the agent that runs is of version 9.9.9, and this command is of version ",
        "\nNext\n  vigil down && vigil up",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let line = |start: &str| words.lines().find(|line| line.trim().starts_with(start)).unwrap();
    assert!(line("transcript").ends_with("self-reported"), "{words}");
    assert!(line("transcript").contains("12\u{202f}345 events"), "{words}");
    assert!(line("proxy       ").ends_with("independent"), "{words}");
}

#[test]
fn down_asks_and_waits_until_the_process_has_gone() {
    let home = Home::new();
    let agent = StandIn::start(&home, &status());
    let pid = agent.pid();

    let document = home.vigil(["down", "--json"]).exits(0).document("down");

    assert_eq!(document["pid"], pid);
    assert_eq!(agent.asked(), ["POST /api/v1/down HTTP/1.1"]);
    home.vigil(["down"]).exits(3);
}

#[test]
fn pause_and_resume_are_passed_on() {
    let home = Home::new();
    let agent = StandIn::start(&home, &status());

    let paused = home.vigil(["pause", "--json"]).exits(0).document("pause");
    let resumed = home.vigil(["resume"]).exits(0);

    assert_eq!(paused["paused"], true);
    assert!(resumed.stderr.contains("Recording again."));
    assert_eq!(agent.asked(), ["POST /api/v1/pause HTTP/1.1", "POST /api/v1/resume HTTP/1.1"]);
}

#[test]
fn an_agent_that_answers_nonsense_is_named_and_the_store_is_shown_instead() {
    let home = Home::new();
    let agent = StandIn::start(&home, &json!({ "schema": "something/1" }));

    let status = home.vigil(["status", "--json"]).exits(0).document("status");

    assert_eq!(status["agent"]["running"], false);
    assert_eq!(status["agent"]["pid"], agent.pid());
    let warning = status["warnings"][0].as_str().unwrap();
    assert!(warning.contains("vigil logs"), "{warning}");
}

#[test]
fn a_run_file_that_others_could_read_or_write_is_not_trusted() {
    let home = Home::new();
    let agent = StandIn::start(&home, &status());
    let file = home.path("vigil/run/agent.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let ran = home.vigil(["down"]).exits(4);

    assert!(ran.stderr.contains("cannot be trusted: others can read or write it"), "{ran:?}");
    assert_eq!(agent.asked(), Vec::<String>::new());
}

#[test]
fn a_token_is_sent_to_loopback_only() {
    let home = Home::new();
    let process = Mutex::new(waiting_process());
    write_run_file(&home, process.lock().unwrap().id(), "http://192.0.2.1:9081");

    let ran = home.vigil(["down"]).exits(4);

    assert!(ran.stderr.contains("its address is not on loopback"), "{ran:?}");
    end(&process);
}

#[test]
fn the_environments_proxy_settings_are_not_used_for_the_agent() {
    let home = Home::new();
    let agent = StandIn::start(&home, &status());
    let nowhere = "http://127.0.0.1:9";

    let output = home
        .command(["pause"])
        .env("HTTP_PROXY", nowhere)
        .env("http_proxy", nowhere)
        .env("ALL_PROXY", nowhere)
        .output()
        .unwrap();

    assert!(output.status.success());
    assert_eq!(agent.asked().len(), 1);
}
