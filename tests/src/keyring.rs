//! A desktop session of its own with GNOME's real keyring in it, unlocked. It ends with its input.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

/// The session, ended when it is dropped.
#[derive(Debug)]
pub struct Keyring {
    home: tempfile::TempDir,
    bus: String,
    shell: Child,
    input: Option<ChildStdin>,
}

impl Keyring {
    /// Starts one; none, with the reason said, where its programs are not installed.
    pub fn start() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        for program in ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"] {
            if !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
                eprintln!("SKIPPED: {program} is not installed; `cargo xtask test` installs it");
                return None;
            }
        }
        let home = tempfile::tempdir().unwrap();
        let run = home.path().join("run");
        std::fs::create_dir(&run).unwrap();
        let script = "printf synthetic | gnome-keyring-daemon --unlock --components=secrets \
                      --control-directory=\"$XDG_RUNTIME_DIR\" >&2 && \
                      echo \"$DBUS_SESSION_BUS_ADDRESS\" && read -r _";
        let mut shell = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script])
            .env_clear()
            .env("PATH", path)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", &run)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        let mut bus = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut bus).unwrap();
        let bus = bus.trim().to_owned();
        assert!(bus.starts_with("unix:"), "the session did not start: {bus:?}");
        Some(Self { home, bus, shell, input })
    }

    /// The variables by which a program of the session finds it.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let run = self.home.path().join("run").display().to_string();
        [("DBUS_SESSION_BUS_ADDRESS", self.bus.clone()), ("XDG_RUNTIME_DIR", run)]
    }

    /// Where the keyring keeps what it was given.
    pub fn folder(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}
