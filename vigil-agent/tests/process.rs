//! The agent as a process: how it starts, what it says when it cannot, and how it ends.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    reason = "a test may stop where it fails"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

fn agent(home: &Path) -> Command {
    // Asked for gently: shells between cargo and the compiler, as when macOS is linted from
    // elsewhere, pass on no variable with a hyphen.
    let mut command = Command::new(option_env!("CARGO_BIN_EXE_vigil-agent").unwrap_or_default());
    command
        .env_clear()
        .env("HOME", home)
        .env("VIGIL_HOME", home.join("vigil"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn up(home: &Path) -> Command {
    let mut command = agent(home);
    command.args([
        "up",
        "--ready-json",
        "--port",
        "0",
        "--proxy-port",
        "0",
        "--telemetry-port",
        "0",
    ]);
    command.args(["--test-agents-of", &std::process::id().to_string()]);
    command
}

/// A running agent and what it said once everything listened.
struct Running {
    child: Child,
    ready: serde_json::Value,
}

impl Running {
    fn start(home: &Path) -> Self {
        let mut child = up(home).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { ready: serde_json::from_str(&line).unwrap(), child }
    }

    /// A connection to what it listens with under `name`.
    fn connect(&self, name: &str) -> TcpStream {
        let url = self.ready[name].as_str().unwrap();
        let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap()
    }

    fn end(mut self) -> Option<i32> {
        terminate(&self.child);
        self.child.wait().unwrap().code()
    }
}

fn terminate(child: &Child) {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_signal_right_after_the_ready_line_is_an_orderly_end() {
    for _ in 0..5 {
        let home = TempDir::new().unwrap();
        let running = Running::start(home.path());

        assert_eq!(running.end(), Some(0));
        assert!(!home.path().join("vigil/run/agent.json").exists());
    }
}

#[test]
fn silent_clients_do_not_keep_it_from_ending() {
    let home = TempDir::new().unwrap();
    let running = Running::start(home.path());
    let mut page = running.connect("dashboard");
    page.write_all(b"GET / HT").unwrap();
    let mut proxy = running.connect("proxy");
    proxy.write_all(b"CONNECT api.ant").unwrap();

    assert_eq!(running.end(), Some(0));
}

#[test]
fn a_wrong_configuration_names_its_file_and_line() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("vigil/config/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "[proxy]\nprot = 9080\n").unwrap();
    for arguments in [["up", "--no-proxy"], ["ingest", "--once"]] {
        let output = agent(home.path()).args(arguments).output().unwrap();

        let said = words(&output);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.starts_with(&format!("error: {}:2: ", file.display())), "{said}");
        assert!(said.contains("\n\nhint: did you mean `port`?"), "{said}");
    }
}

#[test]
fn a_configuration_that_is_no_text_is_a_wrong_one() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("vigil/config/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, b"\xff\xfe").unwrap();

    let output = up(home.path()).output().unwrap();

    assert_eq!(output.status.code(), Some(64));
    assert!(words(&output).contains(&file.display().to_string()));
}

#[test]
fn a_second_agent_and_a_busy_port_name_who_was_first() {
    let home = TempDir::new().unwrap();
    let first = Running::start(home.path());
    let pid = first.child.id().to_string();
    let port = first.ready["dashboard"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();

    let second = up(home.path()).output().unwrap();
    let elsewhere = TempDir::new().unwrap();
    let busy =
        agent(elsewhere.path()).args(["up", "--no-proxy", "--port", &port]).output().unwrap();

    assert_eq!((second.status.code(), busy.status.code()), (Some(1), Some(1)));
    assert!(words(&second).contains(&pid), "{}", words(&second));
    assert!(words(&busy).contains(&port), "{}", words(&busy));
    assert!(words(&busy).contains("\n\nhint: "), "{}", words(&busy));
    assert_eq!(first.end(), Some(0));
}

#[test]
fn a_folder_that_may_not_be_written_is_named_with_a_remedy() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("vigil"), "in the way").unwrap();

    let output = up(home.path()).output().unwrap();

    let said = words(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("vigil/data") && said.contains("\n\nhint: "), "{said}");
}

#[test]
fn test_upstreams_lead_to_loopback_only() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("upstreams.toml");
    fs::write(&file, "pins = { \"api.anthropic.com:443\" = \"192.0.2.1:443\" }").unwrap();

    let output = up(home.path()).arg("--test-upstreams").arg(&file).output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("loopback"), "{}", words(&output));
}
