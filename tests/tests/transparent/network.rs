//! A machine with a network of its own for one test: loopback, one cable, and models at the other
//! end of it. The real machine's packet filter and names are out of reach.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use vigil_platform::process;
use vigil_tests::vigil::{binary, eventually};

/// The listed host, at both kinds of address.
pub(crate) const HOST: &str = "api.anthropic.com";
pub(crate) const FAR_V4: &str = "198.51.100.1";
pub(crate) const FAR_V6: &str = "2001:db8:7::1";
/// A host that nobody lists.
pub(crate) const OTHER: &str = "other.example";
const FAR_OTHER: &str = "198.51.100.3";

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

/// Both ends of the cable, from inside. `$1` is a process in the far end's network.
const CABLE: &str = r"
set -e
ip link add near type veth peer name far
ip link set far netns $1
ip addr add 198.51.100.2/24 dev near
ip -6 addr add 2001:db8:7::2/64 dev near nodad
ip link set near up
nsenter --net --target $1 ip link set lo up
nsenter --net --target $1 ip addr add 198.51.100.1/24 dev far
nsenter --net --target $1 ip addr add 198.51.100.3/24 dev far
nsenter --net --target $1 ip -6 addr add 2001:db8:7::1/64 dev far nodad
nsenter --net --target $1 ip link set far up
ip route add default via 198.51.100.1
ip -6 route add default via 2001:db8:7::1
";

/// The network, from inside.
pub(crate) struct Network {
    folder: PathBuf,
    far: Child,
    models: Option<Child>,
}

impl Network {
    /// The network with its models, if this process is in it.
    pub(crate) fn inside() -> Option<Self> {
        let folder = PathBuf::from(env::var_os(FOLDER)?);
        assert!(fs::read("/etc/hosts").unwrap().is_empty(), "this is the real machine");
        let far = Command::new("unshare").args(["--net", "sleep", "3600"]).spawn().unwrap();
        let net = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
        let pid = far.id().to_string();
        // It is still ours until it has its own.
        eventually("the other end has its own network", || {
            (net(&pid) != net("self")).then_some(())
        });
        let cable = Command::new("sh").args(["-c", CABLE, "sh", &pid]).status().unwrap();
        assert!(cable.success(), "no cable: {cable}");
        let mut network = Self { folder, far, models: None };
        network.name(FAR_V4);
        network.start_models(&pid);
        Some(network)
    }

    fn start_models(&mut self, far: &str) {
        let mut models = Command::new("nsenter");
        models.args(["--net", "--target", far]).arg(binary("far-models"));
        for (name, host, address) in [
            ("v4", HOST, format!("{FAR_V4}:443")),
            ("v6", HOST, format!("[{FAR_V6}]:443")),
            ("other", OTHER, format!("{FAR_OTHER}:443")),
        ] {
            models.arg(self.folder.join(name)).arg(host).arg(address);
        }
        self.models = Some(models.stdin(Stdio::piped()).spawn().unwrap());
        let ready = self.folder.join("other/ready");
        eventually("the models are there", || ready.exists().then_some(()));
    }

    /// From now on the listed host's name leads to `address`.
    pub(crate) fn name(&self, address: &str) {
        // The file that is mounted is written in its place.
        let hosts = format!("127.0.0.1 localhost\n{address} {HOST}\n{FAR_OTHER} {OTHER}\n");
        fs::write(self.folder.join("hosts"), hosts).unwrap();
    }

    /// The CA's certificate of the model by this name: `v4`, `v6` or `other`.
    pub(crate) fn ca(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("model-ca.pem")
    }

    /// Where the test's files are, which other users may read.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells the process outside that every step was done.
    pub(crate) fn done(&self) {
        fs::write(self.folder.join("done"), "").unwrap();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for child in self.models.iter_mut().chain([&mut self.far]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn impossible() -> Option<&'static str> {
    if process::uid() != 0 {
        return Some("needs root for namespaces; run: sudo -E cargo xtask test");
    }
    if !Path::new("/usr/sbin/nft").exists() {
        return Some("needs nftables; run: sudo apt-get install -y nftables");
    }
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "--net", "ip", "link", "set", "lo", "up"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let possible = probe.status().is_ok_and(|status| status.success());
    (!possible).then_some("this machine gives no namespaces (unshare --mount --net)")
}

/// Runs `test` of this program once more, in a network of its own.
pub(crate) fn enter(test: &str) {
    use std::os::unix::fs::PermissionsExt as _;

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
