//! The questions, at a terminal of the test's own.

use std::{
    fs,
    io::{Read as _, Write as _},
    process::{Command, Stdio},
};

use vigil_tests::vigil::binary;

use super::World;

/// What a terminal showed, and how the command ended.
struct Shown {
    text: String,
    code: Option<i32>,
}

/// Runs it where somebody answers. None, and words about it, where there is no `script`.
fn answered(world: &World, answers: &str) -> Option<Shown> {
    let there = Command::new("script").arg("--version").stdout(Stdio::null()).status();
    if there.is_err() {
        eprintln!("SKIPPED: script (util-linux) is not installed");
        return None;
    }
    let command = format!("exec '{}' setup", binary("vigil").display());
    let mut script = world.home.clean("script".into(), &["-q", "-e", "-c", &command, "/dev/null"]);
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).env("SHELL", "/bin/sh");
    let mut script = script.spawn().unwrap();
    // Kept open: its end would be the terminal's.
    let mut keys = script.stdin.take().unwrap();
    keys.write_all(answers.as_bytes()).unwrap();
    keys.flush().unwrap();
    let mut text = String::new();
    script.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let code = script.wait().unwrap().code();
    drop(keys);
    Some(Shown { text, code })
}

#[test]
fn who_does_not_consent_is_left_as_before() {
    let world = World::new();
    let _vigil = world.start();
    let before = world.tree();

    let Some(shown) = answered(&world, "n\n") else { return };

    assert_eq!(shown.code, Some(1), "{}", shown.text);
    assert!(shown.text.contains("What Vigil does here"), "{}", shown.text);
    before.is_still(&world.home.user());
    assert!(!world.home.vigil().join("state/consent.json").exists());
}

#[test]
fn each_step_is_asked_for_and_the_consent_only_once() {
    let world = World::new();
    let _vigil = world.start();
    let settings = fs::read(world.settings()).unwrap();
    let host = world.home.user().join(".config/chromium/NativeMessagingHosts");

    // Yes to the consent, no to the clients, yes to the browsers.
    let Some(shown) = answered(&world, "y\nn\ny\n") else { return };

    assert_eq!(shown.code, Some(0), "{}", shown.text);
    assert!(shown.text.contains("declined"), "{}", shown.text);
    assert_eq!(fs::read(world.settings()).unwrap(), settings);
    assert!(host.is_dir(), "{}", shown.text);
    fs::remove_dir_all(&host).unwrap();

    let shown = answered(&world, "all\n").unwrap();

    assert_eq!(shown.code, Some(0), "{}", shown.text);
    assert!(!shown.text.contains("What Vigil does here"), "{}", shown.text);
    assert!(fs::read_to_string(world.settings()).unwrap().contains("HTTPS_PROXY"));
    assert!(host.is_dir(), "{}", shown.text);
}
