use super::*;

#[test]
fn the_type_is_found_wherever_it_stands() {
    for line in [
        r#"{"type":"user"}"#,
        r#"{ "a" : [1, {"type":"no"}] , "type" : "user" , "b":2}"#,
        r#"{"message":{"type":"message","x":"}\"{"},"n":-1.5e3,"t":true,"type":"user"}"#,
        r#"{"a":"\\","type":"user"}"#,
    ] {
        assert_eq!(read(line, false).unwrap().kind, Some("user"), "{line}");
    }
}

#[test]
fn a_nested_type_is_not_the_records_type() {
    let line = r#"{"message":{"type":"progress"},"cwd":"/home/me"}"#;

    let envelope = read(line, true).unwrap();

    assert_eq!(envelope.kind, None);
    assert_eq!(envelope.cwd, Some(r#""/home/me""#));
}

#[test]
fn an_escaped_type_is_left_to_the_full_parser() {
    assert_eq!(read(r#"{"type":"us\u0065r"}"#, true).unwrap().kind, None);
}

#[test]
fn what_is_not_a_whole_object_has_no_envelope() {
    for line in ["", "[]", "12", "{", r#"{"type""#, r#"{"a":"b"#, r#"{"a":[1,2}"#, r#"{"a" "b"}"#] {
        assert_eq!(read(line, true), None, "{line}");
    }
}
