//! Programs that know nothing of a proxy: the real daemon leads their connections to the real agent,
//! in a network of the test's own. The machine that this runs on is never touched.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "transparent/behind.rs"]
mod behind;
#[path = "transparent/network.rs"]
mod network;

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use vigil_tests::{
    claude,
    vigil::{Home, Running, binary, eventually},
};

use self::{
    behind::Behind,
    network::{FAR_V4, FAR_V6, HOST, Network, OTHER},
};

/// Another user of the machine.
const STRANGER: &str = "61002";

/// The daemon, with whatever it starts.
struct Daemon(Child);

impl Daemon {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("vigild.sock");
        let state = folder.join("state");
        fs::create_dir(&state).unwrap();
        fs::set_permissions(&state, private()).unwrap();
        fs::write(folder.join("enrolled"), "0 admin\n").unwrap();
        let daemon = Command::new(binary("vigild"))
            .arg("--socket")
            .arg(&socket)
            .arg("--state")
            .arg(&state)
            .arg("--enrolled")
            .arg(folder.join("enrolled"))
            .args(["--redirect", "on"])
            .spawn()
            .unwrap();
        let daemon = Self(daemon);
        eventually("the daemon serves", || UnixStream::connect(&socket).ok());
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // An orderly end: it puts back what it has changed.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn private() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o700)
}

struct World {
    network: Network,
    _daemon: Daemon,
    home: Home,
    vigil: Running,
}

impl World {
    fn start(network: Network) -> Self {
        Self::start_with(network, Home::default(), "")
    }

    /// With these lines in the configuration besides.
    fn start_with(network: Network, home: Home, lines: &str) -> Self {
        let daemon = Daemon::start(network.folder());
        let config = home.vigil().join("config");
        fs::create_dir_all(&config).unwrap();
        fs::set_permissions(home.vigil(), private()).unwrap();
        fs::set_permissions(&config, private()).unwrap();
        let config = config.join("config.toml");
        fs::write(config, format!("[capture]\nredirect = true\n{lines}")).unwrap();
        let upstreams = home.root().join("upstreams.toml");
        let roots = [network.ca("v4"), network.ca("v6")];
        fs::write(&upstreams, format!("roots = {roots:?}\npins = {{}}\n")).unwrap();
        let socket = network.folder().join("vigild.sock");
        let vigil = Running::start(
            &home,
            &[
                "--test-upstreams",
                upstreams.to_str().unwrap(),
                "--test-daemon",
                socket.to_str().unwrap(),
            ],
        );
        let world = Self { network, _daemon: daemon, home, vigil };
        eventually("connections are redirected", || (world.redirect() == "on").then_some(()));
        world
    }

    /// What the status says of the redirection.
    fn redirect(&self) -> String {
        let status = self.home.json(&["status", "--json"]);
        status["proxy"]["redirect"].as_str().unwrap_or_default().to_owned()
    }

    /// The CA of the proxy.
    fn ca(&self) -> PathBuf {
        self.vigil.field("ca").into()
    }

    /// The ways of all connections to the listed host that are on record.
    fn ways(&self) -> Vec<String> {
        let rows = self.home.jsonl(&["events", "--jsonl", "--text", "--kind", "connection"]);
        let way = |row: &serde_json::Value| row["detail"]["way"].as_str().unwrap().to_owned();
        rows.iter().filter(|row| row["name"] == HOST).map(way).collect()
    }
}

/// True when curl, which trusts `ca` alone, is answered by `host`.
fn answers(curl: &mut Command, host: &str, ca: &Path) -> bool {
    let status = curl
        .args(["--silent", "--show-error", "--max-time", "30", "--http1.1"])
        .args(["--output", "/dev/null", "--cacert"])
        .arg(ca)
        .arg(format!("https://{host}/"))
        .env_clear()
        .env("HOME", "/nonexistent")
        .status()
        .unwrap();
    // 60: the certificate was not acceptable.
    assert!(matches!(status.code(), Some(0 | 60)), "curl {host}: {status}");
    status.success()
}

