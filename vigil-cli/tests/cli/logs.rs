//! `vigil logs`: the end of the agent's log, harmless, and what is added to it.

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use crate::home::Home;

const LOG: &str = "vigil/state/vigil-agent.log";

#[test]
fn the_last_lines_are_shown_in_order() {
    let home = Home::new();
    home.write(LOG, "one\ntwo\nthree\n");

    assert_eq!(home.vigil(["logs", "--lines", "2"]).exits(0).stdout, "two\nthree\n");
    assert_eq!(home.vigil(["logs"]).exits(0).stdout, "one\ntwo\nthree\n");
    let document = home.vigil(["logs", "--json", "-n", "1"]).exits(0).document("logs");
    assert_eq!(document["lines"], serde_json::json!(["three"]));
}

#[test]
fn what_a_log_holds_does_not_reach_the_terminal_raw() {
    let home = Home::new();
    home.write(LOG, b"a\x1b[2Jb\xff\n");
    assert_eq!(home.vigil(["logs"]).exits(0).stdout, "a\\u{1b}[2Jb\u{fffd}\n");
}

#[test]
fn following_shows_what_is_added_and_survives_a_new_file() {
    let home = Home::new();
    let path = home.write(LOG, "old\n");
    let mut child = home.command(["logs", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();

    assert_eq!(lines.next().unwrap().unwrap(), "old");
    let mut log = OpenOptions::new().append(true).open(&path).unwrap();
    log.write_all(b"added\nhalf").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "added");
    log.write_all(b" done\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "half done");
    std::fs::rename(&path, home.path("vigil/state/vigil-agent.log.1")).unwrap();
    home.write(LOG, "new\n");
    assert_eq!(lines.next().unwrap().unwrap(), "new");

    child.kill().unwrap();
    child.wait().unwrap();
}
