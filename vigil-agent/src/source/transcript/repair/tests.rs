use super::*;

#[test]
fn a_lone_half_becomes_a_replacement_character() {
    for (line, wanted) in [
        (r#""cut \ud83d""#, "cut \u{fffd}"),
        (r#""\ude00 cut""#, "\u{fffd} cut"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
    ] {
        let repaired = lone_surrogates(line).unwrap();

        assert_eq!(serde_json::from_str::<String>(&repaired).unwrap(), wanted);
    }
}

#[test]
fn whole_characters_and_escaped_backslashes_are_left_alone() {
    for line in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""plain""#, r#""\"#, ""] {
        assert_eq!(lone_surrogates(line), None, "{line}");
    }
}
