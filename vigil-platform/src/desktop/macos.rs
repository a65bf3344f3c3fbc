//! macOS: Notification Center, by the system's own script runner. The script is fixed; what it
//! shows are its arguments.

use std::ffi::OsString;

use crate::program::Program;

const SCRIPT: &[&str] = &[
    "-e",
    "on run argv",
    "-e",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e",
    "end run",
    "--",
];

pub(super) fn find(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Program, String> {
    Program::find("osascript", env, &["HOME"])
        .ok_or_else(|| "`osascript` is not on the path".to_owned())
}

pub(super) fn arguments<'a>(title: &'a str, words: &'a str) -> Vec<&'a str> {
    SCRIPT.iter().copied().chain([title, words]).collect()
}
