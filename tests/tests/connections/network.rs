//! A network of its own for one test: the same test in a new process, whose loopback interface has
//! addresses that are nobody's (RFC 5737, RFC 3849), and whose names lead there.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use vigil_platform::process;

/// The model's host.
pub(crate) const HOST: &str = "api.anthropic.com";
/// Its addresses.
pub(crate) const V4: &str = "203.0.113.10";
pub(crate) const V6: &str = "2001:db8:1::10";

/// Tells the process inside where the test's folder is.
const FOLDER: &str = "VIGIL_TEST_NETWORK";

/// A shell's part of entering, with the test's folder as the first argument.
const ENTER: &str = r#"
set -e
ip link set lo up
ip addr add 203.0.113.10/32 dev lo
ip addr add 2001:db8:1::10/128 dev lo nodad
: >"$1/hosts"
: >"$1/resolv.conf"
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"
"#;

/// The network, from inside.
pub(crate) struct Network {
    folder: std::path::PathBuf,
}

impl Network {
    /// The network, if this process is in it.
    pub(crate) fn inside() -> Option<Self> {
        let folder = std::path::PathBuf::from(env::var_os(FOLDER)?);
        let hosts = fs::read("/etc/hosts").unwrap();
        assert!(hosts.is_empty(), "this is the real machine");
        Some(Self { folder })
    }

    /// From now on the model's name leads to `address`.
    pub(crate) fn name(&self, address: &str) {
        // The file that is mounted is written in its place.
        let hosts = format!("127.0.0.1 localhost\n::1 localhost\n{address} {HOST}\n");
        fs::write(self.folder.join("hosts"), hosts).unwrap();
    }

    /// Tells the process outside that every step was done.
    pub(crate) fn done(&self) {
        fs::write(self.folder.join("done"), "").unwrap();
    }
}

fn impossible() -> Option<&'static str> {
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
pub(crate) fn enter(test: &str) {
    if let Some(why) = impossible() {
        return eprintln!("SKIPPED: {why}");
    }
    let folder = tempfile::tempdir().unwrap();
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
