//! `vigil config`: the file, where values come from, and what is wrong with them.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::home::Home;

const FILE: &str = "vigil/config/config.toml";

#[test]
fn init_writes_a_private_file_that_is_in_order_and_only_once() {
    let home = Home::new();

    home.vigil(["config", "init"]).exits(0);
    let again = home.vigil(["config", "init"]).exits(1);
    let check = home.vigil(["config", "check"]).exits(0);

    let mode = fs::metadata(home.path(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(again.stderr.contains("hint: `vigil config init --force`"), "{again:?}");
    assert!(check.stderr.contains("is in order"), "{check:?}");
}

#[test]
fn init_with_force_brings_the_defaults_back() {
    let home = Home::new();
    home.write(FILE, "[proxy]\nport = 1\n");

    home.vigil(["config", "init", "--force"]).exits(0);

    let shown = home.vigil(["config", "show"]).exits(0).stdout;
    assert!(shown.contains("[proxy]\nenabled = true\nport = 9080\n"), "{shown}");
}

#[test]
fn show_is_a_file_that_says_the_same() {
    let home = Home::new();
    home.write(FILE, "[exclude]\nprojects = [\"/a \\\"b\\\"\"]\n");

    let shown = home.vigil(["config", "show"]).exits(0).stdout;
    home.write(FILE, &shown);

    assert_eq!(home.vigil(["config", "show"]).exits(0).stdout, shown);
}

#[test]
fn each_value_names_its_origin() {
    let home = Home::new();
    let file = home.write(FILE, "[proxy]\nport = 1000\n");

    let output = home
        .command(["config", "show", "--origin"])
        .env("VIGIL_DASHBOARD_PORT", "2000")
        .env("VIGIL_DASHBOARD_PROT", "2000")
        .output()
        .unwrap();
    let (shown, words) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());

    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap();
    assert!(line("proxy.port = 1000 ").ends_with(&format!("# {}:2", file.display())), "{shown}");
    assert!(line("dashboard.port = 2000 ").ends_with("# VIGIL_DASHBOARD_PORT"), "{shown}");
    assert!(line("store.quota_mib = 20480 ").ends_with("# default"), "{shown}");
    assert_eq!(words, "warning: nothing reads the variable VIGIL_DASHBOARD_PROT\n");
}

#[test]
fn the_document_has_every_key_with_value_and_origin() {
    let home = Home::new();
    home.write(FILE, "\n[proxy]\nenabled = false\n");

    let document = home.vigil(["config", "show", "--json"]).exits(0).document("config");

    let settings = document["settings"].as_array().unwrap();
    let enabled = settings.iter().find(|setting| setting["key"] == "proxy.enabled").unwrap();
    assert_eq!(
        *enabled,
        serde_json::json!({
            "key": "proxy.enabled", "value": false, "origin": "file", "line": 3
        })
    );
    assert_eq!(document["exists"], true);
}

#[test]
fn a_wrong_file_exits_64_with_place_and_hint() {
    let home = Home::new();
    let file = home.write(FILE, "[proxy]\nport = 9080\nhots = []\n");

    for command in [["config", "check"], ["config", "show"]] {
        let ran = home.vigil(command).exits(64);
        assert!(
            ran.stderr.starts_with(&format!("error: {}:3: unknown field `hots`", file.display())),
            "{ran:?}"
        );
        assert!(ran.stderr.ends_with("\n\nhint: did you mean `hosts`?\n"), "{ran:?}");
    }
}

#[test]
fn a_wrong_variable_exits_64_and_is_named() {
    let home = Home::new();
    let output =
        home.command(["config", "check"]).env("VIGIL_PROXY_PORT", "http").output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.starts_with("error: VIGIL_PROXY_PORT: `http` is not a port"), "{words}");
}

#[test]
fn status_still_answers_when_the_file_is_wrong_and_says_so() {
    let home = Home::new();
    home.write(FILE, "nonsense");
    let status = home.vigil(["status", "--json"]).exits(0).document("status");
    assert!(status["warnings"][0].as_str().unwrap().starts_with("the configuration is wrong: "));
}
