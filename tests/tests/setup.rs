//! `vigil setup` as its user meets it: each step shown, done, left as it is by the next run, and taken
//! back to the byte; cut short anywhere and run again; and on machines where something is in the way.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "setup/asked.rs"]
mod asked;
#[path = "setup/cut_short.rs"]
mod cut_short;
#[path = "rotation/ended.rs"]
mod ended;
#[path = "setup/in_the_way.rs"]
mod in_the_way;
#[path = "setup/tree.rs"]
mod tree;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use vigil_tests::{
    model::Model,
    vigil::{Home, Running},
};

use self::tree::Tree;

const HOST: &str = "api.anthropic.com";

/// Somebody's settings: comments, an odd order, no final newline.
const SETTINGS: &str =
    "{\n  // mine\n  \"model\": \"opus\",\n\t\"env\":   {\n    \"A\": \"b\" },\n  \"z\": [1,2]\n}";

/// A home with two clients and a browser, and a model behind the proxy.
struct World {
    home: Home,
    model: Model,
}

impl World {
    fn new() -> Self {
        let home = Home::default();
        fs::write(home.user().join(".claude/settings.json"), SETTINGS).unwrap();
        fs::create_dir_all(home.user().join(".codex")).unwrap();
        fs::create_dir_all(home.user().join(".config/chromium")).unwrap();
        let model = Model::start(HOST, home.root());
        Self { home, model }
    }

    fn start(&self) -> Running {
        let upstreams = self.model.upstreams(self.home.root());
        Running::start(&self.home, &["--test-upstreams", &upstreams])
    }

    fn settings(&self) -> PathBuf {
        self.home.user().join(".claude/settings.json")
    }

    fn tree(&self) -> Tree {
        Tree::of(&self.home.user())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(&[&["setup"], arguments].concat());
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end, with nobody to be asked.
    fn setup(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn report(&self, arguments: &[&str]) -> Report {
        let output = self.setup(&[arguments, &["--json"]].concat());
        Report::read(&output)
    }
}

/// A report, and how the command ended.
struct Report {
    document: Value,
    code: Option<i32>,
}

impl Report {
    fn read(output: &Output) -> Self {
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("no report: {error}: {}", words(output)));
        Self { document, code: output.status.code() }
    }

    fn step(&self, name: &str) -> &Value {
        let steps = self.document["steps"].as_array().unwrap();
        steps.iter().find(|step| step["step"] == name).unwrap_or_else(|| panic!("no step {name}"))
    }

    fn state(&self, name: &str) -> &str {
        self.step(name)["state"].as_str().unwrap()
    }

    /// All that is said of a step.
    fn words(&self, name: &str) -> String {
        self.step(name).to_string()
    }

    fn states(&self) -> Vec<(&str, &str)> {
        let steps = self.document["steps"].as_array().unwrap();
        let of = |step: &'_ Value, key: &str| step[key].as_str().unwrap().to_owned();
        steps
            .iter()
            .map(|step| {
                let name = of(step, "step");
                let known = ["service", "ca", "trust", "route", "browser", "dashboard"];
                let name = known.into_iter().find(|known| *known == name).unwrap();
                (name, step["state"].as_str().unwrap())
            })
            .collect()
    }
}

const ALL_DONE: [(&str, &str); 6] = [
    ("service", "done"),
    ("ca", "done"),
    ("trust", "done"),
    ("route", "done"),
    ("browser", "done"),
    ("dashboard", "done"),
];

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn every_step_is_done_once_and_the_next_run_changes_nothing_and_asks_nobody() {
    let world = World::new();
    let vigil = world.start();

    let first = world.report(&["--yes"]);

    assert_eq!((first.states(), first.code), (ALL_DONE.to_vec(), Some(0)), "{}", first.document);
    assert_eq!(first.document["schema"], "vigil.setup/1");
    assert!(first.words("route").contains("HTTPS_PROXY"), "{}", first.words("route"));
    let settings = fs::read_to_string(world.settings()).unwrap();
    assert!(settings.contains(vigil.field("proxy")) && settings.contains("// mine"), "{settings}");
    let trust = first.words("trust");
    assert!(trust.contains("handshake") && trust.contains("claude-code"), "{trust}");
    let (tree, vigils) = (world.tree(), Tree::of(&world.home.vigil().join("ca")));

    let second = world.setup(&[]);

    assert_eq!(second.status.code(), Some(0), "{}", words(&second));
    assert!(!words(&second).contains("[y/N]"), "{}", words(&second));
    tree.is_still(&world.home.user());
    vigils.is_still(&world.home.vigil().join("ca"));
}

#[test]
fn with_nobody_to_be_asked_and_no_yes_nothing_is_done() {
    let world = World::new();
    let _vigil = world.start();
    let before = world.tree();

    let output = world.setup(&[]);

    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("--yes"), "{}", words(&output));
    before.is_still(&world.home.user());
    assert!(!world.home.vigil().join("state/consent.json").exists());
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let world = World::new();
    let before = world.tree();

    let output = world.setup(&["--dry-run"]);

