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
