//! A home with a service manager of its own, which ends what it has started.

use std::{
    collections::BTreeMap,
    env, fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use vigil_tests::vigil::{Home, binary};

pub(crate) struct World {
    pub(crate) home: Home,
    /// The configured port of the proxy; the dashboard's is the next but one.
    pub(crate) proxy: u16,
    is_configured: bool,
}

/// What is at a place: its mode, and what is in it.
type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl World {
    pub(crate) fn start() -> Self {
        let home = Home::default();
        // Below those that the kernel gives to whoever asks for any: each process begins at its own.
        let own = u16::try_from(std::process::id() % 1_000).unwrap();
        let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        let proxy = (0..1_000)
            .map(|step| 20_000 + (own + step) % 1_000 * 10)
            .find(|at| (0..10).all(|step| is_free(at + step)))
            .unwrap();
        let world = Self { home, proxy, is_configured: true };
        fs::create_dir_all(world.bin()).unwrap();
        symlink(binary("user-services"), world.bin().join("systemctl")).unwrap();
        let journal = world.bin().join("journalctl");
        fs::write(&journal, "#!/bin/sh\necho \"the journal's line\"\n").unwrap();
        fs::set_permissions(&journal, fs::Permissions::from_mode(0o755)).unwrap();
        world
    }

    /// One in which nobody says which ports are wanted.
    pub(crate) fn unconfigured() -> Self {
        let mut world = Self::start();
        world.is_configured = false;
        world
    }

    pub(crate) fn root(&self) -> &Path {
        self.home.root()
    }

    fn bin(&self) -> PathBuf {
        self.root().join("bin")
    }

    /// `vigil` with this service manager.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        let path = env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.bin()).chain(env::split_paths(&path));
        command.env("PATH", env::join_paths(paths).unwrap());
        if self.is_configured {
            command.env("VIGIL_PROXY_PORT", self.proxy.to_string());
            command.env("VIGIL_DASHBOARD_PORT", (self.proxy + 2).to_string());
        }
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs `vigil`, which must succeed, and reads its one document.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let errors = fs::read_to_string(self.own().join("errors")).unwrap_or_default();
        assert!(output.status.success(), "vigil {arguments:?}: {}\n{errors}", words(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What the service manager keeps.
    fn own(&self) -> PathBuf {
        self.home.user().with_extension("services")
    }

    /// How it was called.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.own().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    pub(crate) fn break_manager(&self, broken: bool) {
        fs::create_dir_all(self.own()).unwrap();
        let path = self.own().join("broken");
        if broken {
            fs::write(path, "").unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// The service's process, while it is there.
    pub(crate) fn pid(&self) -> Option<u32> {
        let pid: u32 = fs::read_to_string(self.own().join("pid")).ok()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let state = stat.rsplit_once(") ")?.1.chars().next()?;
        (!matches!(state, 'Z' | 'X')).then_some(pid)
    }

    /// Everything in the user's home.
    pub(crate) fn files(&self) -> Files {
        let mut files = BTreeMap::new();
        collect(&self.home.user(), &mut files);
        files
    }
}

fn collect(path: &Path, files: &mut Files) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let content = if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
        Vec::new()
    } else if metadata.is_symlink() {
        fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
    } else {
        fs::read(path).unwrap()
    };
    files.insert(path.to_owned(), (metadata.permissions().mode(), content));
}

impl Drop for World {
    fn drop(&mut self) {
        // Only what its own service manager has started.
        if let Some(pid) = self.pid() {
            let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
            if program == binary("vigil-agent") {
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
        }
    }
}

pub(crate) fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}
