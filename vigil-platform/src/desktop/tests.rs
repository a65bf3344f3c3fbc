//! With a program of our own in the place of the desktop's.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::Desktop;

#[cfg(target_os = "macos")]
const PROGRAM: &str = "osascript";
#[cfg(not(target_os = "macos"))]
const PROGRAM: &str = "notify-send";

/// An environment with a program that runs `script`, in `folder`.
fn environment(folder: &Path, script: &str) -> impl Fn(&str) -> Option<OsString> {
    let program = folder.join(PROGRAM);
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let path = folder.as_os_str().to_owned();
    move |name| match name {
        "PATH" => Some(path.clone()),
        "DBUS_SESSION_BUS_ADDRESS" => Some("unix:path=/nowhere".into()),
        _ => None,
    }
}

#[test]
fn the_words_reach_the_program_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script = format!("for word in \"$@\"; do echo \"$word\"; done > '{}'", told.display());
    let env = environment(folder.path(), &script);

    Desktop::find(&env).unwrap().notify("-a title", "$(words); `x` \"y\"").unwrap();

    let told = fs::read_to_string(told).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[lines.len() - 3..], ["--", "-a title", "$(words); `x` \"y\""]);
}

#[test]
fn a_desktop_that_shows_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let env = environment(folder.path(), "echo 'nobody shows it' >&2; exit 1");

    let error = Desktop::find(&env).unwrap().notify("title", "words").unwrap_err();

    assert!(error.to_string().contains("nobody shows it"), "{error}");
}

#[test]
fn without_a_desktop_there_is_nothing_to_notify() {
    let error = Desktop::find(&|_| None).unwrap_err();
    assert!(!error.is_empty());
}