    let said = words(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in ["vigil pause", "vigil forget", "365 days", "ca.pem", "+     \"HTTPS_PROXY\""] {
        assert!(said.contains(expected), "{expected} is missing: {said}");
    }
    before.is_still(&world.home.user());
    assert!(!world.home.vigil().exists(), "a folder was made");
}

#[test]
fn without_an_agent_it_does_what_it_can_and_says_what_waits() {
    let world = World::new();
    let before = fs::read(world.settings()).unwrap();

    let first = world.report(&["--yes", "--no-service"]);

    assert_eq!(first.code, Some(3), "{}", first.document);
    assert_eq!((first.state("service"), first.state("ca")), ("left", "done"));
    assert_eq!((first.state("trust"), first.state("route")), ("waits", "waits"));
    assert!(first.words("service").contains("vigil up"), "{}", first.words("service"));
    assert_eq!(fs::read(world.settings()).unwrap(), before);
    let made = fs::read(world.home.vigil().join("ca/ca.pem")).unwrap();

    let _vigil = world.start();
    let second = world.report(&["--yes", "--no-service"]);

    assert_eq!((second.states(), second.code), (ALL_DONE.to_vec(), Some(0)), "{}", second.document);
    assert_eq!(fs::read(world.home.vigil().join("ca/ca.pem")).unwrap(), made);
}

#[test]
fn each_step_is_taken_back_with_what_stands_on_it_and_nothing_of_it_is_left() {
    let world = World::new();
    let before = world.tree();
    let _vigil = world.start();
    assert_eq!(world.report(&["--yes"]).code, Some(0));
    let done = world.tree();

    // What would be taken back is shown, and is not.
    let shown = world.setup(&["--undo", "ca", "--dry-run"]);
    assert!(words(&shown).contains("- "), "{}", words(&shown));
    done.is_still(&world.home.user());

    let undone = world.report(&["--undo", "browser"]);
    assert_eq!((undone.code, &undone.document["schema"]), (Some(0), &"vigil.setup_undo/1".into()));
    let undone = world.report(&["--undo", "trust"]);
    assert_eq!(undone.code, Some(0), "{}", undone.document);
    before.is_same(&world.home.user());
    assert!(world.home.vigil().join("ca/ca.pem").exists(), "the authority stays");

    let again = world.report(&["--yes"]);
    assert_eq!((again.states(), again.code), (ALL_DONE.to_vec(), Some(0)), "{}", again.document);
    let undone = world.report(&["--undo", "ca"]);
    assert_eq!(undone.code, Some(0), "{}", undone.document);
    assert!(!fs::read_to_string(world.settings()).unwrap().contains("HTTPS_PROXY"));
    let left: Vec<_> = fs::read_dir(world.home.vigil().join("ca")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");

    // Another one is made, and clients are led again.
    let anew = world.report(&["--yes"]);
    assert_eq!((anew.states(), anew.code), (ALL_DONE.to_vec(), Some(0)), "{}", anew.document);
}

#[test]
fn only_the_steps_that_are_asked_for_are_taken() {
    let world = World::new();
    let _vigil = world.start();
    let settings = fs::read(world.settings()).unwrap();

    let report = world.report(&["--yes", "--only", "ca", "--only", "browser"]);

    assert_eq!(report.states(), [("ca", "done"), ("browser", "done")]);
    assert_eq!(fs::read(world.settings()).unwrap(), settings);
}

#[test]
fn it_says_that_it_records_only_where_an_agent_does() {
    let world = World::new();

    let run = world.setup(&["--yes", "--only", "ca"]);

    assert!(words(&run).contains("nothing is recorded"), "{}", words(&run));
}

#[test]
fn an_authority_that_was_deleted_below_the_agent_is_told_with_what_mends_it() {
    let world = World::new();
    let _vigil = world.start();
    assert_eq!(world.report(&["--yes", "--only", "ca"]).state("ca"), "done");
    fs::remove_dir_all(world.home.vigil().join("ca")).unwrap();

    let report = world.report(&["--yes"]);

    assert_eq!((report.state("ca"), report.code), ("failed", Some(1)));
    assert!(report.words("ca").contains("`vigil down`, then `vigil up`"), "{}", report.words("ca"));
}

#[test]
fn another_authority_follows_when_it_is_asked_for_and_clients_are_led_to_it() {
    let world = World::new();
    let _vigil = world.start();
    assert_eq!(world.report(&["--yes"]).code, Some(0));
    let before = world.home.json(&["ca", "--json"])["fingerprint"].clone();

    let report = world.report(&["--yes", "--regenerate-ca"]);

    assert_eq!((report.states(), report.code), (ALL_DONE.to_vec(), Some(0)), "{}", report.document);
    let now = world.home.json(&["ca", "--json"]);
    assert_ne!(now["fingerprint"], before);
    assert!(report.words("ca").contains(now["fingerprint"].as_str().unwrap()));
}

#[test]
fn the_plan_for_the_other_platform_is_shown_here_and_nothing_is_changed() {
    let world = World::new();
    let before = world.tree();

    let report = world.report(&["--dry-run", "--platform", "macos"]);

    assert_eq!((report.code, &report.document["platform"]), (Some(0), &"macos".into()));
    assert_eq!(report.states().len(), 6, "{}", report.document);
    assert!(report.words("service").contains("launchctl"), "{}", report.words("service"));
    before.is_still(&world.home.user());
    assert!(!world.home.vigil().exists(), "a folder was made");
}
