//! The model has a package installed that looks like a well-known one.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use serde_json::{Value, json};
use vigil_tests::vigil::{Home, eventually};

use super::converse_as;

/// An installer that does nothing stands before every other.
fn harmless(home: &Home, client: &mut Command) {
    let bin = home.user().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let pip = bin.join("pip");
    fs::write(&pip, "#!/bin/sh\necho done\n").unwrap();
    fs::set_permissions(&pip, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    client.env("PATH", format!("{}:{path}", bin.display()));
    // The client's shell reads these, and one of them may set another path.
    for file in [".profile", ".bashrc", ".zshrc"] {
        fs::write(home.user().join(file), "export PATH=\"$HOME/bin:$PATH\"\n").unwrap();
    }
}

#[test]
fn an_install_that_both_saw_is_one_with_its_verdict_and_its_target() {
    let Some(run) = converse_as("install", harmless) else { return };

    let install = eventually("the install is told by both", || {
        let installs = run.home.jsonl(&["installs", "--jsonl", "--package", "requets"]);
        let both = |install: &Value| {
            install["witnesses"] == json!(["transcript", "proxy"])
                && install["outcome"] == "executed"
        };
        installs.first().filter(|first| installs.len() == 1 && both(first)).cloned()
    });

    assert_eq!(install["package"]["ecosystem"], "pypi", "{install:#}");
    assert_eq!(install["severity"], "high", "{install:#}");
    assert_eq!(install["reasons"][0]["target"], "requests", "{install:#}");
    assert_eq!((&install["tool"], &install["turn"]), (&json!("Bash"), &json!(1)), "{install:#}");
    assert_eq!(install["command"], "pip install requets");
    let found = run.home.json(&["findings", "--json"])["findings"].clone();
    let found: Vec<&Value> =
        found.as_array().unwrap().iter().filter(|row| row["group"] == "package").collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["rule"], "package-similar");
    assert_eq!((&found[0]["masked"], &found[0]["sightings"]), (&json!("requets"), &json!(1)));
    assert_eq!(found[0]["id"], install["findings"][0]);
    let why = run.home.json(&["why", found[0]["id"].as_str().unwrap(), "--json"]);
    assert!(why.to_string().contains("looks like requests"), "{why:#}");
    assert!(run.vigil.end().success());
}
