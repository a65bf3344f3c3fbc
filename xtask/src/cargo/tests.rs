use super::*;

fn shell(script: &str) -> Command {
    command("sh", &["-c", script])
}

#[test]
fn what_a_command_said_goes_with_its_error() {
    let error = run(shell("echo out; echo err >&2; exit 3"), true).expect_err("it fails");

    let Some(Unsuccessful { words, status, .. }) = error.downcast_ref() else {
        panic!("{error:#}");
    };
    let words = words.to_string();
    assert_eq!(words, "out\nerr\n");
    assert_eq!(status.code(), Some(3));
}

#[test]
fn much_on_one_output_does_not_push_out_the_other() {
    let error = run(shell("echo reason >&2; seq 500; exit 1"), true).expect_err("it fails");

    let kept = error.downcast_ref::<Unsuccessful>().map(|command| command.words.to_string());

    assert!(kept.is_some_and(|words| words.ends_with("\n500\nreason\n")));
}

#[test]
fn it_goes_with_it_through_a_remedy() {
    let error =
        run(shell("echo the reason; exit 1"), true).context("do this").expect_err("it fails");

    let kept = error.downcast_ref::<Unsuccessful>().map(|command| command.words.to_string());

    assert_eq!(kept.as_deref(), Some("the reason\n"));
    assert!(format!("{error:#}").starts_with("do this: "), "{error:#}");
}

#[test]
fn success_is_success_either_way() {
    for keep in [true, false] {
        run(shell("exit 0"), keep).expect("it succeeds");
    }
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let error = run(command("vigil-no-such-program", &[]), true).expect_err("it cannot start");

    assert!(format!("{error:#}").contains("vigil-no-such-program"), "{error:#}");
}
