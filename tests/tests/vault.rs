//! The vault with a real keyring: off until it is switched on, opened by the person alone, and empty
//! after its days.

#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an integration test is a test module"
)]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use rusqlite::Connection;
use vigil_tests::{
    keyring::Keyring,
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

/// A synthetic token of a forge, put together here.
fn token(letter: char) -> String {
    ["gh", "p_", &letter.to_string(), "kZ4", "Q7w2Zk9Lm4Xc8Vb1Nn5Tt3Rr6Yy0Pp7d"].concat()
}

struct Bench {
    home: Home,
    keyring: Keyring,
}

impl Bench {
    fn new() -> Option<Self> {
        Some(Self { keyring: Keyring::start()?, home: Home::default() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.envs(self.keyring.variables());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// The same for a person: with a terminal.
    fn typed(&self, arguments: &[&str]) -> String {
        let inner = self.command(arguments);
        let line = [inner.get_program()].into_iter().chain(inner.get_args());
        let line: Vec<_> = line.map(|word| word.to_str().unwrap()).collect();
        let mut script = Command::new("script");
        script.args(["-qec", &line.join(" "), "/dev/null"]).env_clear();
        script.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = script.stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn says(&self, text: &str) {
        let mut session = Session::new(1);
        let project = self.home.projects().join("-home-dev-shop");
        fs::create_dir_all(&project).unwrap();
        let transcript = project.join(format!("{}.jsonl", session.id));
        append(&transcript, &jsonl(&[session.prompt(text)]));
    }

    /// The finding of a rule, once there is one.
    fn finding(&self, rule: &str) -> String {
        eventually(rule, || {
            let found = self.home.json(&["findings", "--json"]);
            let found = found["findings"].as_array().unwrap().iter();
            let mut found = found.filter(|finding| finding["rule"] == rule);
            found.next().map(|finding| finding["id"].as_str().unwrap().to_owned())
        })
    }

    fn values(&self) -> u64 {
        self.home.json(&["vault", "--json"])["values"].as_u64().unwrap()
    }
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_value_is_shown_to_the_person_alone_and_that_is_told() {
    let Some(bench) = Bench::new() else { return };
    let running = Running::start(&bench.home, &["--no-proxy"]);
    assert_eq!(bench.home.json(&["vault", "--json"])["on"], false);
    let on = bench.run(&["vault", "on", "--json"]);
    assert!(on.status.success(), "{}", words(&on));
    let token = token('a');
    bench.says(&format!("use {token} for this"));
    let id = bench.finding("github_ghp");
    eventually("the value", || (bench.values() == 1).then_some(()));

    let refused = bench.run(&["reveal", &id]);
    let shown = bench.typed(&["reveal", &id[..12]]);

    assert!(!refused.status.success());
    assert!(words(&refused).contains("only to a person at a terminal"), "{}", words(&refused));
    assert!(shown.contains(&token), "it was not shown");
    bench.finding("secret-revealed");
    let told = bench.home.json(&["findings", "--json"]);
    let told = told["findings"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    let of_it = told.iter().find(|finding| finding["rule"] == "secret-revealed").unwrap();
    assert!(of_it["masked"].to_string().contains(&id[..12]), "{of_it}");
    let changes = bench.home.jsonl(&["events", "--kind", "config_change", "--jsonl"]);
    let of_vault = |what: &str| changes.iter().filter(|change| change["name"] == what).count();
    assert_eq!((of_vault("vault-on"), of_vault("vault-reveal")), (1, 1), "{changes:?}");
    assert!(!bench.home.holds(&token), "the value is in a file of Vigil's in clear");

    let purged = bench.run(&["purge", &id, "--yes", "--json"]);
    assert!(purged.status.success(), "{}", words(&purged));
    assert_eq!(bench.values(), 0);
    let nothing = bench.run(&["purge", &id, "--yes"]);
    assert_eq!(nothing.status.code(), Some(1), "there is nothing of it to delete");
    assert!(!bench.typed(&["reveal", &id]).contains(&token));
    let off = bench.run(&["vault", "off", "--yes"]);
    assert!(off.status.success(), "{}", words(&off));
    assert!(words(&off).is_empty(), "{}", words(&off));
    assert!(running.end().success());
}

#[test]
fn without_a_keystore_there_is_no_vault() {
    let home = Home::default();
    let running = Running::start(&home, &["--no-proxy"]);

    let refused = home.run(&["vault", "on"]);

    assert!(!refused.status.success());
    assert!(words(&refused).contains("there is no keystore to use"), "{}", words(&refused));
    assert_eq!(home.json(&["vault", "--json"])["on"], false);
    assert!(running.end().success());
}

#[test]
fn past_its_days_a_value_is_opened_by_nothing_that_is_left() {
    let Some(bench) = Bench::new() else { return };
    let running = Running::start(&bench.home, &["--no-proxy"]);
    assert!(bench.run(&["vault", "on"]).status.success());
    let token = token('b');
    bench.says(&format!("use {token} for this"));
    let id = bench.finding("github_ghp");
    eventually("the value", || (bench.values() == 1).then_some(()));
    assert!(running.end().success());
    // As if 31 days had passed.
    let folder = bench.home.vigil().join("state/vault");
    let key = |path: &Path| path.extension().is_some_and(|extension| extension == "key");
    let files = || fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let today = files().find(|path| key(path)).unwrap();
    let day: u32 = today.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    fs::rename(&today, folder.join(format!("{}.key", day - 31))).unwrap();
    let database = bench.home.vigil().join("data/vigil.db");
    let store = Connection::open(database).unwrap();
    assert_eq!(store.execute("UPDATE sealed SET day = ?", [day - 31]).unwrap(), 1);
    let sealed: Vec<u8> =
        store.query_row("SELECT value FROM sealed", [], |row| row.get(0)).unwrap();
    drop(store);

    let running = Running::start(&bench.home, &["--no-proxy"]);

    eventually("the key's end", || (!files().any(|path| key(&path))).then_some(()));
    eventually("the value's end", || (bench.values() == 0).then_some(()));
    assert!(!bench.typed(&["reveal", &id]).contains(&token));
    assert!(running.end().success());
    assert!(!holds(&bench.home.vigil(), &sealed), "the sealed value is still in a file");
    assert!(!bench.home.holds(&token));
}

fn holds(path: &Path, needle: &[u8]) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().any(|entry| holds(&entry.unwrap().path(), needle));
    }
    fs::read(path).unwrap_or_default().windows(needle.len()).any(|window| window == needle)
}
