use super::{Flag, KEYS, Layered, Origin, variable};
use crate::config::{Config, TEMPLATE};

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn origin_of<'a>(layered: &'a Layered, key: &str) -> &'a Origin {
    &layered.settings.iter().find(|setting| setting.key == key).unwrap().origin
}

#[test]
fn the_keys_are_those_of_the_template_in_its_order() {
    let mut section = "";
    let mut keys = Vec::new();
    for line in TEMPLATE.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push(format!("{section}.{key}"));
        }
    }
    assert_eq!(keys, KEYS);
}

#[test]
fn without_a_file_every_key_is_a_default() {
    let layered = Layered::new(None, env(&[("PATH", "/bin")]), &[]).unwrap();

    assert_eq!(layered.config, Config::default());
    assert!(layered.settings.iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(layered.settings.len(), KEYS.len());
}

#[test]
fn later_layers_win_and_each_key_says_where_its_value_is_from() {
    let file = "[proxy]\nport = 1000\nenabled = false\n\n[dashboard]\nport = 1001\n";
    let env = env(&[("VIGIL_PROXY_PORT", "2000"), ("VIGIL_DASHBOARD_PORT", "2001")]);
    let flags = [Flag { key: "proxy.port", flag: "--proxy-port", value: "3000".to_owned() }];

    let layered = Layered::new(Some(file), env, &flags).unwrap();

    assert_eq!(layered.config.proxy.port, 3000);
    assert_eq!(layered.config.dashboard.port, 2001);
    assert!(!layered.config.proxy.enabled);
    assert_eq!(
        origin_of(&layered, "proxy.port"),
        &Origin::Flag { name: "--proxy-port".to_owned() }
    );
    assert_eq!(
        origin_of(&layered, "dashboard.port"),
        &Origin::Env { name: "VIGIL_DASHBOARD_PORT".to_owned() }
    );
    assert_eq!(origin_of(&layered, "proxy.enabled"), &Origin::File { line: 3 });
    assert_eq!(origin_of(&layered, "store.quota_mib"), &Origin::Default);
}

#[test]
fn a_list_in_a_variable_is_separated_by_commas() {
    let layered = Layered::new(None, env(&[("VIGIL_EXCLUDE_PROJECTS", "~/a, /b,")]), &[]).unwrap();
    assert_eq!(layered.config.exclude.projects, ["~/a", "/b"]);
}

#[test]
fn a_variable_that_cannot_be_read_names_itself() {
    for (name, value) in [("VIGIL_PROXY_PORT", "65536"), ("VIGIL_PROXY_ENABLED", "maybe")] {
        let error = Layered::new(None, env(&[(name, value)]), &[]).unwrap_err();
        assert_eq!(error.origin, Origin::Env { name: name.to_owned() });
        assert!(error.message.contains(value), "{error}");
        assert!(error.hint.is_some());
    }
}

#[test]
fn a_variable_that_nothing_reads_is_reported() {
    let layered =
        Layered::new(None, env(&[("VIGIL_PROXY_PROT", "1"), ("VIGIL_HOME", "/x")]), &[]).unwrap();
    assert_eq!(layered.unread, ["VIGIL_PROXY_PROT"]);
}

#[test]
fn values_are_judged_together() {
    let file = "[proxy]\nport = 9081\n";

    let clash = Layered::new(Some(file), Vec::new(), &[]).unwrap_err();
    let mended = Layered::new(Some(file), env(&[("VIGIL_DASHBOARD_PORT", "9091")]), &[]);

    assert_eq!(clash.origin, Origin::File { line: 2 });
    assert_eq!(mended.unwrap().config.dashboard.port, 9091);
}

#[test]
fn a_clash_that_a_variable_makes_is_blamed_on_it() {
    let error = Layered::new(None, env(&[("VIGIL_PROXY_PORT", "9081")]), &[]).unwrap_err();
    assert_eq!(error.origin, Origin::Env { name: "VIGIL_PROXY_PORT".to_owned() });
}

#[test]
fn an_error_in_the_file_keeps_its_line_and_hint() {
    let error = Layered::new(Some("[proxy]\nprot = 1\n"), Vec::new(), &[]).unwrap_err();
    assert_eq!(error.origin, Origin::File { line: 2 });
    assert_eq!(error.hint.as_deref(), Some("did you mean `port`?"));
}

#[test]
fn variables_are_named_after_their_keys() {
    assert_eq!(variable("retention.activity_days"), "VIGIL_RETENTION_ACTIVITY_DAYS");
}
