//! One certificate authority following another in a running Vigil: by the command line alone, with a
//! real client, and killed at any moment.

#![expect(
    clippy::panic,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "rotation/ended.rs"]
mod ended;

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;
use vigil_tests::{
    model::Model,
    vigil::{Home, Running, eventually},
};

const HOST: &str = "api.anthropic.com";
/// How the names of our authorities begin.
const OURS: &str = "Vigil local CA";

struct World {
    home: Home,
    model: Model,
}

impl World {
    fn new() -> Self {
        let home = Home::default();
        let model = Model::start(HOST, home.root());
        Self { home, model }
    }

    fn start(&self) -> Running {
        let upstreams = self.model.upstreams(self.home.root());
        Running::start(&self.home, &["--test-upstreams", &upstreams])
    }

    fn list(&self) -> PathBuf {
        self.home.vigil().join("ca/ca.pem")
    }

    fn listed(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(self.list()).unwrap().map(Result::unwrap).collect()
    }

    fn authority(&self) -> Value {
        self.home.json(&["ca", "--json"])
    }

    /// Waits until one signs and nothing is under way any more.
    fn settled(&self) -> Value {
        eventually("it is settled", || {
            let now = self.authority();
            let (next, former) = (now.get("next").unwrap(), now.get("former").unwrap());
            let is_settled = next.is_null() && former.as_array().unwrap().is_empty();
            is_settled.then_some(now)
        })
    }

    /// curl hears the model through the proxy, with nobody to trust but `ca`. (One that is refused would
    /// be led blind before long.)
    fn hears(&self, vigil: &Running, ca: &Path) {
        let mut curl = self.home.clean("curl".into(), &["-q", "--silent", "--show-error"]);
        curl.args(["--proxy", vigil.field("proxy"), "--max-time", "60", "--cacert"]).arg(ca);
        // The model knows no such page, and says so.
        let output = curl.arg(format!("https://{HOST}/")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "curl with {}: {said}", ca.display());
    }

