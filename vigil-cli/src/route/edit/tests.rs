//! Entries go in and come out; nothing else of a file moves.

use proptest::prelude::*;

use super::*;

fn entries() -> Vec<Entry> {
    vec![
        Entry::new("HTTPS_PROXY", "http://127.0.0.1:9080"),
        Entry::new("NODE_EXTRA_CA_CERTS", "/home/ada/Vigil \"x\"/ca.pem"),
    ]
}

/// Paths that both line forms can write.
fn plain_entries() -> Vec<Entry> {
    vec![
        Entry::new("HTTPS_PROXY", "http://127.0.0.1:9080"),
        Entry::new("SSL_CERT_FILE", "/home/ada/my files/bundle.pem"),
    ]
}

/// Puts the entries in, checks that they are there, and takes them out again in both ways.
fn round(form: Form, old: &str, entries: &[Entry]) -> String {
    let added = add(form, old.as_bytes(), entries).unwrap_or_else(|why| panic!("{old:?}: {why}"));
    let new = apply(old.as_bytes(), &added);
    for entry in entries {
        assert_eq!(
            value_of(form, &new, &entry.name).unwrap().as_ref(),
            Some(&entry.value),
            "{old:?}"
        );
    }
    assert_eq!(undo(&new, &added).unwrap(), old.as_bytes(), "{old:?}");
    let new = String::from_utf8(new).unwrap();
    // What counts beyond white space comes out by content, too.
    let made_env = super::Made::by(form, &added);
    let removed = remove(form, new.as_bytes(), entries, made_env).unwrap();
    assert!(removed.changed.is_empty(), "{old:?}");
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let left = String::from_utf8(removed.bytes).unwrap();
    if bare(old).trim_start_matches('\u{feff}').is_empty() {
        assert!(removed.is_empty, "{old:?}: {left:?}");
    } else {
        assert_eq!(bare(&left), bare(old), "{old:?}: {left:?}");
    }
    new
}

const ODD_JSON: &[&str] = &[
    "",
    "\n",
    "\u{feff}",
    "\u{feff}{\"a\": 1}",
    "{}",
    "{ }",
    "{\n}",
    "{}\n",
    "{\"a\":1}",
    "{\"a\": 1, \"b\": [1, {\"env\": 2}]}\n",
    "{\n  \"a\": 1\n}\n",
    "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}\r\n",
    "{\n    \"env\": {}\n}",
    "{\n    \"env\": {\n    }\n}",
    "{\n    \"env\": {\n        \"A\": \"b\"\n    },\n    \"z\": null\n}",
    "{\"env\":{\"A\":\"b\"}}",
    "{\"env\":{\"A\":\"b\",},}",
    "// words\n{ // more\n  \"a\": 1, /* and */ // more\n}\n// end",
    "{ /* nothing { \" */ }",
    "{\n  \"env\": { // ours\n    \"A\": \"b\" // theirs\n  },\n}\n",
    "{\n  \"env\": {\n    \"A\": \"}\\\"{\\\\\",\n    \"A\": \"twice\"\n  }\n}\n",
    "{\"env\":{\"A\":\"1\"},\"env\":{\"B\":\"2\"}}",
    "{\"a\":\"\u{1f512}\\u0041\", \"b\": -1.5e+3, \"c\": true}",
    "{\n\n\n\"a\"   :   1   ,\n\n}\n\n\n",
];

#[test]
fn odd_json_is_extended_and_given_back() {
    for old in ODD_JSON {
        let new = round(Form::Json, old, &entries());
        let strict = old.is_empty() || serde_json::from_str::<serde_json::Value>(old).is_ok();
        if strict {
            let json: serde_json::Value = serde_json::from_str(&new).unwrap();
            assert_eq!(json["env"]["HTTPS_PROXY"], "http://127.0.0.1:9080", "{new}");
        }
    }
}

