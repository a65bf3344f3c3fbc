//! A machine with a network of its own for one test: loopback, one cable, and models at the other
//! end of it. The real machine's packet filter and names are out of reach.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use vigil_tests::{
    network::Inside,
    vigil::{binary, eventually},
};

/// The listed host, at both kinds of address.
pub(crate) const HOST: &str = "api.anthropic.com";
pub(crate) const FAR_V4: &str = "198.51.100.1";
pub(crate) const FAR_V6: &str = "2001:db8:7::1";
/// A host that nobody lists.
pub(crate) const OTHER: &str = "other.example";
const FAR_OTHER: &str = "198.51.100.3";

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
    inside: Inside,
    far: Child,
    models: Option<Child>,
}

impl Network {
    /// The network with its models, if this process is in it.
    pub(crate) fn inside() -> Option<Self> {
        let inside = Inside::find()?;
        let far = Command::new("unshare").args(["--net", "sleep", "3600"]).spawn().unwrap();
        let net = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
        let pid = far.id().to_string();
        // It is still ours until it has its own.
        eventually("the other end has its own network", || {
            (net(&pid) != net("self")).then_some(())
        });
        let cable = Command::new("sh").args(["-c", CABLE, "sh", &pid]).status().unwrap();
        assert!(cable.success(), "no cable: {cable}");
        let mut network = Self { inside, far, models: None };
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
            models.arg(self.folder().join(name)).arg(host).arg(address);
        }
        self.models = Some(models.stdin(Stdio::piped()).spawn().unwrap());
        let ready = self.folder().join("other/ready");
        eventually("the models are there", || ready.exists().then_some(()));
    }

    /// From now on the listed host's name leads to `address`.
    pub(crate) fn name(&self, address: &str) {
        // The file that is mounted is written in its place.
        let hosts = format!("127.0.0.1 localhost\n{address} {HOST}\n{FAR_OTHER} {OTHER}\n");
        self.inside.name(&hosts);
    }

    /// The CA's certificate of the model by this name: `v4`, `v6` or `other`.
    pub(crate) fn ca(&self, name: &str) -> PathBuf {
        self.folder().join(name).join("model-ca.pem")
    }

    /// Where the test's files are, which other users may read.
    pub(crate) fn folder(&self) -> &Path {
        self.inside.folder()
    }

    /// Tells the process outside that every step was done.
    pub(crate) fn done(&self) {
        self.inside.done();
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

/// Runs `test` of this program once more, in a network of its own.
pub(crate) fn enter(test: &str) {
    if !Path::new("/usr/sbin/nft").exists() {
        return eprintln!("SKIPPED: needs nftables; run: sudo apt-get install -y nftables");
    }
    vigil_tests::network::enter(test);
}