    /// Who signed the certificate that a client is shown which takes any.
    fn issuer(&self, vigil: &Running) -> String {
        let proxy = vigil.field("proxy").trim_start_matches("http://");
        let to = format!("{HOST}:443");
        let arguments = ["s_client", "-proxy", proxy, "-connect", &to, "-servername", HOST];
        let mut openssl = self.home.clean("openssl".into(), &arguments);
        openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut client = openssl.spawn().unwrap();
        let ask = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        client.stdin.take().unwrap().write_all(ask.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let issuer = said.lines().find_map(|line| line.strip_prefix("issuer="));
        let error = String::from_utf8_lossy(&output.stderr);
        issuer.unwrap_or_else(|| panic!("openssl was shown nothing: {said}{error}")).to_owned()
    }

    /// It is decrypted, and trusted by what a client reads by now, in both files.
    fn is_decrypted(&self, vigil: &Running) {
        let issuer = self.issuer(vigil);
        assert!(issuer.contains(OURS), "{issuer}");
        self.hears(vigil, &self.list());
        self.hears(vigil, &self.list().with_file_name("bundle.pem"));
    }

    /// It is led blind: a client hears the model as if there were nothing between.
    fn is_blind(&self, vigil: &Running) {
        let issuer = self.issuer(vigil);
        assert!(!issuer.contains(OURS), "{issuer}");
        self.hears(vigil, self.model.ca());
    }
}

#[test]
fn another_follows_and_only_that_one_is_trusted_afterwards() {
    let world = World::new();
    let vigil = world.start();
    world.is_decrypted(&vigil);
    let first = world.authority();
    assert_eq!((&first["signs"], &first["due"]), (&Value::Bool(true), &Value::Null), "{first}");
    let former = world.issuer(&vigil);

    let would = world.home.json(&["ca", "rotate", "--dry-run", "--json"]);
    assert_eq!(would["schema"], "vigil.ca_rotate/1");
    assert_eq!(
        (&would["dry_run"], &would["authority"]["next"]),
        (&Value::Bool(true), &Value::Null)
    );
    assert_eq!(world.authority(), first, "nothing was done");

    let rotated = world.home.json(&["ca", "rotate", "--now", "--json"]);

    assert_eq!(rotated["dry_run"], false);
    let second = world.settled();
    assert_ne!(second["fingerprint"], first["fingerprint"]);
    assert_eq!(world.listed().len(), 1);
    world.is_decrypted(&vigil);
    assert_ne!(world.issuer(&vigil), former);
    let mut names = Vec::new();
    eventually("each step is on record", || {
        let changes = world.home.jsonl(&["events", "--jsonl", "--kind", "config_change"]);
        names = changes.iter().map(|change| change["name"].as_str().unwrap().to_owned()).collect();
        ["authority made", "authority switch", "authority removed"]
            .iter()
            .all(|step| names.iter().any(|name| name == step))
            .then_some(())
    });
    // The next run has the same one.
    assert!(vigil.end().success());
    let vigil = world.start();
    assert_eq!(world.settled()["fingerprint"], second["fingerprint"]);
    world.is_decrypted(&vigil);
}

#[test]
fn killed_at_any_moment_the_next_start_comes_to_the_end_of_it() {
    let world = World::new();
    let mut vigil = world.start();
    for round in 0..8_u64 {
        let mut rotate = world
            .home
            .command(&["ca", "rotate", "--now"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Wherever it is by then; whatever was done must come to its end alike.
        thread::sleep(Duration::from_millis(round * 5));
        vigil.kill();
        rotate.wait().unwrap();
        let listed = world.listed();
        assert!((1..=2).contains(&listed.len()), "round {round}: {}", listed.len());

        vigil = world.start();

        let authority = world.settled();
        assert_eq!(authority["signs"], true, "round {round}: {authority}");
        assert_eq!(world.listed().len(), 1, "round {round}");
        let mut left: Vec<_> = fs::read_dir(world.list().parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["bundle.pem", "ca.key", "ca.pem"], "round {round}");
        world.is_decrypted(&vigil);
    }
}

#[test]
fn one_that_has_ended_signs_nothing_and_says_so_until_another_follows() {
    let world = World::new();
    assert!(world.start().end().success());
    ended::put(&world.list(), &world.list().with_file_name("ca.key"), HOST);
    let vigil = world.start();

    world.is_blind(&vigil);

    let status = world.home.json(&["status", "--json"]);
    let authority = &status["proxy"]["authority"];
    assert_eq!(
        (&authority["signs"], &authority["command"]),
        (&Value::Bool(false), &Value::from("vigil ca rotate"))
    );
    let warnings = status["warnings"].as_array().unwrap();
    let warns = |warning: &Value| warning.as_str().unwrap().contains("it has ended");
    assert!(warnings.iter().any(warns), "{warnings:?}");
    eventually("a gap and an envelope say so", || {
        let gaps = world.home.jsonl(&["events", "--jsonl", "--kind", "gap"]);
        let connections =
            world.home.jsonl(&["events", "--jsonl", "--text", "--kind", "connection"]);
        let said = |events: &[Value], word: &str| {
            events.iter().any(|event| event.to_string().contains(word))
        };
        (said(&gaps, "no-certificate") && said(&connections, "ca-ended")).then_some(())
    });

    world.home.json(&["ca", "rotate", "--json"]);

    assert_eq!(world.settled()["signs"], true);
    world.is_decrypted(&vigil);
}

#[test]
fn a_key_that_others_may_read_signs_nothing_until_it_is_mended() {
    let world = World::new();
    assert!(world.start().end().success());
    let key = world.list().with_file_name("ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let vigil = world.start();

    world.is_blind(&vigil);
    let shown = world.home.run(&["status"]);
    let words = String::from_utf8(shown.stdout).unwrap();
    assert!(words.contains("chmod 600") && words.contains("vigil ca rotate"), "{words}");

    assert!(vigil.end().success());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let vigil = world.start();
    world.is_decrypted(&vigil);
}
