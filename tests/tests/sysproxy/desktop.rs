//! A user's desktop: GNOME's real program with its settings in a file of this home, behind a small
//! script that counts how often it is run and can kill whoever ran it.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use vigil_tests::vigil::{Home, binary, eventually, signal};

/// Stands in front of `gsettings`. It ends its parent before or after the call with a number, or while
/// the call goes on.
const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
call=$(cat "$here/calls")
echo $((call + 1)) > "$here/calls"
kill=$(cat "$here/kill")
if [ "$kill" = "before $call" ]; then kill -9 $PPID; exit 1; fi
if [ "$kill" = "meanwhile $call" ]; then kill -9 $PPID; sleep 1; fi
REAL "$@"
ended=$?
if [ "$kill" = "after $call" ]; then kill -9 $PPID; fi
exit $ended
"#;

/// When somebody is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    Before,
    Meanwhile,
    After,
}

/// How a guard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Orderly,
    Killed,
}

pub(crate) struct Desktop {
    home: Home,
    real: PathBuf,
}

impl Desktop {
    /// Nothing, and words about it, where GNOME's program or its settings are missing.
    pub(crate) fn new() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&path).map(|folder| folder.join("gsettings"));
        let Some(real) = found.into_iter().find(|file| file.is_file()) else {
            eprintln!("SKIPPED: gsettings is not installed");
            return None;
        };
        let desktop = Self { home: Home::default(), real };
        for folder in ["bin", "run/systemd"] {
            fs::create_dir_all(desktop.at(folder)).unwrap();
        }
        let script = SCRIPT.replace("REAL", desktop.real.to_str().unwrap());
        let front = desktop.at("bin/gsettings");
        fs::write(&front, script).unwrap();
        fs::set_permissions(&front, fs::Permissions::from_mode(0o755)).unwrap();
        desktop.kill_never();
        if desktop.gsettings(&["list-recursively", "org.gnome.system.proxy"]).is_err() {
            eprintln!("SKIPPED: there is no schema org.gnome.system.proxy");
            return None;
        }
        Some(desktop)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.root().join(name)
    }

    fn on(&self, command: &mut Command) {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.at("bin")).chain(env::split_paths(&path));
        command
            .env("PATH", env::join_paths(folders).unwrap())
            .env("XDG_RUNTIME_DIR", self.at("run"))
            .env("GSETTINGS_BACKEND", "keyfile");
    }

    /// The real program, past the script.
    fn gsettings(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.home.clean(self.real.clone(), arguments);
        let output = command.env("GSETTINGS_BACKEND", "keyfile").output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }

    /// Every setting there is.
    pub(crate) fn everything(&self) -> String {
        self.gsettings(&["list-recursively", "org.gnome.system.proxy"]).unwrap()
    }

    pub(crate) fn value(&self, schema: &str, key: &str) -> String {
        self.gsettings(&["get", &format!("org.gnome.system.proxy{schema}"), key]).unwrap()
    }

    pub(crate) fn set(&self, schema: &str, key: &str, value: &str) {
        self.gsettings(&["set", &format!("org.gnome.system.proxy{schema}"), key, value]).unwrap();
    }

    pub(crate) fn backup(&self) -> PathBuf {
        self.home.vigil().join("state/system-proxy.backup")
    }

    pub(crate) fn variables(&self) -> PathBuf {
        self.home.user().join(".config/environment.d/60-vigil-proxy.conf")
    }

    /// What Vigil has written about itself.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home.vigil().join("state/vigil-agent.log")).unwrap_or_default()
    }

    /// What a running agent says of itself.
    pub(crate) fn status(&self) -> Value {
        self.home.json(&["status", "--json"])
    }

    /// What is on record of changes of this machine.
    pub(crate) fn changes(&self) -> Vec<String> {
        let rows = self.home.jsonl(&["events", "--jsonl", "--kind", "config_change"]);
        rows.iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect()
    }

    /// From now on the calls are counted from 0, and nobody is killed.
    pub(crate) fn kill_never(&self) {
        self.plan("never");
    }

    /// Whoever makes this call from now on is killed.
    pub(crate) fn kill_at(&self, moment: Moment, call: usize) {
        let when = match moment {
            Moment::Before => "before",
            Moment::Meanwhile => "meanwhile",
            Moment::After => "after",
        };
        self.plan(&format!("{when} {call}"));
    }

    fn plan(&self, kill: &str) {
        fs::write(self.at("bin/calls"), "0\n").unwrap();
        fs::write(self.at("bin/kill"), format!("{kill}\n")).unwrap();
    }

    /// How often the program was run since then.
    pub(crate) fn calls(&self) -> usize {
        fs::read_to_string(self.at("bin/calls")).unwrap().trim().parse().unwrap()
    }

    /// A guard's whole life: with an order, until its settings are set, and then its agent is gone;
    /// without one, its agent is gone at once.
    pub(crate) fn guard(&self, mode: Option<&str>) -> End {
        let mut command = self.home.clean(binary("vigil-agent"), &["guard"]);
        self.on(&mut command);
        let mut guard = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = guard.stdin.take().unwrap();
        if let Some(mode) = mode {
            let order =
                format!("{{\"mode\":\"{mode}\",\"proxy\":9080,\"hosts\":[\"a.example\"]}}\n");
            // It may be gone already.
            let _ = pipe.write_all(order.as_bytes());
            let mut said = String::new();
            BufReader::new(guard.stdout.take().unwrap()).read_line(&mut said).unwrap();
            assert!(matches!(said.trim(), "" | "{\"said\":\"on\"}"), "{said}");
        }
        drop(pipe);
        let status = guard.wait().unwrap();
        match (status.success(), status.signal()) {
            (true, _) => End::Orderly,
            (_, Some(9)) => End::Killed,
            _ => panic!("the guard ended with {status}: {}", self.log()),
        }
    }

    pub(crate) fn wait_until_set(&self, key: &str, value: &str) {
        eventually("the settings lead to the proxy", || {
            (self.value("", key) == value).then_some(())
        });
    }

    pub(crate) fn wait_until_restored(&self, before: &str) {
        eventually("the settings are as they were", || {
            (self.everything() == before && !self.backup().exists()).then_some(())
        });
    }

    pub(crate) fn wait_for_backup(&self) {
        eventually("a backup", || self.backup().exists().then_some(()));
    }
}

