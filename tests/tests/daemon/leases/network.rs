//! A machine with a network of its own: this process is in a namespace in which there are loopback and
//! one cable, with somebody who answers at the other end of it. The real machine's packet filter is out
//! of reach.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use vigil_tests::vigil::{binary, eventually, signal};

use super::super::support::{Place, as_user, own_uid};

/// Tells the process inside which network it must not be in.
const OUTSIDE: &str = "VIGIL_TEST_OUTSIDE_NET";

pub(crate) const FAR_V4: &str = "198.51.100.1";
pub(crate) const FAR_V6: &str = "2001:db8:7::1";
pub(crate) const FAR: [&str; 2] = [FAR_V4, FAR_V6];

/// The other end of the cable, and us at this one.
pub(crate) struct Network {
    far: Child,
    origin: Option<Talk>,
}

/// Runs `test` in a network of its own, or says why it cannot.
pub(crate) fn on_a_network(name: &str, test: fn(&Network)) {
    if let Some(outside) = env::var_os(OUTSIDE) {
        assert_ne!(net(), outside, "this is the real machine");
        return test(&Network::new());
    }
    if let Some(why) = impossible() {
        eprintln!("SKIPPED: {why}");
        return;
    }
    let status = Command::new("unshare")
        .arg("--net")
        .arg(env::current_exe().unwrap())
        .args(["--exact", &format!("leases::{name}"), "--nocapture", "--test-threads", "1"])
        .env(OUTSIDE, net())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(status.status.success(), "on the network: {}\n{said}", status.status);
    assert!(said.contains("1 passed"), "the test was not run on the network:\n{said}");
}

fn impossible() -> Option<&'static str> {
    if own_uid() != 0 {
        return Some("needs root for a network of its own; run: sudo -E cargo xtask test");
    }
    if !Path::new("/usr/sbin/nft").exists() {
        return Some("needs nftables; run: sudo apt-get install -y nftables");
    }
    let mut probe = Command::new("unshare");
    probe.args(["--net", "ip", "link", "set", "lo", "up"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let possible = probe.status().is_ok_and(|status| status.success());
    (!possible).then_some("this machine gives no networks (unshare --net)")
}

fn net() -> std::ffi::OsString {
    fs::read_link("/proc/self/ns/net").unwrap().into_os_string()
}

impl Network {
    fn new() -> Self {
        let far = Command::new("unshare").args(["--net", "sleep", "3600"]).spawn().unwrap();
        let pid = far.id().to_string();
        // It is still ours until it has its own.
        eventually("the other end has its own network", || {
            let there = fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
            (there.into_os_string() != net()).then_some(())
        });
        let near = |words: &str| ip(&mut Command::new("ip"), words);
        let at_far = |words: &str| {
            let mut command = Command::new("nsenter");
            command.args(["--net", "--target", &pid, "ip"]);
            ip(&mut command, words);
        };
        near("link set lo up");
        near("link add near type veth peer name far");
        near(&format!("link set far netns {pid}"));
        near("addr add 198.51.100.2/24 dev near");
        near("-6 addr add 2001:db8:7::2/64 dev near nodad");
        near("link set near up");
        at_far("link set lo up");
        at_far("addr add 198.51.100.1/24 dev far");
        at_far("-6 addr add 2001:db8:7::1/64 dev far nodad");
        at_far("link set far up");
        near("route add default via 198.51.100.1");
        near("-6 route add default via 2001:db8:7::1");
        let mut origin = Command::new("nsenter");
        origin.args(["--net", "--target", &pid]).arg(client()).arg("origin").args(FAR);
        let mut network = Self { far, origin: None };
        network.origin = Some(Talk::begin(&mut origin));
        assert_eq!(network.origin.as_mut().unwrap().hear(), "ready");
        network
    }

    /// The process that answers at the other end.
    pub(crate) fn is_there(&self) -> bool {
        self.origin.is_some()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.origin = None;
        let _ = self.far.kill();
        let _ = self.far.wait();
    }
}

fn ip(command: &mut Command, words: &str) {
    let status = command.args(words.split(' ')).status().unwrap();
    assert!(status.success(), "ip {words}: {status}");
}

fn client() -> std::path::PathBuf {
    binary("redirect-client")
}

/// The rules of this network's packet filter: nothing when there are none.
pub(crate) fn rules() -> String {
    let output = Command::new("/usr/sbin/nft").args(["list", "ruleset"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `uid` is told by the address.
pub(crate) fn ask(uid: u32, words: &[&str]) -> String {
    let output = as_user(uid, &client()).args(words).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// What `uid` is told by both of the far end's addresses.
pub(crate) fn hear(uid: u32) -> [String; 2] {
    FAR.map(|host| ask(uid, &["talk", host]))
}

/// A process that says something, and is ended when it is dropped.
pub(crate) struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    lines: Arc<Mutex<Vec<String>>>,
    heard: usize,
}

impl Talk {
    fn begin(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (out, into) = (BufReader::new(child.stdout.take().unwrap()), Arc::clone(&lines));
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                into.lock().unwrap().push(line);
            }
        });
        Self { input: child.stdin.take(), child, lines, heard: 0 }
    }

    /// A conversation of this user's with the address.
    pub(crate) fn with(uid: u32, host: &str) -> Self {
        Self::begin(as_user(uid, &client()).args(["talk", host]))
    }

    /// This user's proxy, which listens.
    pub(crate) fn proxy(uid: u32, port: u16, how: &[&str]) -> Self {
        let mut command = as_user(uid, &client());
        command.args(["proxy", &port.to_string()]).args(how);
        let mut proxy = Self::begin(&mut command);
        assert_eq!(proxy.hear(), "ready");
        proxy
    }

    /// The next line.
    pub(crate) fn hear(&mut self) -> String {
        let line =
            eventually("something is said", || self.lines.lock().unwrap().get(self.heard).cloned());
        self.heard += 1;
        line
    }

    /// Says a line and hears the answer.
    pub(crate) fn say(&mut self, line: &str) -> String {
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
        self.hear()
    }

    /// How many connections a proxy has taken.
    pub(crate) fn taken(&self) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| *line == "taken").count()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        signal(self.child.id(), "KILL");
        self.child.wait().unwrap();
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A daemon's place where its callers' connections may be redirected.
pub(crate) fn start(place: &Place) -> super::super::support::Daemon {
    let daemon = place.begin_as(place.command().args(["--redirect", "on"]));
    daemon.hear("serving");
    daemon
}

/// Waits until the packet filter is as it was.
pub(crate) fn until_rules_are(before: &str) {
    eventually("the packet filter is as it was", || (rules() == before).then_some(()));
}
