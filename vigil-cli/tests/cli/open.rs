//! `vigil open`: how the one-time link reaches the browser.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use serde_json::json;

use crate::{
    home::Home,
    stand_in::{StandIn, TOLD},
};

const URL: &str = "http://localhost:1/login?once=abc";

/// A desktop's opener that does this.
fn opener(home: &Home, does: &str) {
    for name in ["xdg-open", "open"] {
        let path = home.write(&format!("bin/{name}"), format!("#!/bin/sh\n{does}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Notes the page as it was, and what the opener was told.
const COMES: &str = "/bin/cp -p \"$1\" page.html; /bin/echo \"$@\" > words; /bin/mv words told";

#[test]
fn the_link_reaches_the_browser_in_a_private_file_that_is_then_removed() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));
    opener(&home, COMES);

    let ran = home.command(["open"]).env("PATH", home.path("bin")).output().unwrap();

    assert!(ran.status.success(), "{ran:?}");
    let told = fs::read_to_string(home.path(TOLD)).unwrap();
    assert!(!told.contains("once="), "everybody can read a process's arguments");
    let page = home.path("page.html");
    assert!(fs::read_to_string(&page).unwrap().contains(URL));
    assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!home.path("vigil/run/open.html").exists());
    assert!(!String::from_utf8(ran.stdout).unwrap().contains("once="));
}

#[test]
fn an_opener_that_stays_as_long_as_its_browser_is_not_waited_for() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));
    opener(&home, &format!("/bin/echo $$ > pid; {COMES}; exec /bin/sleep 600"));

    let ran = home.command(["open"]).env("PATH", home.path("bin")).output().unwrap();

    let pid = fs::read_to_string(home.path("pid")).unwrap();
    let ended = Command::new("kill").arg(pid.trim()).status().unwrap();
    assert!(ended.success(), "the opener had ended before");
    assert!(ran.status.success(), "{ran:?}");
}

#[test]
fn an_opener_that_fails_leads_to_the_link_itself() {
    let home = Home::new();
    let _agent = StandIn::start(&home, &json!({}));
    // As another `vigil open` does that has the same page.
    opener(&home, "/bin/rm \"$1\"; exit 3");

    let ran = home.command(["open"]).env("PATH", home.path("bin")).output().unwrap();

    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(String::from_utf8(ran.stdout).unwrap().trim(), URL);
    assert!(String::from_utf8(ran.stderr).unwrap().contains("no browser could be started"));
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
