use super::*;
use crate::config::Config;

const TEXT: &str = "\
[proxy]
port = 1

[detect.rules.acme]
pattern = 'acme_[a-z]{32}'

[[detect.allow]]
prefix = \"fixture_\"
reason = \"test data\"

[[detect.allow]]
path = \"tests/**\"
reason = \"test data\"
expires = \"2027-01-31\"

[detect.canaries]
backup = \"v1\"
";

#[test]
fn the_section_is_read_and_written_the_same() {
    let read = Config::parse(TEXT).unwrap().detect;

    let again = Config::parse(&read.to_toml()).unwrap().detect;

    assert_eq!(again, read);
    assert_eq!(read.rules["acme"].severity, Severity::High);
    assert_eq!(read.allow[1].expires.as_deref(), Some("2027-01-31"));
}

#[test]
fn nothing_set_is_nothing_written() {
    assert_eq!(Detect::default().to_toml(), "");
}

#[test]
fn places_within_it_have_lines() {
    let line = |path: &[&str]| line_of(TEXT, path);

    assert_eq!(line(&["detect", "rules", "acme", "pattern"]), 5);
    assert_eq!(line(&["detect", "allow", "1", "expires"]), 14);
    assert_eq!(line(&["detect", "canaries", "backup"]), 17);
    assert_eq!(line(&["detect", "rules", "acme", "title"]), 4);
}

#[test]
fn an_unknown_key_within_it_is_named_with_its_line() {
    let error = Config::parse("[detect.rules.acme]\npatern = 'x'\n").unwrap_err();

    assert_eq!(error.line, 2, "{error}");
    assert!(error.message.contains("patern"), "{error}");
}
