//! `up` and `ingest` become the `vigil-agent` beside `vigil`: same process, same arguments.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::home::Home;

/// `vigil` with a script in the place of its sibling. The script prints its number and arguments.
fn with_sibling(home: &Home) -> PathBuf {
    let script = home.write(
        "script",
        "#!/bin/sh\necho \"$$\"\nfor word in \"$@\"; do echo \"$word\"; done\necho \"NO_COLOR=$NO_COLOR\"\nexit 7\n",
    );
    install(&script, &home.path("vigil-agent"));
    alone(home)
}

/// `vigil` with nothing beside it.
fn alone(home: &Home) -> PathBuf {
    let vigil = home.path("vigil-copy");
    install(env!("CARGO_BIN_EXE_vigil").as_ref(), &vigil);
    vigil
}

/// Copies a program by another process: were it open for writing here, a test that starts
/// something at that moment would hold it open, and it could not be run.
fn install(from: &Path, to: &Path) {
    let done = Command::new("install").args(["-m", "755"]).arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

fn run(vigil: PathBuf, args: &[&str]) -> (u32, i32, Vec<String>) {
    let child = Command::new(vigil)
        .args(args)
        .env_clear()
        .env("HOME", "/")
        .env("PATH", "/usr/bin:/bin")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (pid, output.status.code().unwrap(), text.lines().map(str::to_owned).collect())
}

#[test]
fn up_keeps_its_process_and_passes_every_argument_on() {
    let home = Home::new();
    let args = [
        "up",
        "--port",
        "0",
        "--proxy-port",
        "9",
        "--telemetry-port",
        "8",
        "--ready-json",
        "--test-upstreams",
        "a file",
        "--color",
        "never",
    ];

    let (pid, code, said) = run(with_sibling(&home), &args);

    assert_eq!(said[0], pid.to_string());
    assert_eq!(
        said[1..],
        [
            "up",
            "--port",
            "0",
            "--proxy-port",
            "9",
            "--telemetry-port",
            "8",
            "--ready-json",
            "--test-upstreams",
            "a file",
            "NO_COLOR=1"
        ]
    );
    assert_eq!(code, 7);
}

#[test]
fn without_arguments_none_are_made_up() {
    let home = Home::new();
    let (_, _, said) = run(with_sibling(&home), &["up", "--no-proxy"]);
    assert_eq!(said[1..], ["up", "--no-proxy", "NO_COLOR="]);
}

#[test]
fn ingest_is_passed_on_with_its_form() {
    let home = Home::new();
    let (_, _, said) = run(with_sibling(&home), &["ingest", "--once", "--json"]);
    assert_eq!(said[1..], ["ingest", "--once", "--json", "NO_COLOR="]);
}

/// Where packages put it.
#[test]
fn it_is_found_apart_from_what_everybody_starts() {
    let home = Home::new();
    let script = home.write("script", "#!/bin/sh\necho \"$$\"\nexit 7\n");
    let (programs, own) = (home.path("prefix/bin"), home.path("prefix/libexec/vigil"));
    for folder in [&programs, &own] {
        std::fs::create_dir_all(folder).unwrap();
    }
    install(env!("CARGO_BIN_EXE_vigil").as_ref(), &programs.join("vigil"));
    install(&script, &own.join("vigil-agent"));
    std::os::unix::fs::symlink(programs.join("vigil"), home.path("vigil")).unwrap();

    for vigil in [programs.join("vigil"), home.path("vigil")] {
        let (pid, code, said) = run(vigil, &["up"]);
        assert_eq!((code, &said[0]), (7, &pid.to_string()));
    }
}

#[test]
fn a_missing_sibling_is_a_failure_with_a_remedy() {
    let home = Home::new();
    let output =
        Command::new(alone(&home)).arg("up").env_clear().env("HOME", "/").output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.starts_with(
            "error: there is no vigil-agent beside this vigil, nor in ../libexec/vigil\n\nhint: "
        ),
        "{words}"
    );
}
