use std::{ffi::OsString, io, time::Duration};

use super::{Input, Program};

const LONG: Duration = Duration::from_mins(1);

fn environment(name: &str) -> Option<OsString> {
    match name {
        "PATH" => std::env::var_os("PATH"),
        "GIVEN" => Some("given".into()),
        "OTHER" => Some("other".into()),
        _ => None,
    }
}

fn shell() -> Program {
    Program::find("sh", &environment, &["GIVEN", "ABSENT"]).unwrap()
}

#[test]
fn a_program_sees_the_named_variables_alone() {
    let ended = Program::find("env", &environment, &["GIVEN", "ABSENT"])
        .unwrap()
        .with("MORE", "more")
        .run::<&str>(&[], Input::Nothing, LONG)
        .unwrap();

    assert_eq!(ended.text().unwrap(), "GIVEN=given\nLC_ALL=C\nMORE=more\n");
}

#[test]
fn it_is_given_bytes_and_more_output_than_a_pipe_holds_is_no_hindrance() {
    let script = "cat; head -c 1000000 /dev/zero";

    let ended = shell().run(&["-c", script], Input::Bytes(b"hello"), LONG).unwrap();

    assert!(ended.status.success());
    assert!(ended.stdout.starts_with(b"hello"));
    assert_eq!(ended.stdout.len(), 256 * 1024);
}

#[test]
fn a_program_that_hangs_is_ended() {
    let limit = Duration::from_millis(50);

    let error = shell().run(&["-c", "exec sleep 1000"], Input::Nothing, limit).unwrap_err();

    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[test]
fn what_a_program_that_hangs_has_started_is_ended_with_it() {
    let home = tempfile::tempdir().unwrap();
    let name = home.path().join("started");
    let script = format!("sleep 1000 & echo $! > '{}'; wait", name.display());
    let started = || std::fs::read_to_string(&name).ok()?.trim().parse::<u32>().ok();
    // A busy machine may take long to have it start anything at all.
    let limits = [1, 5, 60].map(Duration::from_secs);

    let started = limits.into_iter().find_map(|limit| {
        let error = shell().run(&["-c", &script], Input::Nothing, limit).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        started()
    });

    let started = started.unwrap();
    let until = std::time::Instant::now() + LONG;
    while crate::process::is_running(started) {
        assert!(std::time::Instant::now() < until, "it runs still");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_failure_is_told_in_one_line_of_its_own_words() {
    let script = "printf '\\n no\\033[31m such\\nthing\\n' >&2; exit 3";

    let ended = shell().run(&["-c", script], Input::Nothing, LONG).unwrap();

    assert_eq!(ended.text().unwrap_err().to_string(), "no[31m such");
}

#[test]
fn a_relative_folder_of_the_path_is_nobodys() {
    let here = |name: &str| (name == "PATH").then(|| OsString::from(".:bin"));

    assert!(Program::find("sh", &here, &[]).is_none());
}
