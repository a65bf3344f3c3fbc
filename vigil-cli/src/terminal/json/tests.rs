use super::write;

#[test]
fn hostile_characters_are_escaped_and_come_back() {
    let text = "a\u{1b}[31m\u{9b}\u{202e}\u{e0041}\u{7f}ü";
    let mut json = Vec::new();

    write(&mut json, &text).unwrap();

    let json = String::from_utf8(json).unwrap();
    assert_eq!(json, "\"a\\u001b[31m\\u009b\\u202e\\udb40\\udc41\\u007fü\"");
    assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
}
