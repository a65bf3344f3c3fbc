//! The manners of a command line: exit codes, colour, pipes, words on stderr.

use std::process::Stdio;

use crate::home::Home;

#[test]
fn wrong_usage_exits_2() {
    let home = Home::new();
    let wrong: [&[&str]; 11] = [
        &[],
        &["nonsense"],
        &["sessions", "--nonsense"],
        &["usage", "--by", "moon"],
        &["events", "--kind", "nonsense"],
        &["events", "--json", "--jsonl"],
        &["sessions", "--since", "yesterday"],
        &["search"],
        &["ingest"],
        &["scan"],
        &["up", "--port", "65536"],
    ];
    for args in wrong {
        let ran = home.vigil(args).exits(2);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn help_and_version_exit_0_on_stdout() {
    let home = Home::new();
    assert!(home.vigil(["--help"]).exits(0).stdout.contains("vigil"));
    assert_eq!(
        home.vigil(["--version"]).exits(0).stdout,
        format!("vigil {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn every_shell_has_a_completion_script() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.vigil(["completions", shell]).exits(0).stdout;
        assert!(script.contains("findings"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    for args in [&["completions", "bash"][..], &["status"], &["config", "show"]] {
        let mut child =
            home.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}

#[test]
fn a_pipe_gets_no_colour_unless_it_is_asked_for() {
    let home = Home::new();
    let plain = home.vigil(["status"]).exits(0).stdout;
    let coloured = home.vigil(["status", "--color", "always"]).exits(0).stdout;

    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(coloured.contains("\u{1b}["), "{coloured}");
}

#[test]
fn no_color_wins_over_a_forcing_environment_and_loses_to_the_flag() {
    let home = Home::new();
    let colours =
        |command: &mut std::process::Command| command.output().unwrap().stdout.contains(&0x1b);
    assert!(colours(home.command(["status"]).env("CLICOLOR_FORCE", "1")));
    assert!(!colours(home.command(["status"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    assert!(colours(home.command(["status", "--color", "always"]).env("NO_COLOR", "1")));
    assert!(!colours(home.command(["status", "--color", "never"]).env("CLICOLOR_FORCE", "1")));
}

#[test]
fn a_home_that_is_not_known_is_said() {
    let home = Home::new();
    let output =
        home.command(["sessions"]).env_remove("HOME").env_remove("VIGIL_HOME").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.starts_with("error: HOME is not set"), "{words}");
    assert!(words.contains("\n\nhint: set HOME to an absolute folder\n"), "{words}");
}