#[test]
fn entries_look_like_their_neighbours() {
    let old = "{\n    \"model\": \"opus\",\n    \"env\": {\n        \"A\": \"b\"\n    }\n}\n";

    let new = round(Form::Json, old, &entries()[..1]);

    let expected = "{\n    \"model\": \"opus\",\n    \"env\": {\n        \"HTTPS_PROXY\": \"http://127.0.0.1:9080\",\n        \"A\": \"b\"\n    }\n}\n";
    assert_eq!(new, expected);
    let made = round(Form::Json, "{\n    \"model\": \"opus\"\n}\n", &entries()[..1]);
    let expected = "{\n    \"env\": {\n        \"HTTPS_PROXY\": \"http://127.0.0.1:9080\"\n    },\n    \"model\": \"opus\"\n}\n";
    assert_eq!(made, expected);
}

#[test]
fn what_is_no_object_is_left_alone() {
    for old in [
        "[]",
        "1",
        "\"env\"",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{'a':1}",
        "{} {}",
        "{\"a\":1 \"b\":2}",
        "{\"env\": []}",
        "{\"env\": null}",
        "// only words",
        "/* no end",
        "{\"a\": \"no end\n\"}",
        "{\"a\": nope}",
    ] {
        assert!(add(Form::Json, old.as_bytes(), &entries()).is_err(), "{old}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(add(Form::Json, deep.as_bytes(), &entries()), Err(Unfit::Syntax { .. })));
    assert_eq!(add(Form::Json, b"{\"a\":\"\xff\"}", &entries()), Err(Unfit::NotText));
    let huge = vec![b' '; MOST + 1];
    assert_eq!(add(Form::DotEnv, &huge, &entries()), Err(Unfit::TooLarge));
}

#[test]
fn a_large_file_keeps_every_byte() {
    let members: Vec<String> =
        (0..40_000).map(|n| format!("  \"key{n}\": \"value {n}\"")).collect();
    round(Form::Json, &format!("{{\n{}\n}}\n", members.join(",\n")), &entries());
}

#[test]
fn somebody_elses_proxy_is_not_replaced() {
    for (form, old) in [
        (Form::Json, "{\"env\": {\"HTTPS_PROXY\": \"http://proxy.corp:3128\"}}"),
        (Form::Json, "{\"env\": {\"https_proxy\": \"http://127.0.0.1:9080\"}}"),
        (Form::Json, "{\"env\": {\"HTTPS_PROXY\": 1}, \"env\": {}}"),
        (Form::DotEnv, "HTTPS_PROXY=http://proxy.corp:3128"),
        (Form::DotEnv, "  export https_proxy = 'x'\n"),
        (Form::AiderYaml, "set-env:\n  - A=b\n"),
        (Form::AiderYaml, "set-env: [A=b]\n"),
        (Form::AiderYaml, "\"set-env\": []\n"),
    ] {
        let refused = add(form, old.as_bytes(), &plain_entries());
        assert!(matches!(refused, Err(Unfit::Taken(_))), "{old}: {refused:?}");
    }
}

#[test]
fn what_is_there_already_is_not_said_twice() {
    for (form, old) in [
        (Form::Json, "{\"env\": {\"HTTPS_PROXY\": \"http://127.0.0.1:9080\"}}"),
        (Form::DotEnv, "export HTTPS_PROXY=\"http://127.0.0.1:9080\""),
        (Form::AiderYaml, "set-env:\n  - HTTPS_PROXY=http://127.0.0.1:9080\n"),
    ] {
        assert_eq!(add(form, old.as_bytes(), &entries()[..1]), Ok(Vec::new()), "{old}");
    }
}

#[test]
fn odd_lines_are_extended_and_given_back() {
    for old in ["", "A=b", "A=b\n", "A=b\r\n", "# words\r\nexport A='b c'", "\u{feff}A=b", "\n\n"] {
        round(Form::DotEnv, old, &plain_entries());
    }
    for old in ["", "model: x", "model: x\r\n", "---\nmodel: x\n", "# words\n", "read:\n  - a\n"] {
        round(Form::AiderYaml, old, &plain_entries());
    }
    for old in ["{model: x}", "a: 1\n---\nb: 2\n", "a: 1\n...\n"] {
        assert!(add(Form::AiderYaml, old.as_bytes(), &plain_entries()).is_err(), "{old}");
    }
}

#[test]
fn a_value_that_no_reader_would_read_alike_is_not_written() {
    for value in ["it's", "back\\slash and space", "two\nlines"] {
        let entry = [Entry::new("HTTPS_PROXY", value)];
        assert_eq!(add(Form::DotEnv, b"", &entry), Err(Unfit::Value(value.to_owned())));
    }
}

#[test]
fn what_others_have_changed_since_stays() {
    let now = "{\n  \"env\": {\n    \"HTTPS_PROXY\": \"http://other:1\",\n    \"NODE_EXTRA_CA_CERTS\": \"/ca.pem\",\n    \"NEW\": \"1\"\n  }\n}\n";
    let ours = [
        Entry::new("HTTPS_PROXY", "http://127.0.0.1:9080"),
        Entry::new("NODE_EXTRA_CA_CERTS", "/ca.pem"),
    ];

    let removed = remove(Form::Json, now.as_bytes(), &ours, true).unwrap();

    assert_eq!(removed.changed, ["HTTPS_PROXY"]);
    let expected =
        "{\n  \"env\": {\n    \"HTTPS_PROXY\": \"http://other:1\",\n    \"NEW\": \"1\"\n  }\n}\n";
    assert_eq!(String::from_utf8(removed.bytes).unwrap(), expected);
}

#[test]
fn a_comment_put_beside_our_entries_keeps_their_object() {
    let now =
        "{\n  \"env\": {\n    // mine\n    \"HTTPS_PROXY\": \"http://127.0.0.1:9080\"\n  }\n}\n";

    let removed = remove(Form::Json, now.as_bytes(), &entries()[..1], true).unwrap();

    let expected = "{\n  \"env\": {\n    // mine\n  }\n}\n";
    assert_eq!(String::from_utf8(removed.bytes).unwrap(), expected);
    assert!(!removed.is_empty);
}

#[test]
fn an_entry_that_became_the_last_one_takes_the_comma_before_it() {
    for (now, left) in [
        (
            "{\"env\":{\"A\":\"b\", \"HTTPS_PROXY\":\"http://127.0.0.1:9080\"}}",
            "{\"env\":{\"A\":\"b\"}}",
        ),
        (
            "{\"env\":{\n \"A\":\"b\",\n \"HTTPS_PROXY\":\"http://127.0.0.1:9080\"\n}}",
            "{\"env\":{\n \"A\":\"b\"\n}}",
        ),
    ] {
        let removed = remove(Form::Json, now.as_bytes(), &entries()[..1], false).unwrap();
        let text = String::from_utf8(removed.bytes).unwrap();
        let strict = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(strict(&text), strict(left), "{text}");
    }
}

/// JSON texts with white space, comments, both line ends and trailing commas in all places.
fn json_text() -> impl Strategy<Value = String> {
    let blank = prop_oneof![
        Just(""),
        Just(" "),
        Just("\n"),
        Just("\r\n"),
        Just("\n\t"),
        Just("\n  "),
        Just("/* {\"env\" */"),
        Just(" // \"x\": {\n")
    ];
    let key =
        prop_oneof![Just("\"env\""), Just("\"a\""), Just("\"\\u0065nv\""), Just("\"b{\\\"\"")];
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("null".to_owned()),
        Just("\"s // }\"".to_owned()),
        Just("[1, {\"env\": []},]".to_owned())
    ];
    let object = |value: BoxedStrategy<String>| {
        let member = (blank.clone(), key.clone(), blank.clone(), value, blank.clone());
        (prop::collection::vec(member, 0..4), blank.clone(), any::<bool>()).prop_map(
            |(members, gap, trailing)| {
                let last = members.len().saturating_sub(1);
                let mut text = "{".to_owned();
                for (at, (a, key, b, value, c)) in members.into_iter().enumerate() {
                    let comma = if at < last || trailing { "," } else { "" };
                    text += &[a, key, ":", b, &value, c, comma].concat();
                }
                text + gap + "}"
            },
        )
    };
    let inner = prop_oneof![leaf.clone(), object(leaf.boxed())].boxed();
    (prop_oneof![Just(""), Just("\u{feff}")], blank.clone(), object(inner), blank)
        .prop_map(|(bom, a, object, b)| format!("{bom}{a}{object}{b}"))
}

proptest! {
    #[test]
    fn on_then_off_is_no_change(old in json_text()) {
        // An `env` that is something else is refused, which changes nothing either.
        if let Ok(added) = add(Form::Json, old.as_bytes(), &entries()) {
            let new = apply(old.as_bytes(), &added);
            prop_assert_eq!(undo(&new, &added).unwrap(), old.as_bytes());
            let removed = remove(Form::Json, &new, &entries(), false).unwrap();
            prop_assert!(removed.changed.is_empty());
            prop_assert!(json::value_of(str::from_utf8(&removed.bytes).unwrap(), "A").is_ok());
        }
    }

    #[test]
    fn any_bytes_are_refused_or_given_back(old in prop::collection::vec(any::<u8>(), 0..200)) {
        for form in [Form::Json, Form::DotEnv, Form::AiderYaml] {
            if let Ok(added) = add(form, &old, &plain_entries()) {
                prop_assert_eq!(undo(&apply(&old, &added), &added).unwrap(), old.clone());
            }
        }
    }

    #[test]
    fn any_lines_are_refused_or_given_back(old in "([A-Z_a-z# =:'\"\\-.{}\\r]{0,20}\\n?){0,6}") {
        for form in [Form::Json, Form::DotEnv, Form::AiderYaml] {
            if let Ok(added) = add(form, old.as_bytes(), &plain_entries()) {
                let new = apply(old.as_bytes(), &added);
                prop_assert_eq!(undo(&new, &added).unwrap(), old.as_bytes());
                let removed = remove(form, &new, &plain_entries(), true).unwrap();
                prop_assert!(removed.changed.is_empty());
            }
        }
    }
}

fn exporter() -> Vec<Entry> {
    vec![Entry::new("exporter", "{ otlp-http = { endpoint = \"http://127.0.0.1:9082/v1/logs\" } }")]
}

#[test]
fn a_table_of_codex_goes_to_the_end_and_comes_out_again() {
    for old in [
        "",
        "model = \"x\"",
        "model = \"x\"\n",
        "# otel\nmodel = \"x\"\r\n\r\n[mcp_servers.a]\r\ncommand = \"b\"\r\n",
        "[projects.\"/home/ada\"]\ntrust_level = \"trusted\"\n",
    ] {
        let new = round(Form::CodexToml, old, &exporter());
        assert!(new.contains("[otel]"), "{new}");
    }
}

#[test]
fn a_table_of_somebody_elses_is_left_alone() {
    for old in [
        "[otel]\nexporter = \"none\"\n",
        "[ otel ]\n",
        "  [otel.exporter]\n",
        "otel = { log_user_prompt = true }\n",
        "otel.environment = \"x\"\n",
        "\"otel\" = {}\n",
        "a = \"\"\"\nopen\n",
    ] {
        assert!(add(Form::CodexToml, old.as_bytes(), &exporter()).is_err(), "{old}");
    }
}

#[test]
fn a_table_that_was_changed_since_is_left_and_named() {
    let added = add(Form::CodexToml, b"", &exporter()).unwrap();
    let new = String::from_utf8(apply(b"", &added)).unwrap().replace("9082", "9999");

    let removed = remove(Form::CodexToml, new.as_bytes(), &exporter(), false).unwrap();

    assert_eq!(removed.bytes, new.as_bytes());
    assert_eq!(removed.changed, ["exporter"]);
}

#[test]
fn what_somebody_wrote_below_our_line_stays_in_its_table() {
    for (below, left) in [
        ("environment = \"dev\"\n", "[otel]\nenvironment = \"dev\"\n"),
        ("\n# mine\n  log_user_prompt = true\n", "[otel]\n\n# mine\n  log_user_prompt = true\n"),
        (
            "# mine\n\n[mcp_servers.b]\ncommand = \"c\"\n",
            "# mine\n\n[mcp_servers.b]\ncommand = \"c\"\n",
        ),
    ] {
        let old = "[mcp_servers.a]\ncommand = \"b\"\n";
        let added = add(Form::CodexToml, old.as_bytes(), &exporter()).unwrap();
        let new = [apply(old.as_bytes(), &added), below.as_bytes().to_vec()].concat();

        let removed = remove(Form::CodexToml, &new, &exporter(), false).unwrap();

        assert_eq!(String::from_utf8(removed.bytes).unwrap(), [old, left].concat());
        assert!(removed.changed.is_empty());
    }
}
