use super::{Config, SystemProxy, TEMPLATE};

#[test]
fn the_template_is_the_defaults() {
    assert_eq!(Config::parse(TEMPLATE), Ok(Config::default()));
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(Config::parse(""), Ok(Config::default()));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_key() {
    let error = Config::parse("[proxy]\nprot = 1\n").unwrap_err();
    assert_eq!(error.line, 2);
    assert!(error.message.contains("prot"), "{error}");
    assert_eq!(error.hint.as_deref(), Some("did you mean `port`?"));
}

#[test]
fn a_misspelled_key_of_a_rule_has_the_nearest_one_too() {
    for (text, meant) in [
        ("[detect.rules.a]\npatern = 'x'\n", "pattern"),
        ("[[detect.allow]]\nprefx = 'abcd'\nreason = 'x'\n", "prefix"),
        ("[detect]\nalow = []\n", "allow"),
        ("[detec]\n", "detect"),
    ] {
        let error = Config::parse(text).unwrap_err();
        assert_eq!(error.hint, Some(format!("did you mean `{meant}`?")), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_with_its_line() {
    let error = Config::parse("[dashboard]\n\nport = \"x\"\n").unwrap_err();
    assert_eq!(error.line, 3);
}

#[test]
fn hosts_are_exact_names() {
    for host in ["*.anthropic.com", "https://a.example", "10.0.0.1", "localhost", "A.example"] {
        let error = Config::parse(&format!("[proxy]\nhosts = [\"{host}\"]\n")).unwrap_err();
        assert_eq!(error.line, 2, "{host}");
    }
}

#[test]
fn two_listeners_on_one_port_are_refused() {
    assert!(Config::parse("[proxy]\nport = 9081\n").is_err());
    assert!(Config::parse("[telemetry]\nport = 9080\n").is_err());
    assert!(Config::parse("[telemetry]\nport = 9080\nenabled = false\n").is_ok());
    assert!(Config::parse("[dashboard]\nport = 0\n[telemetry]\nport = 0\n").is_ok());
}

#[test]
fn a_key_outside_its_section_is_told_where_it_belongs() {
    let error = Config::parse("port = 1\n").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("write it below [dashboard] or [proxy] or [telemetry]"));
}

#[test]
fn system_settings_are_left_alone_unless_asked_for() {
    let asked = |text| Config::parse(text).map(|config| config.proxy.system);

    assert_eq!(asked(""), Ok(SystemProxy::Off));
    assert_eq!(asked("[proxy]\nsystem = \"pac\"\n"), Ok(SystemProxy::Pac));
    assert_eq!(asked("[proxy]\n\nsystem = \"on\"\n").unwrap_err().line, 3);
}

#[test]
fn the_proxy_behind_is_a_word_or_a_file_and_never_an_address() {
    let upstream = |value: &str| {
        Config::parse(&format!("[proxy]\nupstream = \"{value}\"\n")).map(|it| it.proxy.upstream)
    };

    for fine in ["environment", "none", "/etc/vigil/upstream", "~/upstream"] {
        assert_eq!(upstream(fine).as_deref(), Ok(fine));
    }
    let error = upstream("http://me:pass-of-mine@proxy.example:1").unwrap_err();
    assert_eq!(error.line, 2);
    let words = format!("{} {}", error.message, error.hint.unwrap_or_default());
    assert!(!words.contains("pass-of-mine"), "{words}");
}
