//! Vigil installed from its package on a Debian of its own, by root, set up by an ordinary user, used by
//! the real Claude Code, upgraded and taken away again: no trace is left.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "installed/package.rs"]
mod package;

use std::{fs, os::unix::process::ExitStatusExt as _, path::Path, time::Instant};

use serde_json::Value;
use vigil_tests::{
    claude,
    debian::{self, Debian},
    vigil::settles,
};

use self::package::{Package, VERSIONS};

const ADA: &str = "ada";
const HOST: &str = "api.anthropic.com";

/// Claude Code's own settings, as a person may have written them.
const SETTINGS: &str =
    "{\n\t\"env\" : { \"EDITOR\":\"vi\" },\n\n      \"cleanupPeriodDays\": 365   }\n";

/// What Claude Code writes, for itself and for ada.
const CLIENTS_OWN: &[&str] =
    &["home/ada/.claude", "home/ada/.claude.json", "home/ada/.cache", "home/ada/work"];

/// What the daemon notes, until the package is purged.
const DAEMONS_OWN: &str = "var/lib/vigil";

/// What stays until the user says otherwise.
const DATA: &[&str] = &["home/ada/.local/share/vigil", "home/ada/.config/vigil"];

/// A Debian with a user, the real client and its model, before Vigil.
fn machine(claude: &Path) -> Debian {
    let mut debian = Debian::boot();
    debian.add(ADA);
    debian.lend(claude, "/opt/claude");
    debian.model(HOST);
    let work = debian.path("/home/ada/work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("settings.env"), "PORT=8080\n").unwrap();
    fs::create_dir(debian.path("/home/ada/.claude")).unwrap();
    fs::write(debian.path("/home/ada/.claude/settings.json"), SETTINGS).unwrap();
    debian.must(&["chown", "-R", "ada:ada", "/home/ada"]);
    debian
}

/// The real client, through one whole conversation; no word about any proxy.
fn ask(debian: &Debian) {
    let prompt = "[[conversation:default]] FOLDER=/home/ada/work Do the steps.";
    let mut command = debian.command_of(ADA, "/usr/bin/env");
    command.arg("--chdir=/home/ada/work").arg("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1");
    command.args(["DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1", "TERM=dumb"]);
    command.arg(["ANTHROPIC_API_KEY=sk-ant-", "api03-dummy"].concat());
    command.args(["/opt/claude", "-p", prompt, "--model", "claude-sonnet-4-5"]);
    command.args(["--output-format", "json", "--allowedTools", "Bash,Read,Write,Task,Agent"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("CONVERSATION-ENDS"), "{}\n{said}\n{words}", output.status);
}

fn vigil(debian: &Debian, words: &[&str]) -> Value {
    let all = [&["vigil"], words, &["--json"]].concat();
    serde_json::from_str(&debian.user_must(ADA, &all)).unwrap()
}

/// Claude Code's row of the capture matrix, once both witnesses have told of it.
fn surface(debian: &Debian) -> Value {
    settles("both witnesses tell of Claude Code", || {
        let status = vigil(debian, &["status"]);
        let surfaces = status["surfaces"].as_array().cloned().unwrap_or_default();
        let claude = surfaces.into_iter().find(|one| one["client"] == "claude-code");
        let claude = claude.ok_or_else(|| status.to_string())?;
        let has = |witness: &str| claude["witnesses"][witness]["count"].as_u64() > Some(0);
        let is_seen = has("transcript") && has("proxy") && claude["coverage"]["ratio"] == 1.0;
        if is_seen { Ok(claude) } else { Err(claude.to_string()) }
    })
}

#[test]
fn in_and_out_without_a_trace() {
    if let Some(why) = debian::impossible() {
        return eprintln!("SKIPPED: {why}");
    }
    let Some(claude) = claude::installed() else { return };
    let package = Package::build(&VERSIONS);
    let debian = machine(&claude);
    package.show(&debian);
    let before = debian.files();

    // Installed by an administrator for ada.
    package::install(&debian, ADA);
    assert!(debian.path("/usr/bin/vigil").exists());
    let enrolled = fs::read_to_string(debian.path("/etc/vigil/enrolled")).unwrap();
    let uid = debian.must(&["id", "-u", ADA]);
    assert!(enrolled.lines().any(|line| line.split(" #").next() == Some(uid.trim())), "{enrolled}");

    // Set up by ada, and a second time, which changes nothing.
    eprintln!("{}", debian.user_must(ADA, &["vigil", "setup", "--yes"]));
    let set_up = debian.files();
    let begun = Instant::now();
    let again = vigil(&debian, &["setup", "--yes"]);
    eprintln!("a second set-up: {:?}", begun.elapsed());
    let steps = again["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["state"] == "done"), "{again}");
    let changed = set_up.changes(&debian.files(), &["home/ada/.local", DAEMONS_OWN]);
    assert!(changed.is_empty(), "{changed:#?}");

    // Used.
    ask(&debian);
    let claude = surface(&debian);
    eprintln!("{claude}");
    settles("the daemon anchors the record", || {
        let daemon = vigil(&debian, &["status"])["daemon"].take();
        let is_there = daemon["state"] == "running" && daemon["anchor"]["count"].as_u64() > Some(0);
        if is_there { Ok(()) } else { Err(daemon.to_string()) }
    });
    eprintln!("{}", debian.user_must(ADA, &["vigil", "status"]));

    // Upgraded: the record goes on.
    let sessions = vigil(&debian, &["sessions"])["sessions"].as_array().unwrap().len();
    package::upgrade(&debian);
    debian.user_must(ADA, &["vigil", "service", "install", "--yes"]);
    settles("the record is there after the upgrade", || {
        let report = vigil(&debian, &["sessions"]);
        let count = report["sessions"].as_array().map(Vec::len);
        if count == Some(sessions) { Ok(()) } else { Err(report.to_string()) }
    });
    package::refuses_older(&debian);
    ask(&debian);
    surface(&debian);

    // Taken away, the record aside.
    eprintln!("{}", debian.user_must(ADA, &["vigil", "uninstall", "--yes"]));
    package::purge(&debian);
    let mut left = before.changes(&debian.files(), &[CLIENTS_OWN, DATA].concat());
    // The record is in them.
    left.retain(|one| one != "/home/ada/.local: new" && one != "/home/ada/.local/share: new");
    assert!(left.is_empty(), "{left:#?}");
    let settings = fs::read_to_string(debian.path("/home/ada/.claude/settings.json")).unwrap();
    assert_eq!(settings, SETTINGS);
    assert!(debian.path("/home/ada/.local/share/vigil/data").exists());

    // And the record as well.
    package::install(&debian, ADA);
    eprintln!("{}", debian.user_must(ADA, &["vigil", "uninstall", "--purge-data", "--yes"]));
    package::purge(&debian);
    let left = before.changes(&debian.files(), CLIENTS_OWN);
    assert!(left.is_empty(), "{left:#?}");
}

/// A command is cut off as by a power cut, at each of these places, with a whole set-up before it or
/// none; then Vigil is set up, and taken away again.
fn cut(command: &[&str], is_set_up: bool, places: &[&str]) {
    if let Some(why) = debian::impossible() {
        return eprintln!("SKIPPED: {why}");
    }
    let Some(claude) = claude::installed() else { return };
    let package = Package::build(&VERSIONS[..1]);
    let debian = machine(&claude);
    package.show(&debian);
    // A browser was used here once.
    debian.user_must(ADA, &["mkdir", "-p", "/home/ada/.config/chromium"]);
    let before = debian.files();
    package::install(&debian, ADA);
    let installed = debian.files();

    for place in places {
        if is_set_up {
            debian.user_must(ADA, &["vigil", "setup", "--yes"]);
        }
        let words = [&["vigil"], command, &["--test-stop-at", place]].concat();
        let output = debian.user(ADA, &words);
        // SIGABRT.
        assert_eq!(output.status.signal(), Some(6), "{place}: {output:?}");

        // Set up all the same.
        debian.user_must(ADA, &["vigil", "setup", "--yes"]);
        let settings = fs::read_to_string(debian.path("/home/ada/.claude/settings.json"));
        assert!(settings.unwrap().contains("HTTPS_PROXY"), "{place}");
        let again = vigil(&debian, &["setup", "--yes"]);
        let steps = again["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["state"] == "done"), "{place}: {again}");

        // And away again, but for what the daemon keeps until it is purged.
        debian.user_must(ADA, &["vigil", "uninstall", "--purge-data", "--yes"]);
        let left = installed.changes(&debian.files(), &[DAEMONS_OWN]);
        assert!(left.is_empty(), "{place}: {left:#?}");
        eprintln!("{place}: as it was");
    }
    package::purge(&debian);
    let left = before.changes(&debian.files(), &[]);
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn cut_off_as_it_begins() {
    let places = ["consent-before", "consent-after", "service-before", "service-after"];
    cut(&["setup", "--yes"], false, &places);
}

#[test]
fn cut_off_as_clients_are_led() {
    let places = ["route-before", "route-noted", "route-staged", "route-written", "route-after"];
    cut(&["setup", "--yes"], false, &places);
}

#[test]
fn cut_off_as_a_browser_is_told() {
    let places =
        ["browser-before", "browser-script", "browser-noted", "browser-between", "browser-after"];
    cut(&["setup", "--yes"], false, &places);
}

#[test]
fn cut_off_as_the_authority_is_made() {
    cut(&["setup", "--only", "ca", "--yes"], false, &["ca-before", "ca-after"]);
}

#[test]
fn cut_off_as_the_system_is_to_trust_it() {
    cut(&["setup", "--system-trust", "--yes"], false, &["trust-before", "trust-after"]);
}

#[test]
fn cut_off_on_the_way_back() {
    let places = ["route-taken-out", "route-undo", "ca-undo"];
    cut(&["setup", "--undo", "ca", "--yes"], true, &places);
}

#[test]
fn cut_off_as_it_is_taken_away() {
    let places = ["uninstall-guard", "uninstall-service", "uninstall-agent", "uninstall-files"];
    cut(&["uninstall", "--purge-data", "--yes"], true, &places);
}
