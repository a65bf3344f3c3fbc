use super::{Fail, Guard, Refusal, fits};
use crate::{Config, Severity};

#[test]
fn an_entry_is_a_severity_a_rule_a_command_or_a_package() {
    let read = |entry| Refusal::read(entry);

    assert_eq!(read("severity:high"), Some(Refusal::Severity(Severity::High)));
    assert_eq!(read("rule:unknown-name"), Some(Refusal::Rule("unknown-name".to_owned())));
    assert_eq!(read("command:touch *"), Some(Refusal::Command("touch *".to_owned())));
    let scoped = Refusal::Package { ecosystem: "npm".to_owned(), name: "@a/b".to_owned() };
    assert_eq!(read("npm:@a/b"), Some(scoped));
    let cargo = Refusal::Package { ecosystem: "crates.io".to_owned(), name: "x".to_owned() };
    assert_eq!(read("cargo:x"), Some(cargo));
    for bad in
        ["left-pad", "npm:", ":x", "severity:awful", "NPM:x", "a b:c", "rule:nonsense", "pypy:x"]
    {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn a_star_stands_for_any_characters() {
    for (pattern, text) in [
        ("left-pad", "left-pad"),
        ("*", ""),
        ("*", "anything"),
        ("@evil/*", "@evil/x"),
        ("*rm -rf*", "cd / && rm -rf x"),
        ("a*b*c", "abbc"),
        ("a*a", "aa"),
    ] {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in
        [("left-pad", "left-pads"), ("a*a", "a"), ("a*b*c", "acb"), ("*x", "xy"), ("", "x")]
    {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn an_entry_that_means_nothing_is_told_with_its_line() {
    let text = "[guard]\nfail = \"closed\"\ndeny = [\"npm:left-pad\", \"lef-pad\"]\n";

    let error = Config::parse(text).unwrap_err();

    assert_eq!(error.line, 3);
    assert!(error.message.contains("lef-pad"), "{error}");
    let error = Config::parse("[guard]\ndeny = [\"pypy:x\"]\n").unwrap_err();
    assert!(error.message.contains("did you mean `pypi`?"), "{error}");
    let good = Guard { deny: vec!["npm:left-pad".to_owned()], ..Guard::default() };
    assert_eq!(good.refusals().len(), 1);
}

#[test]
fn guard_is_read_where_something_else_is_wrong() {
    let closed = "[guard]\nfail = \"closed\"\n";
    let read = |text: &str| Guard::alone(text).map(|guard| guard.fail);

    assert_eq!(read(&format!("nonsense = 7\n{closed}")), Some(Fail::Closed));
    assert_eq!(read("nonsense = 7\n"), Some(Fail::Open));
    assert_eq!(read(&format!("nonsense =\n{closed}")), None);
    assert_eq!(read("[guard]\nfail = \"ajar\"\n"), None);
}
