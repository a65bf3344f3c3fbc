//! `vigil open`: how the one-time link reaches the browser.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::json;

use crate::{home::Home, stand_in::StandIn};

const URL: &str = "http://localhost:1/login?once=abc";

/// A desktop's opener that notes what it was told, and the page as it was then.
fn opener(home: &Home) {
    for name in ["xdg-open", "open"] {
        let script = "#!/bin/sh\n/bin/echo \"$@\" > told\n/bin/cp -p \"$1\" page.html\n";
        let path = home.write(&format!("bin/{name}"), script);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn the_link_reaches_the_browser_in_a_private_file_that_is_then_removed() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));
    opener(&home);

    let ran = home.command(["open"]).env("PATH", home.path("bin")).output().unwrap();

    assert!(ran.status.success(), "{ran:?}");
    let told = fs::read_to_string(home.path("told")).unwrap();
    assert!(!told.contains("once="), "everybody can read a process's arguments");
    let page = home.path("page.html");
    assert!(fs::read_to_string(&page).unwrap().contains(URL));
    assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!home.path("vigil/run/open.html").exists());
    assert!(!String::from_utf8(ran.stdout).unwrap().contains("once="));
}

#[test]
fn without_a_browser_the_link_is_printed() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));

    let ran = home.vigil(["open"]).exits(0);

    assert_eq!(ran.stdout.trim(), URL);
    assert!(ran.stderr.contains("no browser could be started"), "{ran:?}");
    assert!(!home.path("vigil/run/open.html").exists());
}

#[test]
fn print_gives_the_link_and_nothing_else() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));

    let printed = home.vigil(["open", "--print"]).exits(0);
    let document = home.vigil(["open", "--print", "--json"]).exits(0).document("open");

    assert_eq!((printed.stdout.trim(), printed.stderr.as_str()), (URL, ""));
    assert_eq!((&document["url"], &document["opened"]), (&json!(URL), &json!(false)));
}

#[test]
fn without_an_agent_it_says_how_to_start_one() {
    let ran = Home::new().vigil(["open"]).exits(3);

    assert!(ran.stderr.contains("vigil up"), "{ran:?}");
}
