//! `vigil setup --system-trust` on a machine of its own: the running agent asks the real daemon, and the
//! same is taken back.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use vigil_platform::trust::Program;

use super::{
    daemon::Daemon,
    machine::{self, Machine},
    run,
    server::Server,
};

/// `vigil` with the home that the machine's folder has.
fn vigil(machine: &Machine, arguments: &[&str]) -> Command {
    let mut command = Command::new(machine.at("bin/vigil"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", machine.at("user"))
        .env("VIGIL_HOME", machine.at("vigil"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}

/// The agent, ended when it is dropped.
struct Agent(Child);

impl Agent {
    fn start(machine: &Machine) -> Self {
        let socket = machine.at("vigild.sock").display().to_string();
        let arguments = ["up", "--port=0", "--proxy-port=0", "--telemetry-port=0", "--ready-json"];
        let mut command = vigil(machine, &arguments);
        let mut child =
            command.arg("--test-daemon").arg(socket).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("proxy"), "the agent is not ready: {line}");
        Self(child)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn setup(machine: &Machine, arguments: &[&str]) -> (Value, Output) {
    let output = vigil(machine, &[&["setup", "--json"], arguments].concat()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout).expect(&said);
    (report, output)
}

/// The same by the command line.
pub(crate) fn by_setup(machine: &Machine) {
    let der = fs::read(machine.at("ca.der")).unwrap();
    let key = fs::read_to_string(machine.at("ca.key")).unwrap();
    let listed = Server::start(&["api.anthropic.com"], &der, &key);
    run(Program::UpdateCaCertificates).unwrap();
    let before = machine::state();
    machine.curl(&listed).expect_err("nobody trusts it yet");
    let daemon = Daemon::start(&machine.at("vigild"), &machine.at(""));
    let agent = Agent::start(machine);
    let only = ["--yes", "--only", "ca", "--only", "trust"];

    let (plain, output) = setup(machine, &only);

    assert_eq!(output.status.code(), Some(0), "{plain}");
    assert!(machine::state() == before, "the machine is asked only when that is wanted");

    let (shown, _) = setup(machine, &["--system-trust", "--dry-run", "--only", "trust"]);
    assert!(shown.to_string().contains("CaInstall"), "{shown}");
    assert!(machine::state() == before, "it was only shown");

    for _ in 0..2 {
        let (report, output) = setup(machine, &[&["--system-trust"], &only[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert!(report.to_string().contains("the whole machine trusts it"), "{report}");
        machine.curl(&listed).expect("the machine trusts it");
    }

    let (undone, output) = setup(machine, &["--undo", "trust"]);

    assert_eq!(output.status.code(), Some(0), "{undone}");
    assert!(undone.to_string().contains("no longer trusts"), "{undone}");
    assert!(machine::state() == before, "not a byte and not a link is left");
    machine.curl(&listed).expect_err("nobody trusts it any more");
    let events = vigil(machine, &["events", "--json"]).output().unwrap();
    let events = String::from_utf8_lossy(&events.stdout).into_owned();
    for expected in ["authority trusted", "authority distrusted"] {
        assert!(events.contains(expected), "{expected} is not on record");
    }
    drop(agent);
    daemon.stop();
    machine.done();
}
