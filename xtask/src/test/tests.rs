use std::process::Command;

use anyhow::Context;

use super::*;

fn step(name: &'static str, result: Result<Outcome>) -> Done {
    Done { name, took: Duration::ZERO, result }
}

/// A test runner that says `script`.
fn runner(script: &str) -> Result<Outcome> {
    let mut sh = Command::new("sh");
    sh.args(["-c", script]);
    count::run(sh)
}

#[test]
fn what_failed_is_said_once_more_with_the_name_of_its_step() {
    let script = "echo 'test good ... ok'; echo '\u{2139} pass 7'; echo '\u{2139} fail 1'; \
                  echo '\u{2716} failing tests:'; echo 'it was 2 instead of 1'; exit 1";
    let done = [
        step("lint", Ok(Outcome::Passed(Count::default()))),
        step("dashboard", runner(script)),
        step("macOS lint", Ok(Outcome::Skipped("no script".to_owned()))),
    ];

    let said = why(&done);

    assert_eq!(
        said,
        "\n== dashboard: FAILED, and its last words were\n\u{2716} failing tests:\nit was 2 instead of 1\n\
         == end of dashboard: 7 passed, 1 failed\n"
    );
}

#[test]
fn a_remedy_does_not_hide_the_words() {
    let failed = runner("echo the reason >&2; exit 1").context("run something else");

    let said = why(&[step("format", failed)]);

    assert!(said.contains("the reason\n"), "{said}");
    assert!(said.contains("run something else"), "{said}");
}

#[test]
fn nothing_is_said_of_what_went_well() {
    let done = [
        step("tests", runner("echo '\u{2139} pass 7'")),
        step("fuzz", Ok(Outcome::Skipped("not here".to_owned()))),
    ];

    assert_eq!(why(&done), "");
}

#[test]
fn a_step_that_ran_nothing_says_at_least_its_error() {
    let said = why(&[step("tests", Err(anyhow::anyhow!("no test ran")))]);

    assert!(said.ends_with("== end of tests: no test ran\n"), "{said}");
}
