//! `vigil canary`: planted, listed, sighted, taken back; and what `vigil scan` does with the
//! configuration's rules.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use crate::home::Home;

const FILE: &str = "vigil/config/config.toml";

#[test]
fn a_canary_that_vigil_makes_is_shown_once_and_kept_nowhere() {
    let home = Home::new();

    let made = home.vigil(["canary", "add", "backup"]).exits(0);
    let token = made.stdout.trim().to_owned();
    let listed = home.vigil(["canary", "list"]).exits(0);

    assert_eq!(token.len(), 40, "{made:?}");
    assert_eq!(listed.stdout, "backup\n");
    let kept = fs::read_to_string(home.path(FILE)).unwrap();
    assert!(kept.contains("[detect.canaries]\nbackup = \"v1:40:"), "{kept}");
    assert!(!kept.contains(&token));
}

#[test]
fn a_sighting_is_told_by_scan_and_not_after_it_was_taken_back() {
    let home = Home::new();
    home.write(FILE, "# mine\n[proxy]\nport = 1000\n");
    let token = home.vigil(["canary", "add", "backup"]).exits(0).stdout.trim().to_owned();
    home.write("notes.txt", format!("seen: {token}\n"));

    let seen = home.vigil(["scan", "notes.txt", "--json"]).exits(0).stdout;
    home.vigil(["canary", "remove", "backup"]).exits(0);
    let after = home.vigil(["scan", "notes.txt", "--json"]).exits(0).stdout;

    assert!(seen.contains("\"canary\"") && seen.contains("critical"), "{seen}");
    assert!(!after.contains("\"canary\""), "{after}");
    let text = fs::read_to_string(home.path(FILE)).unwrap();
    assert!(text.starts_with("# mine\n[proxy]\nport = 1000\n"), "{text}");
}

#[test]
fn what_is_no_canary_is_refused_and_a_name_is_taken_once() {
    let home = Home::new();
    home.vigil(["canary", "add", "backup"]).exits(0);

    let twice = home.vigil(["canary", "add", "backup"]).exits(1);
    let unknown = home.vigil(["canary", "remove", "other"]).exits(1);

    assert!(twice.stderr.contains("already"), "{twice:?}");
    assert!(unknown.stderr.contains("hint: `vigil canary list`"), "{unknown:?}");
}

#[test]
fn a_name_that_is_none_leaves_the_configuration_as_it_was() {
    let home = Home::new();
    let before = "# mine\n[proxy]\nport = 1000\n";
    home.write(FILE, before);

    for name in ["Backup", "a.b", "a = 1\n[proxy]\nx", "", "it's", &"a".repeat(41)] {
        let refused = home.vigil(["canary", "add", name]).exits(1);

        assert!(refused.stderr.contains("is no name for a canary"), "{refused:?}");
        assert!(refused.stderr.contains("hint: use small letters"), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(home.path(FILE)).unwrap(), before);
    home.vigil(["config", "check"]).exits(0);
}

#[test]
fn a_configuration_that_is_a_link_stays_one() {
    let home = Home::new();
    home.write("dotfiles/vigil.toml", "# mine\n");
    fs::create_dir_all(home.path(FILE).parent().unwrap()).unwrap();
    symlink("../../dotfiles/vigil.toml", home.path(FILE)).unwrap();
    let mode = |path: &str| fs::metadata(home.path(path)).unwrap().permissions().mode();
    let folder = mode("dotfiles");

    home.vigil(["canary", "add", "backup"]).exits(0);
    let added = fs::read_to_string(home.path("dotfiles/vigil.toml")).unwrap();
    home.vigil(["canary", "remove", "backup"]).exits(0);
    let removed = fs::read_to_string(home.path("dotfiles/vigil.toml")).unwrap();

    assert!(added.starts_with("# mine\n") && added.contains("backup = \"v1:40:"), "{added}");
    assert!(!removed.contains("backup"), "{removed}");
    assert!(fs::symlink_metadata(home.path(FILE)).unwrap().is_symlink());
    assert_eq!(mode("dotfiles"), folder, "the folder of the file itself is not ours");
}

#[test]
fn a_rule_of_ones_own_finds_and_one_that_is_wrong_names_its_line() {
    let home = Home::new();
    home.write(FILE, "[detect.rules.acme]\npattern = 'acme_[a-z0-9]{12}'\n");
    home.write("notes.txt", "use acme_k3v9q2m7x1z5 here\n");

    let found = home.vigil(["scan", "notes.txt", "--json"]).exits(0).stdout;
    let shown = home.vigil(["config", "show"]).exits(0).stdout;
    home.write(FILE, "[detect.rules.acme]\npattern = '('\n");
    let wrong = home.vigil(["config", "check"]).exits(64);

    assert!(found.contains("user_acme"), "{found}");
    assert!(shown.contains("[detect.rules.acme]"), "{shown}");
    assert!(wrong.stderr.contains("config.toml:2") && wrong.stderr.contains("hint: "), "{wrong:?}");
}

#[test]
fn a_file_that_is_allowed_is_left_alone() {
    let home = Home::new();
    let token = ["gh", "p_", "k3V9q2M7x1Z5k3V9q2M7x1Z5k3V9q2M7x1Z5"].concat();
    home.write("tests/notes.txt", format!("use {token} here\n"));
    home.write("notes.txt", format!("use {token} here\n"));
    home.write(FILE, "[[detect.allow]]\npath = \"tests/**\"\nreason = \"made up\"\n");

    let found = home.vigil(["scan", "tests", "notes.txt", "--json"]).exits(0).stdout;

    assert!(found.contains("notes.txt"), "{found}");
    assert!(!found.contains("tests/notes.txt"), "{found}");
}
