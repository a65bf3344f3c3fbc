//! `vigil guard on` and `off` where a client's settings cannot be written or read.

use std::fs;

use crate::home::Home;

#[test]
fn a_hook_that_could_not_be_written_is_not_noted() {
    let home = Home::new();
    // What is written first stands in the way, for root as well.
    let staged = home.path("home/.claude/.settings.json.vigil-new");
    fs::create_dir_all(&staged).unwrap();
    let mode = |home: &Home| {
        let document =
            home.vigil(["guard", "status", "--json"]).exits(0).document("guard").to_string();
        document.contains("\"observe\"")
    };

    let ran = home.vigil(["guard", "on", "claude-code", "--yes"]);

    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(!mode(&home));
    fs::remove_dir(&staged).unwrap();
    home.vigil(["guard", "on", "claude-code", "--yes"]).exits(0);
    assert!(mode(&home));
}

#[test]
fn a_broken_file_without_a_hook_hinders_nobody() {
    let home = Home::new();
    let file = home.write("home/.codex/hooks.json", "{ broken");

    home.vigil(["guard", "off", "all"]).exits(0);
    home.vigil(["guard", "off", "codex"]).exits(0);

    assert_eq!(fs::read_to_string(&file).unwrap(), "{ broken");
    home.vigil(["guard", "on", "codex", "--yes"]).exits(1);
}
