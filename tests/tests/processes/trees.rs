//! Made-up agents: what they begin is theirs, however it is begun, and nothing else is recorded.

use std::process::Command;

use serde_json::json;
use vigil_tests::vigil::eventually;

use super::{
    rig::{Rig, is_told, pid},
    support::is_root,
};

#[test]
fn everything_that_an_agent_begins_is_its_own() {
    if !is_told() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, _vigil) = rig.up_with_daemon(&["--no-proxy"]);

    // Nobody's, with the same words.
    let nobodys = Command::new("/bin/sleep").arg("0.0451").current_dir(rig.work()).status();
    assert!(nobodys.unwrap().success());
    // A daemon, twice forked, that outlives its agent and begins something itself.
    let script = "\
        /bin/sleep 0.0452; \
        (setsid /bin/bash -c '/bin/sleep 1; /bin/sleep 0.0453; exit 3' &) ; \
        /bin/bash -c 'exec /bin/sh -c \"exec /bin/sleep 0.0454\"'; \
        /bin/bash -c 'kill -TERM $$'; \
        exit 7";
    let status = rig.agent(script).status().unwrap();
    assert_eq!(status.code(), Some(7));

    let late = rig.ended("/bin/sleep 0.0453");
    let agent = rig.agent_ended("exit 7");
    let daemon = "/bin/bash -c '/bin/sleep 1; /bin/sleep 0.0453; exit 3'";
    for (line, exit) in [
        ("/bin/sleep 0.0452", json!({"code": 0})),
        ("/bin/sleep 0.0454", json!({"code": 0})),
        ("/bin/bash -c 'kill -TERM $$'", json!({"signal": 15})),
        (daemon, json!({"code": 3})),
    ] {
        let process = rig.ended(line);
        assert_eq!(process["client"], "claude-code", "{line}");
        assert_eq!(process["detail"]["exit"], exit, "{line}");
        assert_eq!(process["detail"]["root"], agent["process"], "{line}");
        assert_eq!(process["detail"]["cwd"], json!(rig.work()), "{line}");
    }
    assert_eq!(agent["detail"]["exit"], json!({"code": 7}));
    assert_eq!(late["detail"]["root"], agent["process"]);
    assert_eq!(late["detail"]["parent"], rig.ended(daemon)["process"]);
    // One process, three programs.
    let earlier = &rig.ended("/bin/sleep 0.0454")["detail"]["earlier"];
    assert!(earlier[0].as_str().unwrap().starts_with("/bin/bash -c"), "{earlier:#}");
    assert!(earlier[1].as_str().unwrap().starts_with("/bin/sh -c"), "{earlier:#}");
    assert_eq!(rig.with("0.0451").len(), 0);
}

#[test]
fn a_secret_on_a_command_line_is_masked_and_found() {
    if !is_told() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, vigil) = rig.up_with_daemon(&["--no-proxy"]);
    // Amazon's documented example, in parts.
    let id = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
    let key = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat();

    let secrets = format!("AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={key}");
    let script = format!("exec /bin/bash -c '/bin/sleep 0.5; exit 7 # {secrets}'");
    assert_eq!(rig.agent(&script).status().unwrap().code(), Some(7));

    let agent = rig.agent_ended("exit 7");
    assert_eq!(agent["detail"]["earlier"].as_array().map(Vec::len), Some(1), "{agent:#}");
    eventually("the secret is a finding", || {
        let findings = rig.home.json(&["findings", "--json"])["findings"].clone();
        findings.as_array()?.iter().any(|finding| finding["rule"] == "aws_access_key").then_some(())
    });
    assert!(vigil.end().success());
    assert!(!rig.home.holds(&id), "the key id is at rest in clear");
    assert!(!rig.home.holds(&key), "the key is at rest in clear");
}

#[test]
fn nothing_of_a_pause_is_on_record() {
    if !is_told() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, _vigil) = rig.up_with_daemon(&["--no-proxy"]);
    let script = |words: &str| format!("/bin/sleep {words}; exit 0");
    assert!(rig.agent(&script("0.0471")).status().unwrap().success());
    rig.agent_ended("sleep 0.0471");

    assert!(rig.home.run(&["pause"]).status.success());
    assert!(rig.agent(&script("0.0472")).status().unwrap().success());
    assert!(rig.home.run(&["resume"]).status.success());

    assert!(rig.agent(&script("1.0473")).status().unwrap().success());
    rig.agent_ended("sleep 1.0473");
    assert_eq!(rig.with("0.0472").len(), 0);
}

