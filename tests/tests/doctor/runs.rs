//! Agents that do not run as they should.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
    thread,
};

use serde_json::Value;
use vigil_tests::vigil::{Home, Running, signal};

use crate::{
    rig::{again, doctor},
    support::{Place, own_uid},
};

#[test]
fn an_agent_that_does_not_run() {
    let home = Home::default();
    Running::start(&home, &[]).kill();

    let said = doctor(&home, &[]);

    let fault = said.fault("agent").tells(&["does not run"]);
    assert_eq!(fault.remedy, "vigil up");
    assert_eq!(said.verdict("proxy"), "off");
    let _agent = Running::start(&home, &[]);
    doctor(&home, &[]).is_well();
}

#[test]
fn an_agent_that_hangs() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    signal(agent.pid(), "STOP");

    let fault = doctor(&home, &[]).fault("agent").tells(&["does not answer"]);

    assert!(fault.remedy.contains(&format!("kill -9 {}", agent.pid())), "{}", fault.remedy);
    agent.kill();
    let _agent = Running::start(&home, &[]);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_port_that_another_process_holds() {
    let home = Home::default();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    fs::create_dir_all(home.vigil().join("config")).unwrap();
    let config = home.vigil().join("config/config.toml");
    fs::write(
        &config,
        format!("[dashboard]\nport = {port}\n[proxy]\nport = 0\n[telemetry]\nenabled = false\n"),
    )
    .unwrap();
    let up = home.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(!up.success(), "two listen on one port");

    let fault = doctor(&home, &[]).fault("ports");

    let fault = fault.tells(&[&format!("port {port}"), &std::process::id().to_string()]);
    assert!(fault.remedy.contains("end that process"), "{}", fault.remedy);
    // Once it is free, anybody may take it before an agent does.
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace(&format!("port = {port}"), "port = 0")).unwrap();
    let _agent = Running::start(&home, &[]);
    drop(other);
    doctor(&home, &[]).is_well();
}

/// Between the command and the agent, and says another version than the agent does.
fn older(real: &str) -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (real, inside) =
        (real.trim_start_matches("http://").to_owned(), listener.try_clone().unwrap());
    thread::spawn(move || {
        for client in inside.incoming() {
            let (mut client, mut agent) = (client.unwrap(), TcpStream::connect(&real).unwrap());
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) > 0 {
                asked.push(byte[0]);
            }
            // Its own Host would be taken for another page's.
            let asked = String::from_utf8(asked).unwrap();
            let asked = asked.replace(&at.to_string(), &real);
            let asked = asked.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            agent.write_all(asked.as_bytes()).unwrap();
            let mut answer = Vec::new();
            let _ = agent.read_to_end(&mut answer);
            let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
            let other = version.replace(env!("CARGO_PKG_VERSION"), "0.0.9");
            assert_eq!(version.len(), other.len());
            let answer = String::from_utf8_lossy(&answer).replace(&version, &other);
            let _ = client.write_all(answer.as_bytes());
        }
    });
    (format!("http://{at}"), listener)
}

#[test]
fn an_agent_of_another_version() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    let run = home.vigil().join("run/agent.json");
    let mut file: Value = serde_json::from_slice(&fs::read(&run).unwrap()).unwrap();
    let (api, _listener) = older(file["api"].as_str().unwrap());
    file["api"] = api.into();
    fs::write(&run, file.to_string()).unwrap();

    let fault = doctor(&home, &[]).fault("agent");

    let fault = fault.tells(&["0.0.9", env!("CARGO_PKG_VERSION")]);
    assert!(fault.remedy.contains("vigil down"), "{}", fault.remedy);
    let _agent = again(&home, agent);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_run_file_that_others_could_read() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    let run = home.vigil().join("run/agent.json");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o644)).unwrap();

    let fault = doctor(&home, &[]).fault("agent").tells(&["others can read"]);

    assert!(fault.remedy.contains("remove the file"), "{}", fault.remedy);
    assert!(agent.end().success());
    let _ = fs::remove_file(&run);
    let _agent = Running::start(&home, &[]);
    doctor(&home, &[]).is_well();
}

#[test]
fn a_daemon_in_which_the_user_is_not_enrolled() {
    let (home, place) = (Home::default(), Place::with("61001\n"));
    let daemon = place.start();
    let arguments = ["--test-daemon", place.socket().to_str().unwrap()].map(str::to_owned);
    let arguments = arguments.each_ref().map(String::as_str);
    let agent = Running::start(&home, &arguments);

    let said = vigil_tests::vigil::eventually("the agent has found the daemon", || {
        let said = doctor(&home, &["daemon"]);
        let words = said.check("daemon")["words"].to_string();
        words.contains("not enrolled").then_some(said)
    });

    // An administrator's choice, without which Vigil records: nothing is wrong.
    said.is_well();
    assert_eq!(said.verdict("daemon"), "warning");
    let remedy = said.check("daemon")["remedy"].as_str().unwrap();
    assert!(remedy.starts_with("sudo vigil enroll"), "{remedy}");
    place.enrol(&format!("{}\n", own_uid()));
    drop(agent);
    let _agent = Running::start(&home, &arguments);
    vigil_tests::vigil::eventually("it is enrolled", || {
        (doctor(&home, &["daemon"]).verdict("daemon") == "works").then_some(())
    });
    doctor(&home, &[]).is_well();
    drop(daemon);
}
