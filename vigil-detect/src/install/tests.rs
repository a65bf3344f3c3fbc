//! Commands and what they install.

use std::fmt::Write as _;

use proptest::prelude::*;
use vigil_proto::package::Package;

use super::{Reading, read};

mod bounds;

const CASES: &str = include_str!("tests/cases.txt");

/// One package in the words of the table; what is usual at its end is left out.
fn row(package: &Package<String>) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let flags: Vec<&str> = package.flags.iter().map(AsRef::as_ref).collect();
    let flags = if flags.is_empty() { "-".to_owned() } else { flags.join(",") };
    let (name, version, url) =
        (or_none(&package.name), or_none(&package.version), or_none(&package.url));
    let source = package.source.word();
    let all = format!(
        "{} {} {name} {version} {source} {url} {flags}",
        package.manager, package.ecosystem
    );
    let all = all.strip_suffix(" registry - -").unwrap_or(&all);
    all.trim_end_matches(" -").to_owned()
}

fn told(reading: &Reading) -> Vec<String> {
    let packages = reading.packages.iter().map(|package| format!("= {}", row(package)));
    let hidden = reading.opaque.iter().map(|opaque| format!("? {}", opaque.why));
    packages.chain(hidden).collect()
}

/// The commands of the table, each with what is told of it.
fn cases() -> Vec<(String, Vec<String>)> {
    let mut cases: Vec<(String, Vec<String>)> = Vec::new();
    for line in CASES.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            cases.push((command.to_owned(), Vec::new()));
        } else if let Some(more) = line.strip_prefix('>') {
            let more = more.strip_prefix(' ').unwrap_or(more);
            let (command, _) = cases.last_mut().expect("a command before its second line");
            command.push('\n');
            command.push_str(more);
        } else if line.starts_with(['=', '?']) {
            let (_, rows) = cases.last_mut().expect("a command before what it installs");
            rows.push(line.to_owned());
        }
    }
    cases
}

#[test]
fn every_command_of_the_table_is_understood() {
    let cases = cases();
    let mut wrong = String::new();
    for (command, expected) in &cases {
        let told = told(&read(command));
        if told != *expected {
            writeln!(wrong, "$ {command}\n  want {expected:#?}\n  got  {told:#?}").expect("a text");
        }
    }
    assert!(cases.len() > 300, "{} commands", cases.len());
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a wrapper adds to the flags of what it runs.
const WRAPPERS: &[(&str, &str, &str)] = &[
    ("", " 2>&1 | tail -5", ""),
    ("cd /srv/app && ", " && echo ok", ""),
    ("(", ")", ""),
    ("if true; then ", "; fi", ""),
    ("bash <<'THEEND'\n", "\nTHEEND\n", ""),
    ("OUT=$(", ")", ""),
    ("set -euo pipefail\n", "\necho done\n", ""),
    ("for i in 1; do ", "; done", ""),
    ("env CI=1 ", "", ""),
    ("sudo -E ", "", "sudo"),
    ("time ", "", ""),
];

#[test]
fn a_command_in_a_wrapper_is_the_same_command() {
    let simple = |command: &str| {
        let of_shells =
            ['\n', '#', '$', '&', '|', ';', '(', '<', '>', '`', '{', '[', '!', '\\', '%'];
        !command.contains(of_shells)
            && !["sudo ", "source ", "trap ", "alias ", "unclosed"]
                .iter()
                .any(|word| command.contains(word))
            && !command.contains('=')
    };
    for (command, expected) in cases().into_iter().filter(|(command, _)| simple(command)) {
        for (before, after, flag) in WRAPPERS {
            let wrapped = format!("{before}{command}{after}");
            let reading = read(&wrapped);
            let mut rows = told(&reading);
            if flag.is_empty() {
                assert_eq!(rows, expected, "{wrapped}");
                continue;
            }
            rows.retain(|row| !row.starts_with('?'));
            let wanted = expected.iter().filter(|row| row.starts_with('=')).count();
            let is_flagged =
                |package: &Package<String>| package.flags.iter().any(|own| own == flag);
            assert!(reading.packages.iter().all(is_flagged), "{wrapped}: {rows:?}");
            assert_eq!(rows.len(), wanted, "{wrapped}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_has_a_reading(text in "\\PC*") {
        let reading = read(&text);

        prop_assert!(reading.opaque.iter().all(|opaque| opaque.text.len() <= super::LONGEST_OPAQUE));
    }

    #[test]
    fn any_text_of_the_signs_of_shells_has_a_reading(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("$("), Just(")"), Just("("), Just("`"), Just("'"), Just("\""), Just("{"), Just("}"),
                Just("<<E\n"), Just("\nE\n"), Just("; "), Just("|"), Just("&&"), Just("case x in "), Just("esac "),
                Just("if "), Just("then "), Just("fi "), Just("for x in "), Just("do "), Just("done "), Just("f() "),
                Just("\\"), Just("${"), Just("((" ), Just("))"), Just("[[ "), Just("]] "), Just("x=("), Just("<("),
                Just("npm i a "), Just("bash -c "), Just("eval "), Just("xargs "), Just("sudo "), Just("$x "), Just("\n"),
                Just("#"), Just("{a,b}"), Just("é"), Just(":-"), Just("<<<"), Just("> f "), Just("f "), Just("x=$x$x "),
            ],
            0..60,
        )
    ) {
        drop(read(&pieces.concat()));
    }

    #[test]
    fn a_name_is_the_same_however_it_is_quoted(name in "[a-z][a-z0-9-]{0,12}[a-z]", cut in 0_usize..12) {
        let cut = cut.min(name.len());
        let (one, two) = name.split_at(cut);
        for written in [name.clone(), format!("'{name}'"), format!("\"{name}\""), format!("{one}\"{two}\""), format!("{one}''{two}"), format!("{one}\\\n{two}")] {
            let reading = read(&format!("npm i {written}"));

            prop_assert_eq!(reading.packages.len(), 1, "{}", written);
            prop_assert_eq!(reading.packages[0].name.as_deref(), Some(name.as_str()), "{}", written);
        }
    }
}
