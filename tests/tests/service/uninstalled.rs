//! `vigil uninstall`: the home is as it was before, also when it was ended in the middle.

use std::{fs, os::unix::process::ExitStatusExt as _};

use serde_json::json;
use vigil_tests::vigil::Home;

use crate::world::{World, words};

/// Somebody's settings: comments, an odd order, no final newline.
const SETTINGS: &str = "{\n  // mine\n  \"model\": \"opus\",\n  \"z\": [1,2]\n}";

/// A home in which Vigil has changed what it can, and how that was before.
fn changed(world: &World) {
    let claude = world.home.user().join(".claude");
    fs::create_dir_all(&claude).unwrap();
    fs::write(claude.join("settings.json"), SETTINGS).unwrap();
    fs::create_dir_all(world.home.user().join(".codex")).unwrap();
}

fn install(world: &World) {
    world.json(&["service", "install", "--yes", "--json"]);
    for client in ["claude-code", "codex"] {
        let on = world.run(&["route", "on", client, "--yes", "--without-check"]);
        assert!(on.status.success(), "{client}: {}", words(&on));
    }
    let on = world.run(&["route", "on", "chromium", "--yes"]);
    assert!(on.status.success(), "{}", words(&on));
    let on = world.run(&["guard", "on", "claude-code", "--yes"]);
    assert!(on.status.success(), "{}", words(&on));
}

#[test]
fn everything_is_taken_back_and_the_record_stays() {
    let world = World::start();
    changed(&world);
    let before = world.files();
    install(&world);
    assert_ne!(world.files(), before);

    let shown = world.json(&["uninstall", "--dry-run", "--json"]);
    assert_eq!(shown["dry_run"], true);
    for step in ["guard", "route", "browser", "service", "agent"] {
        let steps = shown["steps"].as_array().unwrap();
        let step = steps.iter().find(|row| row["step"] == step).unwrap_or_else(|| panic!("{step}"));
        assert!(!step["done"].as_array().unwrap().is_empty(), "{step}");
    }
    assert!(world.pid().is_some());
    let unasked = world.run(&["uninstall"]);
    assert_eq!(unasked.status.code(), Some(1), "{}", words(&unasked));
    assert!(world.pid().is_some());

    let report = world.json(&["uninstall", "--yes", "--json"]);

    assert_eq!(world.files(), before, "{report:#}");
    assert_eq!(world.pid(), None);
    assert!(!world.home.vigil().join("run").exists());
    assert!(world.home.vigil().join("data").exists());
    assert!(report["left"].to_string().contains("--purge-data"), "{report}");
    let again = world.json(&["uninstall", "--yes", "--purge-data", "--json"]);
    assert_eq!(again["steps"][0]["done"], json!([]));
    assert_eq!(world.files(), before);
    assert!(!world.home.vigil().exists());
}

#[test]
fn ended_anywhere_it_goes_on_where_it_was() {
    let places = [
        "uninstall-guard",
        "route-undo",
        "uninstall-service",
        "uninstall-agent",
        "uninstall-files",
    ];
    let world = World::start();
    changed(&world);
    let before = world.files();
    for place in places {
        install(&world);

        let ended = world.run(&["uninstall", "--yes", "--purge-data", "--test-stop-at", place]);
        assert!(ended.status.signal().is_some(), "{place}: {}", words(&ended));
        let report = world.json(&["uninstall", "--yes", "--purge-data", "--json"]);

        assert_eq!(world.files(), before, "{place}: {report:#}");
        assert_eq!(world.pid(), None, "{place}");
    }
}

#[test]
fn what_somebody_has_changed_since_is_left_and_named() {
    let world = World::start();
    changed(&world);
    install(&world);
    let settings = world.home.user().join(".claude/settings.json");
    let mine =
        fs::read_to_string(&settings).unwrap().replace("http://127.0.0.1:", "http://10.0.0.1:");
    fs::write(&settings, &mine).unwrap();

    let run = world.run(&["uninstall", "--yes", "--purge-data"]);

    assert_eq!(run.status.code(), Some(1), "{}", words(&run));
    assert!(words(&run).contains("left:"), "{}", words(&run));
    assert!(!words(&run).contains("What Vigil changed is taken back"), "{}", words(&run));
    assert!(fs::read_to_string(&settings).unwrap().contains("http://10.0.0.1:"));
    let again = world.run(&["uninstall", "--yes"]);
    assert_eq!(again.status.code(), Some(1), "{}", words(&again));
    assert!(words(&again).contains("HTTPS_PROXY"), "{}", words(&again));
    assert_eq!(world.pid(), None);
}

#[test]
fn where_nothing_is_nothing_is_made() {
    let home = Home::default();

    let run = home.run(&["uninstall", "--yes"]);

    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    assert!(words(&run).contains("Nothing of Vigil's"), "{}", words(&run));
    assert!(!home.vigil().exists());
}

#[test]
fn settings_that_the_agents_end_puts_back_keep_nothing_from_being_done() {
    let home = Home::default();
    let config = home.vigil().join("config/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "[proxy]\nsystem = \"pac\"\n").unwrap();

    let run = home.run(&["uninstall", "--yes"]);

    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let left: Vec<_> =
        fs::read_dir(home.vigil()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["config"], "{}", words(&run));
}

#[test]
fn while_the_service_is_left_no_file_goes() {
    let world = World::start();
    install(&world);
    let unit = world.home.user().join(".config/systemd/user/vigil-agent.service");
    let ours = fs::read(&unit).unwrap();
    fs::write(&unit, "# somebody else's\n").unwrap();

    let run = world.run(&["uninstall", "--yes", "--purge-data"]);

    assert_eq!(run.status.code(), Some(1), "{}", words(&run));
    assert!(words(&run).contains("left: files: "), "{}", words(&run));
    assert!(world.home.vigil().join("data/vigil.db").exists());
    fs::write(&unit, ours).unwrap();
    let again = world.json(&["uninstall", "--yes", "--purge-data", "--json"]);
    assert!(!world.home.vigil().exists(), "{again:#}");
}