#[test]
fn five_hundred_short_programs_are_each_on_record() {
    if !is_told() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, _vigil) = rig.up_with_daemon(&["--no-proxy"]);

    let script = "for ((i = 0; i < 500; i++)); do /bin/true short-$i; done; exit 7";
    assert_eq!(rig.agent(script).status().unwrap().code(), Some(7));

    let agent = rig.agent_ended("exit 7");
    let children = eventually("every one has ended", || {
        let mut children = rig.processes();
        children.retain(|process| process["detail"]["parent"] == agent["process"]);
        children.retain(|process| process["detail"]["exit"] == json!({"code": 0}));
        (children.len() == 500).then_some(children)
    });
    // What was over before it could be read is on record too, and counted.
    let read = children.iter().filter(|process| {
        process["text"].as_str().is_some_and(|text| text.starts_with("/bin/true short-"))
    });
    let read = read.count();
    let status = rig.home.json(&["status", "--json"]);
    let unread = status["drops"]["drop.process.unread"].as_u64().unwrap_or(0);
    assert!(read as u64 + unread >= 500, "{read} read, {unread} counted: {:#}", status["drops"]);
}

#[test]
fn what_another_user_runs_is_not_on_record() {
    if !is_told() || !is_root() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, _vigil) = rig.up_with_daemon(&["--no-proxy"]);
    let as_another = "setpriv --reuid 65534 --clear-groups";

    let script = format!("{as_another} /bin/sleep 0.0461; /bin/sleep 0.0462; exit 7");
    assert_eq!(rig.agent(&script).status().unwrap().code(), Some(7));
    rig.agent_ended("exit 7");

    // It is seen for as long as it is ours, and not what it became then.
    assert_eq!(rig.ended("/bin/sleep 0.0462")["detail"]["exit"], json!({"code": 0}));
    let texts: Vec<_> =
        rig.with("0.0461").into_iter().map(|process| process["text"].clone()).collect();
    let became = texts.iter().filter(|text| text.as_str().unwrap().starts_with("/bin/sleep"));
    assert_eq!(became.count(), 0, "{texts:?}");
}

#[test]
fn the_daemon_may_come_and_go() {
    let rig = Rig::new();
    // An agent that runs all the while, from before anything looks.
    let mut long = rig.agent("/bin/sleep 500; exit 7").spawn().unwrap();
    let _vigil = rig.up(&["--no-proxy"]);
    let own = eventually("processes are followed", || rig.feed());
    assert_ne!(own, "daemon");
    let script = |words: &str| format!("/bin/sleep {words}; exit 0");
    let seen = |words: &str| rig.agent_ended(&format!("/bin/sleep {words}; exit 0"));

    assert!(rig.agent(&script("2.01")).status().unwrap().success());
    seen("2.01");
    if is_told() {
        let daemon = rig.place.start();
        rig.follows("daemon");
        assert!(rig.agent(&script("0.02")).status().unwrap().success());
        seen("0.02");
        assert!(daemon.stop().success());
        rig.follows(&own);
        assert!(rig.agent(&script("2.03")).status().unwrap().success());
        seen("2.03");
        let gaps = rig.home.jsonl(&["events", "--jsonl", "--text", "--kind", "gap"]);
        assert!(gaps.iter().any(|gap| gap.to_string().contains("processes-unseen")), "{gaps:#?}");
    }

    // It is one process still, and ends once.
    let sleeper = rig.with("/bin/sleep 500").into_iter().find(|process| {
        process["text"] == "/bin/sleep 500" && process["detail"]["ended"].is_null()
    });
    let sleeper = sleeper.unwrap();
    vigil_tests::vigil::signal(u32::try_from(pid(&sleeper["process"])).unwrap(), "TERM");
    assert_eq!(long.wait().unwrap().code(), Some(7));
    rig.agent_ended("exit 7");
    let on_record = rig.with("/bin/sleep 500");
    assert_eq!(on_record.len(), 2, "the agent and its child: {on_record:#?}");
}
