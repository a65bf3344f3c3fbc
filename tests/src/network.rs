//! A network of its own for one test: the same test once more in a new process, in which there is
//! nothing but loopback, and names lead where the test says.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use vigil_platform::process;

/// Tells the process inside where the test's folder is.
const FOLDER: &str = "VIGIL_TEST_NETWORK";

/// A shell's part of entering, with the test's folder as the first argument.
const ENTER: &str = r#"
set -e
ip link set lo up
: >"$1/hosts"
: >"$1/resolv.conf"
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"
"#;

/// The network, from inside.
#[derive(Debug)]
pub struct Inside {
    folder: PathBuf,
}

impl Inside {
    /// The network, if this process is in it.
    ///
    /// # Panics
    /// When it should be and is not.
    pub fn find() -> Option<Self> {
        let folder = PathBuf::from(env::var_os(FOLDER)?);
        assert!(fs::read("/etc/hosts").unwrap().is_empty(), "this is the real machine");
        Some(Self { folder })
    }

    /// Where the test's files are, which other users may read.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on names lead where these lines of a hosts file say, and nowhere else.
    pub fn name(&self, hosts: &str) {
        // The file that is mounted is written in its place.
        fs::write(self.folder.join("hosts"), hosts).unwrap();
    }

    /// Tells the process outside that every step was done.
    pub fn done(&self) {
        fs::write(self.folder.join("done"), "").unwrap();
    }
}

/// Why this process cannot give a test a network and mounts of its own.
pub fn impossible() -> Option<&'static str> {
    if process::uid() != 0 {
        return Some("needs root for namespaces; run: sudo -E cargo xtask test");
    }
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "--net", "ip", "link", "set", "lo", "up"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let possible = probe.status().is_ok_and(|status| status.success());
    (!possible).then_some("this machine gives no namespaces (unshare --mount --net)")
}

/// Runs `test` of this program once more, in a network of its own.
///
/// # Panics
/// When it fails there, or is not run.
pub fn enter(test: &str) {
    if let Some(why) = impossible() {
        return eprintln!("SKIPPED: {why}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let status = Command::new("unshare")
        .args(["--mount", "--net", "--propagation", "private", "sh", "-c", ENTER, "sh"])
        .arg(folder.path())
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder.path())
        .status()
        .unwrap();

    assert!(status.success(), "in the network: {status}");
    assert!(folder.path().join("done").exists(), "the test was not run in the network");
}
