//! A running Vigil in a home of its own, and the questions that tests ask it.

use std::{
    fmt::Display,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a condition may take before a test gives up. It bounds hanging, it measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// A home directory and a `VIGIL_HOME` of their own.
#[derive(Debug)]
pub struct Home {
    dir: tempfile::TempDir,
}

impl Default for Home {
    fn default() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(home.projects()).unwrap();
        home
    }
}

impl Home {
    /// The folder above both homes.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// `$HOME` of everything that is started here.
    pub fn user(&self) -> PathBuf {
        self.dir.path().join("user")
    }

    /// Where Claude Code would write its transcripts.
    pub fn projects(&self) -> PathBuf {
        self.user().join(".claude/projects")
    }

    /// `$VIGIL_HOME`.
    pub fn vigil(&self) -> PathBuf {
        self.dir.path().join("vigil")
    }

    /// The `vigil` command with nothing of the machine's own environment but `PATH`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.clean(binary("vigil"), arguments)
    }

    /// Any program in the same clean environment.
    pub fn clean(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.user())
            .env("VIGIL_HOME", self.vigil())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Runs `vigil` to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs `vigil`, which must succeed, and reads its output as one JSON document.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "vigil {arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("vigil {arguments:?} printed no JSON: {error}"))
    }

    /// Runs `vigil`, which must succeed, and reads each line of its output as JSON.
    pub fn jsonl(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(arguments);
        assert!(output.status.success(), "vigil {arguments:?}: {}", output.status);
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// True when any file below `$VIGIL_HOME` contains `needle`.
    pub fn holds(&self, needle: &str) -> bool {
        contains(&self.vigil(), needle.as_bytes())
    }
}

fn contains(path: &Path, needle: &[u8]) -> bool {
    if path.is_dir() {
        return std::fs::read_dir(path).unwrap().any(|e| contains(&e.unwrap().path(), needle));
    }
    // A file may go away between the listing and the reading (a WAL that was checkpointed).
    let content = std::fs::read(path).unwrap_or_default();
    content.windows(needle.len()).any(|window| window == needle)
}

/// `vigil up` of one home, ended when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// The line that `--ready-json` printed.
    pub ready: Value,
}

impl Running {
    /// Starts `vigil up` on free ports and waits until everything listens.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::on_usual_telemetry_port(home, &[&["--telemetry-port", "0"], arguments].concat())
    }

    /// The same, but on the port for telemetry that nobody chooses.
    pub fn on_usual_telemetry_port(home: &Home, arguments: &[&str]) -> Self {
        Self::on(home, &[&["--port", "0", "--proxy-port", "0"], arguments].concat())
    }

    /// The same on the ports that `arguments` say, or the usual ones.
    pub fn on(home: &Home, arguments: &[&str]) -> Self {
        let ours = std::process::id().to_string();
        let mut all = vec!["up", "--ready-json", "--test-agents-of", &ours];
        all.extend_from_slice(arguments);
        let mut child = home.command(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("vigil up did not say it is ready: {error}: {line}"));
        Self { child, ready }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A field of the ready line.
    pub fn field(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("no {name} in the ready line"))
    }

    /// Asks it to end and waits.
    pub fn end(mut self) -> ExitStatus {
        signal(self.pid(), "TERM");
        self.child.wait().unwrap()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test started.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().unwrap();
    assert!(sent.success(), "kill -{name} {pid}");
}

/// A binary of the workspace; `cargo xtask test` builds them all before it runs the tests.
pub fn binary(name: &str) -> PathBuf {
    let mut dir = std::env::current_exe().unwrap();
    dir.pop();
    if dir.ends_with("deps") {
        dir.pop();
    }
    let path = dir.join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// Waits until `condition` gives something.
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    settles(what, || condition().ok_or(""))
}

/// Waits until `condition` gives something; what it says until then is told when it never does.
pub fn settles<T, D: Display>(what: &str, mut condition: impl FnMut() -> Result<T, D>) -> T {
    let started = Instant::now();
    loop {
        let not_yet = match condition() {
            Ok(value) => return value,
            Err(not_yet) => not_yet,
        };
        assert!(started.elapsed() < PATIENCE, "this did not happen: {what} {not_yet}");
        thread::sleep(Duration::from_millis(50));
    }
}