fn curl() -> Command {
    Command::new("/usr/bin/curl")
}

fn strangers_curl() -> Command {
    let mut command = Command::new("/usr/bin/setpriv");
    command.args(["--reuid", STRANGER, "--regid", STRANGER, "--clear-groups"]);
    command.arg("/usr/bin/curl");
    command
}

#[test]
fn curl_without_any_settings_is_captured_and_nothing_else_is() {
    let Some(network) = Network::inside() else {
        return network::enter("curl_without_any_settings_is_captured_and_nothing_else_is");
    };
    let world = World::start(network);
    for (address, model) in [(FAR_V4, "v4"), (FAR_V6, "v6")] {
        world.network.name(address);
        let (proxys, models) = (world.ca(), world.network.ca(model));

        assert!(answers(&mut curl(), HOST, &proxys), "{address}: it is not decrypted");
        assert!(!answers(&mut curl(), HOST, &models), "{address}: it is direct");
        assert!(answers(&mut strangers_curl(), HOST, &models), "{address}: another user's");
    }
    assert!(answers(&mut curl(), OTHER, &world.network.ca("other")), "its own certificate");
    eventually("both are on record", || {
        (world.ways().iter().filter(|way| *way == "decrypted").count() >= 2).then_some(())
    });

    // Nobody gives the lease back.
    let model = world.network.ca("v6");
    world.vigil.kill();
    eventually("connections are direct again", || {
        let mut curl = curl();
        curl.args(["--silent", "--max-time", "5", "--output", "/dev/null", "--cacert"]);
        curl.arg(&model).arg(format!("https://{HOST}/")).stderr(Stdio::null());
        curl.status().unwrap().success().then_some(())
    });
    world.network.done();
}

#[test]
fn what_is_redirected_goes_through_the_proxy_behind_by_its_name() {
    let Some(network) = Network::inside() else {
        return network::enter("what_is_redirected_goes_through_the_proxy_behind_by_its_name");
    };
    let home = Home::default();
    let behind = Behind::start();
    let upstream = behind.file(home.root());
    let lines = format!("[proxy]\nupstream = {upstream:?}\n");
    let world = World::start_with(network, home, &lines);
    world.network.name(FAR_V4);
    behind.forget();

    assert!(answers(&mut curl(), HOST, &world.ca()), "it is decrypted");
    assert!(answers(&mut curl(), OTHER, &world.network.ca("other")), "its own certificate");
    // To an address alone clients name nobody.
    assert!(!answers(&mut curl(), FAR_V4, &world.ca()));

    let ports = [HOST, OTHER, FAR_V4].map(|host| format!("{host}:443"));
    assert_eq!(behind.asked(), ports);
    assert!(world.vigil.end().success());
    world.network.done();
}

#[test]
fn the_real_client_that_only_trusts_the_ca_is_on_record() {
    let Some(network) = Network::inside() else {
        return network::enter("the_real_client_that_only_trusts_the_ca_is_on_record");
    };
    let Some(claude) = claude::installed() else { return network.done() };
    let world = World::start(network);
    let work = claude::work(&world.home, "PLAIN=1\n");
    let mut client = claude::asking(&world.home, claude, &work, "default");
    client.env("NODE_EXTRA_CA_CERTS", world.ca());
    claude::finish(client);
    eventually("its calls are on record", || {
        let calls = world.home.jsonl(&["events", "--jsonl", "--kind", "model_call"]);
        let both = |call: &serde_json::Value| {
            call["witnesses"] == serde_json::json!(["transcript", "proxy"])
        };
        (calls.len() == 5 && calls.iter().all(both)).then_some(())
    });
    let ways = eventually("its connections are on record", || {
        Some(world.ways()).filter(|ways| !ways.is_empty())
    });
    assert!(ways.iter().all(|way| way == "decrypted"), "{ways:?}");
    assert!(world.vigil.end().success());
    world.network.done();
}