/// `vigil up` on a desktop.
pub(crate) struct Agent {
    child: Child,
    ready: Value,
}

impl Agent {
    /// Starts it and waits until everything listens.
    pub(crate) fn start(desktop: &Desktop, system: &str) -> Self {
        let ours = std::process::id().to_string();
        let up = [
            "up",
            "--port",
            "0",
            "--proxy-port",
            "0",
            "--telemetry-port",
            "0",
            "--ready-json",
            "--test-agents-of",
            &ours,
        ];
        let mut command = desktop.home.command(&up);
        desktop.on(&mut command);
        let mut child =
            command.env("VIGIL_PROXY_SYSTEM", system).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, ready }
    }

    /// Where its proxy listens.
    pub(crate) fn proxy(&self) -> &str {
        self.ready["proxy"].as_str().unwrap().trim_start_matches("http://")
    }

    /// Its guard's process, if there is one.
    pub(crate) fn guard(&self) -> Option<u32> {
        let is_guard = |pid: u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            parent(pid) == Some(self.child.id()) && line.ends_with(b"\0guard\0")
        };
        let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            entry.unwrap().file_name().to_str().and_then(|name| name.parse().ok())
        });
        pids.into_iter().find(|pid| is_guard(*pid))
    }

    /// Asks it to end and waits; true when it ended well.
    pub(crate) fn end(mut self) -> bool {
        signal(self.child.id(), "TERM");
        self.child.wait().unwrap().success()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process is there and has not ended. (Nobody may wait for one whose parent is gone.)
pub(crate) fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|(_, parent)| parent)
}

/// A process's state and parent (`proc_pid_stat(5)`).
fn stat(pid: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
